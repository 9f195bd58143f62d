import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { groupFile, withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("tells of each environment whether it runs, since when, with which root and memory", () =>
  withSite(async (site) => {
    site.declare({ web: {}, other: {} });
    const { conditions, ...other } = await site.status("other");
    assert.equal(other, {
      ...{
        name: "other",
        state: "absent",
        synced: false,
        drifted: [],
        pending: [],
        ignored: [],
        id: null,
        pid: null,
        uptime_seconds: null,
      },
      ...{ root: site.root, memory_bytes: null, process: null, processes: {} },
    });
    assert.equal(
      conditions.map(({ condition, status, reason }) => `${condition} ${status} ${reason}`),
      [
        "Running false NotRunning",
        "Synced false NotRunning",
        "Drifted false AsApplied",
        "Healthy false NotRunning",
        "Paused false NotAsked",
        "Degraded null NoWatch",
        "Flapping null NoWatch",
      ],
    );
    await site.apply("web");
    const { state, synced, drifted, root, pid, uptime_seconds: uptime, memory_bytes: memory } = await site.status();
    assert.equal([state, synced, drifted, root], ["running", true, [], site.root]);
    assert.is(readFileSync(`/proc/${pid}/comm`, "utf8"), "catatonit\n");
    assert.ok(uptime !== null && uptime >= 0 && uptime < 60, String(uptime));
    assert.ok(memory !== null && memory > 0, String(memory));
    const used = Number(groupFile(site.rig, await site.seen(), ["memory", "memory.current", "memory.usage_in_bytes"]));
    assert.ok(Math.abs(used - (memory ?? 0)) < 4 << 20);
    const table = (await site.rig.expect(0, "status")).stdout.split("\n");
    assert.match(table[0] ?? "", /^ENVIRONMENT +STATE +SYNC +PID +UPTIME +ROOT +MEMORY$/);
    assert.match(table[1] ?? "", new RegExp(`^web +running +synced +${pid} +\\d+s +\\S+/root +[\\d.]+ [KM]iB$`));
    assert.match(table[2] ?? "", /^other +absent +- +- +- +\S+\/root +-$/);
  }),
);

live("says in what an environment is not as the manifest says", () =>
  withSite(async (site) => {
    await site.stand();
    const { pid } = await site.seen();
    execFileSync("nsenter", ["--target", String(pid), "--uts", "hostname", "other"]);
    execFileSync("nsenter", ["--target", String(pid), "--mount", "--root", "/bin/umount", "/tmp"]);
    const { state, synced, drifted } = await site.status();
    assert.equal([state, synced, drifted], ["running", false, ["web.hostname", 'web.mounts["/tmp"]']]);
    assert.match(
      (await site.rig.expect(0, "status")).stdout,
      /^web +running +drifted \(2\) .*\n {2}drifted: hostname\n {2}drifted: mounts\["\/tmp"\]$/m,
    );
    const plan = (await site.rig.expect(2, "plan", "--detailed-exitcode")).stdout;
    assert.match(plan, /~ in place +web\.hostname /);
    assert.match(plan, /\+ create +web\.mounts\["\/tmp"\] /);
  }),
);

live("what is gone from the host keeps nobody from looking, working inside or destroying", () =>
  withSite(async (site) => {
    site.rig.write("site/index.html", "hello\n");
    await site.stand({ mounts: { "/srv": "./site" } });
    for (const name of ["site", "root"]) renameSync(join(site.rig.directory, name), join(site.rig.directory, `${name}.gone`));
    assert.is((await site.status()).state, "running");
    assert.is(await site.inside("cat", "/srv/index.html"), "hello");
    assert.ok((await site.rig.expect(3, "plan")).stderr.includes("manifest/source-missing"));
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.is((await site.status()).state, "absent");
  }),
);

live("without any record of ours everything is found again, and can be used, changed and destroyed", () =>
  withSite(async (site) => {
    await site.stand({ command: ["sleep", "1000"], hostname: "first" });
    const before = [(await site.seen()).identity, (await site.status()).process];
    for (const name of readdirSync(site.rig.stateDir)) execFileSync("rm", ["-rf", join(site.rig.stateDir, name)]);
    assert.equal([(await site.seen()).identity, (await site.status()).process], before);
    assert.equal(await site.changes(), []);
    assert.is(await site.inside("hostname"), "first");
    site.declare({ web: { command: ["sleep", "1000"], hostname: "second" } });
    await site.apply();
    assert.is(await site.inside("hostname"), "second");
    assert.equal([(await site.seen()).identity, (await site.status()).process], before);
    for (const name of readdirSync(site.rig.stateDir)) execFileSync("rm", ["-rf", join(site.rig.stateDir, name)]);
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.is((await site.status()).state, "absent");
  }),
);

test.run();
