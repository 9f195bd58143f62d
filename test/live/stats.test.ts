import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Rig } from "../support/rig.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** What of `stats --json` is looked at here. */
interface Used {
  readonly name: string;
  readonly cpu_percent: number | null;
  readonly cpu_usec: number;
  readonly cpu_limit: number | null;
  readonly throttled_periods: number;
  readonly memory_bytes: number;
  readonly memory_limit_bytes: number | null;
  readonly oom_kills: number;
  readonly tasks: number;
  readonly tasks_limit: number | null;
  readonly parts: readonly Used[];
}

async function usage(rig: Rig, ...args: readonly string[]): Promise<readonly Used[]> {
  const { stdout } = await rig.expect(0, "stats", "--json", ...args);
  const { schema, environments }: { readonly schema: string; readonly environments: readonly Used[] } = JSON.parse(stdout);
  assert.is(schema, "cloister/stats/v1");
  return environments;
}

live("what burns processor time against its limit is told from what rests, of the process as of the environment", () =>
  withSite(async (site) => {
    const limits = { memory: "64M", cpus: 0.3, pids: 50 };
    site.declare({
      web: { command: ["sh", "-c", "while :; do :; done"], resources: { limits } },
      idle: { command: ["sleep", "1000"] },
    });
    await site.apply();
    const [web, idle] = await usage(site.rig, "--interval", "1s");
    assert.is(web?.name, "web");
    const burnt = web?.cpu_percent ?? 0;
    assert.ok(burnt > 15 && burnt < 45, `${burnt} % of a processor with a limit of 30 %`);
    assert.equal([web?.cpu_limit, web?.memory_limit_bytes, web?.tasks_limit], [0.3, 64 << 20, 50]);
    assert.ok((web?.throttled_periods ?? 0) > 0, "it was held back");
    assert.ok((idle?.cpu_percent ?? 100) < 5, `${idle?.cpu_percent} % at rest`);
    const [main] = web?.parts ?? [];
    assert.is(main?.name, "processes.main");
    assert.ok((main?.cpu_percent ?? 0) > 15, `its process: ${main?.cpu_percent} %`);
    assert.is(main?.tasks, 1);
    assert.ok((main?.memory_bytes ?? 0) > 0 && (main?.memory_bytes ?? 0) < 64 << 20);
    const table = (await site.rig.expect(0, "stats", "web")).stdout.split("\n");
    assert.match(table[0] ?? "", /^NAME +CPU +MEMORY +TASKS +READ +WRITTEN +PRESSURE$/);
    assert.match(table[1] ?? "", /^web +[\d.]+ % of 30 % +[\d.]+ [KM]iB of 64\.0 MiB +\d+ of 50 /);
    assert.match(table[2] ?? "", /^ {2}processes\.main +[\d.]+ % /);
    assert.match(table[3] ?? "", /^ {2}held back \d+ times by its limit of processors, /);
    assert.is(table[4], "", "idle was not asked for");
  }),
);

live("what the kernel ended because memory ran out is counted", () =>
  withSite(async (site) => {
    await site.stand({ resources: { limits: { memory: "24M", memory_swap: "24M" } } });
    assert.is((await usage(site.rig))[0]?.oom_kills, 0);
    // A text that doubles until it is ended.
    const { code } = await site.exec(["sh", "-c", "a=0123456789; while :; do a=$a$a; done"]);
    assert.is(code, 137);
    await until("the kernel has counted it", async () => ((await usage(site.rig, "--interval", "100ms"))[0]?.oom_kills ?? 0) > 0);
    assert.match((await site.rig.expect(0, "stats")).stdout, /^ {2}out of memory: the kernel has ended 1 process$/m);
  }),
);

live("what does not run is not in it", () =>
  withSite(async (site) => {
    site.declare({ web: {} });
    assert.equal(await usage(site.rig, "--interval", "100ms"), []);
    assert.is((await site.rig.expect(0, "stats", "--once", "--interval", "100ms")).stdout, "nothing runs\n");
  }),
);

test.run();
