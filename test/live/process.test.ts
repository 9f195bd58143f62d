import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");
const forever = "echo started; sleep 1000";

live("a process that ended by itself is completed, and nothing to change", () =>
  withSite(async (site) => {
    for (const code of [0, 3]) {
      await site.stand({ command: ["sh", "-c", `echo ran; exit ${code}`] });
      await until("its end", async () => (await site.status()).process?.type === "completed");
      assert.equal((await site.status()).process, { type: "completed", code });
      assert.equal(await site.changes(), []);
      assert.match((await site.rig.expect(0, "status")).stdout, new RegExp(`completed \\(${code}\\)$`, "m"));
    }
    assert.is((await site.rig.expect(0, "logs", "web")).stdout, "ran\nran\n");
  }),
);

live("one that was killed is drift; apply starts it anew and touches nothing else", () =>
  withSite(async (site) => {
    await site.stand({ command: ["sh", "-c", forever] });
    const before = await site.seen();
    const pid = await pidOf(site);
    process.kill(pid, "SIGKILL");
    await until("its end", async () => (await site.status()).process?.type === "exited");
    assert.equal((await site.status()).process, { type: "exited", code: 137 });
    assert.equal(await site.changes(), ["restart-process web.processes.main"]);
    assert.match((await site.rig.expect(0, "plan")).stdout, /restart process +web\.processes\.main[\s\S]*ended by signal 9/);
    await site.apply();
    assert.is((await site.seen()).identity, before.identity);
    assert.is.not(await pidOf(site), pid);
  }),
);

live("a new definition restarts the process and nothing else", () =>
  withSite(async (site) => {
    await site.stand({ command: ["sh", "-c", forever] });
    const { identity } = await site.seen();
    let pid = await pidOf(site);
    const definitions = [
      { command: ["sh", "-c", `echo "$$A"; ${forever}`] },
      { command: ["sh", "-c", `echo "$$A"; ${forever}`], environment: { A: "value of A" } },
      { command: ["sh", "-c", `echo "$$A"; ${forever}`], user: "user", working_dir: "/tmp" },
      { command: ["sh", "-c", forever], security: { cap_drop: ["ALL"] } },
    ];
    for (const definition of definitions) {
      site.declare({ web: definition });
      assert.equal(await site.changes(), ["restart-process web.processes.main"]);
      await site.apply();
      assert.is(startOf(pid), null, "the one before has ended");
      pid = await pidOf(site);
    }
    assert.is((await site.seen()).identity, identity);
    assert.match((await site.rig.expect(0, "logs", "web")).stdout, /^value of A$/m);
    assert.match(readFileSync(`/proc/${pid}/status`, "utf8"), /^CapBnd:\t0+$/m);
  }),
);

live("a process taken out of the manifest is stopped, one that is added is started; the environment stays", () =>
  withSite(async (site) => {
    await site.stand({ command: ["sh", "-c", forever] });
    const { identity } = await site.seen();
    const pid = await pidOf(site);
    site.declare({ web: {} });
    assert.equal(await site.changes(), ["destroy web.processes.main"]);
    await site.apply();
    assert.is(startOf(pid), null);
    assert.is((await site.status()).process, null);
    await site.stand({ command: ["sh", "-c", forever] });
    assert.ok(await pidOf(site));
    assert.is((await site.seen()).identity, identity);
  }),
);

live(
  "a command that is not there, or cannot be run, is an error that says so; the environment stands, and the next apply tries again",
  () =>
    withSite(async (site) => {
      for (const [command, words] of [
        ["/no/such/command", /the command is not there[\s\S]*\/no\/such\/command: command not found/],
        ["/etc/passwd", /the command cannot be run[\s\S]*\/etc\/passwd: Permission denied/],
      ] as const) {
        site.declare({ web: { command: [command] } });
        const { stdout } = await site.rig.expect(1, "apply", "-y");
        assert.match(stdout, /engine\/not-runnable: web: start/);
        assert.match(stdout, words);
        assert.is((await site.status()).state, "running");
        assert.is(await site.inside("hostname"), "web");
        assert.equal(await site.changes(), ["restart-process web.processes.main"]);
      }
      await site.stand({ command: ["sh", "-c", forever] });
    }),
);

live("it is asked to stop before it is killed, and what it started ends with the environment", () =>
  withSite(async (site) => {
    site.rig.write("work/readme", "");
    await site.stand({
      mounts: { "/work": "./work" },
      command: ["sh", "-c", 'trap "echo stopped >/work/end; exit 0" TERM; sleep 1000 & echo $$! >/work/started; wait'],
    });
    await until("it stands", () => statSync(`${site.rig.directory}/work/started`, { throwIfNoEntry: false }) !== undefined);
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.is(readFileSync(`${site.rig.directory}/work/end`, "utf8"), "stopped\n");
  }),
);

live("its output is kept: the whole log, its end, and what comes", () =>
  withSite(async (site) => {
    const numbers = Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`);
    const script =
      'for n in $$(seq 30); do echo "line $$n"; done; echo "last" >&2; while read -r line; do echo "heard $$line"; done </work/fifo; exit 0';
    site.rig.write("work/readme", "");
    await site.stand({ mounts: { "/work": "./work" }, command: ["sh", "-c", `mkfifo /work/fifo; ${script}`] });
    await until("its output", async () => (await site.rig.expect(0, "logs", "web")).stdout.endsWith("last\n"));
    assert.is((await site.rig.expect(0, "logs", "web")).stdout, `${numbers.join("")}last\n`);
    assert.is((await site.rig.expect(0, "logs", "--tail", "2", "web")).stdout, "line 30\nlast\n");
    assert.is((await site.rig.expect(0, "logs", "--tail", "0", "web")).stdout, "");
    const [program, ...args] = site.rig.command("logs", "--follow", "--tail", "1", "web");
    const follower = spawn(program, args, { cwd: site.rig.directory, env: site.rig.env, stdio: ["ignore", "pipe", "inherit"] });
    let shown = "";
    follower.stdout.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
    });
    await until("the end of the log", () => shown === "last\n");
    await site.inside("sh", "-c", "echo word >/work/fifo");
    await until("what comes", () => shown === "last\nheard word\n");
    const ended = once(follower, "close");
    follower.kill("SIGINT");
    assert.equal(await ended, [130, null]);
    const other = await site.rig.cloister("logs", "wep");
    assert.is(other.code, 64);
  }),
);

live("an environment without a process has no log, and says so", () =>
  withSite(async (site) => {
    await site.stand();
    assert.match((await site.rig.expect(1, "logs", "web")).stderr, /engine\/no-log: web has no log[\s\S]*command/);
  }),
);

test.run();

async function pidOf(site: Site): Promise<number> {
  const { process: found } = await site.status();
  if (found?.type !== "running" || found.pid === undefined) throw new Error(`no process runs: ${JSON.stringify(found)}`);
  return found.pid;
}
