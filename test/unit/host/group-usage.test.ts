import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ReadGroupFile } from "../../../src/host/group-usage.ts";
import { parseUsage } from "../../../src/host/group-usage.ts";

function reading(files: Readonly<Record<string, string>>): ReadGroupFile {
  return (version, file) => files[`${version} ${file}`] ?? "";
}

const pressure = "some avg10=12.50 avg60=1.00 avg300=0.00 total=16867\nfull avg10=3.00 avg60=0.00 avg300=0.00 total=1\n";

test("a group of v2", () => {
  const usage = parseUsage(
    reading({
      "2 cpu.stat": "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_periods 10\nnr_throttled 4\nthrottled_usec 2500\n",
      "2 cpu.max": "50000 100000\n",
      "2 memory.current": "4096\n",
      "2 memory.max": "67108864\n",
      "2 memory.events": "low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\noom_group_kill 0\n",
      "2 pids.current": "3\n",
      "2 pids.max": "max\n",
      "2 io.stat": "254:0 rbytes=100 wbytes=20 rios=1 wios=1 dbytes=0 dios=0\n8:0 rbytes=1 wbytes=2 rios=1 wios=1 dbytes=0 dios=0\n",
      "2 cpu.pressure": pressure,
      "2 io.pressure": "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
    }),
  );
  assert.equal(usage, {
    ...{ cpuUsec: 1500, cpuLimit: 0.5, throttled: { periods: 4, usec: 2500 } },
    ...{ memoryBytes: 4096, memoryLimitBytes: 67_108_864, oomKills: 1, tasks: 3, tasksLimit: null },
    ...{ readBytes: 101, writtenBytes: 22, pressure: { cpu: 12.5, memory: null, io: 0 } },
  });
});

test("a hybrid one: processor time and pressure of v2, everything else of v1", () => {
  const usage = parseUsage(
    reading({
      "2 cpu.stat": "usage_usec 55405\nuser_usec 55405\nsystem_usec 0\n",
      "2 memory.pressure": pressure,
      "1 cpu.stat": "nr_periods 1\nnr_throttled 2\nthrottled_time 3000000\nnr_bursts 0\nburst_time 0\n",
      "1 cpu.cfs_quota_us": "150000\n",
      "1 cpu.cfs_period_us": "100000\n",
      "1 cpuacct.usage": "1\n",
      "1 memory.usage_in_bytes": "8192\n",
      "1 memory.limit_in_bytes": "9223372036854771712\n",
      "1 memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
      "1 pids.current": "2\n",
      "1 pids.max": "50\n",
      "1 blkio.throttle.io_service_bytes_recursive": "254:0 Read 81920\n254:0 Write 10\n254:0 Sync 81920\n254:0 Total 81930\nTotal 81930\n",
    }),
  );
  assert.equal(usage, {
    ...{ cpuUsec: 55_405, cpuLimit: 1.5, throttled: { periods: 2, usec: 3000 } },
    ...{ memoryBytes: 8192, memoryLimitBytes: null, oomKills: 3, tasks: 2, tasksLimit: 50 },
    ...{ readBytes: 81_920, writtenBytes: 10, pressure: { cpu: null, memory: 12.5, io: null } },
  });
});

test("v1 alone, without a limit of processors", () => {
  const usage = parseUsage(
    reading({
      "1 cpuacct.usage": "55084811\n",
      "1 cpu.cfs_quota_us": "-1\n",
      "1 cpu.cfs_period_us": "100000\n",
      "1 cpu.stat": "nr_periods 0\n",
    }),
  );
  assert.equal([usage.cpuUsec, usage.cpuLimit, usage.throttled], [55_085, null, null]);
});

test("nothing is counted where no hierarchy is", () => {
  const { pressure: none, ...usage } = parseUsage(reading({}));
  assert.equal(none, { cpu: null, memory: null, io: null });
  assert.ok(Object.values(usage).every((value) => value === null));
});

test.run();
