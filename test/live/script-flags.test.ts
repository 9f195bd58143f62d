// timeout: 400 s
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { scripted, scriptOf } from "../support/scripts.ts";
import { startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "shellcheck");

const sleeping = { command: ["sleep", "1000"] };
const anew = { time_offsets: { boottime: 100 } };

live("what a lifecycle forbids has no script, but for whom it does not count this time", () =>
  withSite(async (site) => {
    const lifecycle = { prevent_destroy: true, prevent_restart: true };
    await site.stand({ ...sleeping, lifecycle });
    const { identity } = await site.seen();
    site.declare({ web: { ...sleeping, lifecycle, ...anew } });
    const { stdout, stderr } = await site.rig.expect(1, "plan", "--script");
    assert.is(stdout, "");
    assert.match(stderr, /error plan\/protected: web\.lifecycle\.prevent_destroy/);
    await site.rig.expect(0, "plan", "--force-protected", "web");
    await scripted(site, { flags: ["--force-protected", "web"] });
    assert.equal(await site.changes(), []);
    assert.is.not((await site.seen()).identity, identity);
    site.declare({ web: { ...sleeping, ...anew } });
    await site.apply();
  }),
);

live("--no-restart leaves what takes a restart, and says so in the script; --ignore leaves what has drifted", () =>
  withSite(async (site) => {
    await site.stand({ ...sleeping, mounts: { "/cache": { type: "tmpfs", size: "1M" } } });
    const [{ identity }, { process }] = [await site.seen(), await site.status()];
    site.declare({ web: { command: ["sleep", "2000"], hostname: "other", mounts: { "/cache": { type: "tmpfs", size: "1M" } } } });
    execFileSync("nsenter", ["-t", String((await site.seen()).pid), "-m", "--", "umount", "/cache"]);
    const flags = ["--no-restart", "--ignore", 'web.mounts["/cache"]'];
    assert.match(readFileSync(await scriptOf(site, flags), "utf8"), /^# Left out, because it takes a restart: web\.processes\.main$/m);
    await scripted(site, { flags });
    assert.is(await site.inside("hostname"), "other");
    assert.equal([(await site.seen()).identity, (await site.status()).process], [identity, process]);
    assert.equal(await site.changes(), ['create web.mounts["/cache"]', "restart-process web.processes.main"]);
    const rest = readFileSync(await scriptOf(site, flags), "utf8");
    assert.match(rest, /^# Nothing else is to be done\.\n:$/m);
  }),
);

live("a mount in use is left by the script, and detached by that of --lazy; the process goes on", () =>
  withSite(async (site) => {
    mkdirSync(join(site.rig.directory, "data"));
    const command = ["sh", "-c", "exec 3>>/data/log; while :; do echo line >&3; sleep 0.05; done"];
    await site.stand({ command, mounts: { "/data": { type: "bind", source: "./data" } } });
    const log = join(site.rig.directory, "data/log");
    const lines = () => readFileSync(log, "utf8").length;
    await until("it writes", () => lines() > 0);
    const { process } = await site.status();
    site.declare({ web: { command } });
    assert.match(readFileSync(await scriptOf(site), "utf8"), /^# Warning: web\.mounts\["\/data"\] was left out, because it is in use/m);
    await scripted(site, { flags: ["--lazy"] });
    assert.equal(await site.changes(), []);
    const before = lines();
    await until("it writes on", () => lines() > before);
    assert.equal((await site.status()).process, process);
  }),
);

live("a limit of memory below what is in use has no script without --allow-oom", () =>
  withSite(async (site) => {
    const holding = "dd if=/dev/zero of=/cache/x bs=1M count=20 2>/dev/null; exec sleep 1000";
    const declared = { command: ["sh", "-c", holding], mounts: { "/cache": { type: "tmpfs", size: "30M" } } };
    await site.stand({ ...declared, resources: { limits: { memory: "64M" } } });
    await until("it has it", async () => ((await site.status()).memory_bytes ?? 0) > 20 << 20);
    site.declare({ web: { ...declared, resources: { limits: { memory: "8M" } } } });
    const { stdout, stderr } = await site.rig.expect(1, "plan", "--script");
    assert.is(stdout, "");
    assert.match(stderr, /--allow-oom/);
    assert.match((await site.rig.expect(0, "plan", "--script", "--allow-oom")).stdout, /8388608/);
  }),
);

live("one that is frozen hears its signal, as from apply; one that was stopped runs again where it is named", () =>
  withSite(async (site) => {
    const told = (name: string) => ["sh", "-c", `trap 'echo told ${name}; exit 0' TERM; while :; do sleep 0.02; done`];
    await site.stand({ processes: { main: { command: told("first") }, other: sleeping } });
    const { processes } = await site.status();
    await site.rig.expect(0, "freeze", "web/main");
    site.declare({ web: { processes: { main: { command: told("second") }, other: sleeping } } });
    await scripted(site);
    assert.match((await site.rig.expect(0, "logs", "web/main")).stdout, /^told first$/m);
    assert.equal(await site.changes(), []);
    assert.is(startOf(processes.main?.pid ?? 0), null);
    await site.rig.expect(0, "stop", "web/other");
    assert.equal(await site.changes(), []);
    assert.not.match(readFileSync(await scriptOf(site), "utf8"), /stopped by hand/);
    await scripted(site, { flags: ["web"] });
    assert.is((await site.status()).processes.other?.type, "running");
    assert.equal(await site.changes(), []);
    await site.rig.expect(0, "drift");
  }),
);

test.run();
