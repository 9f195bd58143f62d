import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { groupOf, processesOf, startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");
const forever = "echo started; sleep 1000";

live("a process that ended by itself is completed, and nothing to change", () =>
  withSite(async (site) => {
    for (const code of [0, 3]) {
      await site.stand({ command: ["sh", "-c", `echo ran; exit ${code}`] });
      await until("its end", async () => (await site.status()).process?.type === "completed");
      assert.equal(await endOf(site), { type: "completed", code });
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
    assert.equal(await endOf(site), { type: "exited", code: 137, signal: 9 });
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
      // Behind a log in other letters, whose characters are fewer than its bytes.
      await site.stand({ command: ["sh", "-c", `echo ${"\u00fc".repeat(200)}; ${forever}`] });
      site.declare({ web: { command: ["sleep", "1000"], ulimits: { nofile: 2 ** 31 } } });
      const refused = (await site.rig.expect(1, "apply", "-y")).stdout;
      assert.match(refused, /could not enter the environment[\s\S]*ulimits: nofile: more than the kernel allows \(fs\.nr_open is \d+\)/);
      await site.stand({ command: ["sh", "-c", forever] });
    }),
);

live("one that cannot be run keeps none from being started, changed or started anew but what depends on it", () =>
  withSite(async (site) => {
    const sleeping = { command: ["sleep", "1000"] };
    const broken = { command: ["/no/such/command"] };
    const after = (process: string) => ({ ...sleeping, depends_on: [process] });
    const running = async () => Object.keys(await lives(site)).sort();
    const processes = { first: broken, other: broken, sound: sleeping, behind: after("first"), beside: after("sound"), last: sleeping };
    site.declare({ web: { processes } });
    const { stdout } = await site.rig.expect(1, "apply", "-y");
    assert.match(stdout, /web: start first: [\s\S]*web: start other: /, "both are told");
    assert.equal(await running(), ["beside", "last", "sound"]);
    assert.is((await site.status()).processes.behind?.type, "absent");
    const before = await lives(site);
    site.declare({ web: { processes: { ...processes, last: { command: ["sleep", "1001"] }, new: sleeping } } });
    await site.rig.expect(1, "apply", "-y");
    assert.equal(await running(), ["beside", "last", "new", "sound"]);
    const now = await lives(site);
    assert.equal([now.beside, now.sound], [before.beside, before.sound]);
    assert.is.not(now.last, before.last);
    assert.equal(await site.changes(), [
      "restart-process web.processes.first",
      "restart-process web.processes.other",
      "create web.processes.behind",
    ]);
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

const several = {
  first: { command: ["sleep", "1000"] },
  second: { command: ["sh", "-c", "trap : TERM; sleep 1000"] },
  third: { command: ["sleep", "1000"] },
};

live("of several each starts, changes and ends alone: pids and start times of the others stay", () =>
  withSite(async (site) => {
    await site.stand({ processes: several });
    const { identity, name, id } = await site.seen();
    const own = groupOf(site.rig, { name, id }, "cpu").replace(/.*(\/cloister\/.*)/, "$1");
    const before = await lives(site);
    assert.equal(Object.keys(before), ["first", "second", "third"]);
    const { pid: second = 0 } = (await site.status()).processes.second ?? {};
    assert.match(readFileSync(`/proc/${second}/cgroup`, "utf8"), new RegExp(`${own}/p-second$`, "m"), "its own control group");
    await changed("a command", { ...several, second: { command: ["sleep", "1001"] } }, ["restart-process web.processes.second"]);
    await changed("a variable", { ...several, third: { ...several.third, environment: { A: "1" } } }, [
      "restart-process web.processes.second",
      "restart-process web.processes.third",
    ]);
    const { third, ...two } = several;
    await changed("one less", two, ["destroy web.processes.third"]);
    await changed("and another", { ...two, fourth: third }, ["create web.processes.fourth"]);
    assert.is((await site.seen()).identity, identity);

    async function changed(what: string, processes: Readonly<Record<string, object>>, changes: readonly string[]): Promise<void> {
      const found = await lives(site);
      site.declare({ web: { processes } });
      assert.equal(await site.changes(), changes, what);
      await site.apply();
      const now = await lives(site);
      assert.equal(Object.keys(now), Object.keys(processes));
      for (const [process, life] of Object.entries(found)) {
        const touched = changes.some((change) => change.endsWith(`.${process}`));
        assert.is(now[process] === life, !touched, `${what}: ${process}`);
      }
    }
  }),
);

live("each has variables, a user, a directory and limits of its own over those of the environment, and a log of its own", () =>
  withSite(async (site) => {
    const script = 'echo "$$A $$B $$(pwd) $$(id -u) $$(ulimit -n)"; sleep 1000';
    await site.stand({
      ...{ environment: { A: "a", B: "b" }, working_dir: "/tmp", ulimits: { nofile: 500 } },
      processes: {
        plain: { command: ["sh", "-c", script] },
        own: { command: ["sh", "-c", script], environment: { B: "own" }, working_dir: "/", user: 1000, ulimits: { nofile: 300 } },
      },
    });
    const logs = async (...words: readonly string[]) => (await site.rig.expect(0, "logs", ...words)).stdout;
    await until("both have said it", async () => (await logs("web")).split("\n").length === 3);
    assert.is(await logs("web/plain"), "a b /tmp 0 500\n");
    assert.is(await logs("web/own"), "a own / 1000 300\n");
    assert.is(await logs("web"), "plain | a b /tmp 0 500\nown   | a own / 1000 300\n");
    assert.match((await site.rig.expect(64, "logs", "web/onw")).stderr, /usage\/unknown-process: web has no process "onw"[\s\S]*own/);
    const stood = await lives(site);
    site.declare({
      web: {
        ...{ environment: { A: "a", B: "b" }, working_dir: "/tmp", ulimits: { nofile: 400 } },
        processes: {
          plain: { command: ["sh", "-c", script] },
          own: { command: ["sh", "-c", script], environment: { B: "own" }, working_dir: "/", user: 1000, ulimits: { nofile: 200 } },
        },
      },
    });
    assert.equal(await site.changes(), ["update web.processes.own.ulimits.nofile", "update web.ulimits.nofile"]);
    await site.apply();
    assert.equal(await lives(site), stood);
    for (const [name, limit] of [
      ["plain", 400],
      ["own", 200],
    ] as const) {
      const { pid = 0 } = (await site.status()).processes[name] ?? {};
      assert.match(readFileSync(`/proc/${pid}/limits`, "utf8"), new RegExp(`^Max open files +${limit} +${limit} `, "m"));
    }
  }),
);

live("each ends by its own signal, within its own time; then it is killed with all that it started", () =>
  withSite(async (site) => {
    const told = 'trap "echo told; exit 0" USR1; trap "" TERM; echo ready; while :; do sleep 0.1; done';
    const deaf = 'trap "" TERM; sleep 1000 & echo ready; wait; while :; do sleep 0.1; done';
    const processes = {
      told: { command: ["sh", "-c", told], stop_signal: "SIGUSR1" },
      deaf: { command: ["sh", "-c", deaf], stop_grace_period: "200ms" },
    };
    await site.stand({ processes });
    const logs = async (name: string) => (await site.rig.expect(0, "logs", `web/${name}`)).stdout;
    await until("they listen", async () => (await logs("told")) + (await logs("deaf")) === "ready\nready\n");
    const stood = processesOf(site.rig).length;
    site.declare({ web: { processes: { other: { command: ["sleep", "1000"] } } } });
    const begun = performance.now();
    await site.apply();
    assert.ok(performance.now() - begun < 8000, "nothing waited for ten seconds");
    assert.is(readFileSync(join(site.rig.stateDir, "state", site.rig.project, "logs/web/told.log"), "utf8"), "ready\ntold\n");
    assert.ok(processesOf(site.rig).length < stood);
    assert.equal(Object.keys((await site.status()).processes), ["other"]);
  }),
);

live("without any record a process that nobody names any more is found by its control group, and ended", () =>
  withSite(async (site) => {
    await site.stand({ processes: several });
    const { second } = await lives(site);
    rmSync(site.rig.stateDir, { recursive: true });
    site.declare({ web: { processes: { second: several.second } } });
    assert.equal([...(await site.changes())].sort(), ["destroy web.processes.first", "destroy web.processes.third"]);
    await site.apply();
    assert.equal(await lives(site), { second });
  }),
);

test.run();

/** Each process that runs, by name: its number and start time. */
async function lives(site: Site): Promise<Readonly<Record<string, string>>> {
  const running = Object.entries((await site.status()).processes).flatMap(([name, { type, pid = 0 }]) =>
    type === "running" ? [[name, `${pid} ${startOf(pid)}`] as const] : [],
  );
  return Object.fromEntries(running);
}

async function pidOf(site: Site): Promise<number> {
  const { process: found } = await site.status();
  if (found?.type !== "running" || found.pid === undefined) throw new Error(`no process runs: ${JSON.stringify(found)}`);
  return found.pid;
}

/** How the process ended, but for how long ago. */
async function endOf(site: Site): Promise<object> {
  const { ended_seconds_ago: ago, ...end }: { readonly type?: string; readonly ended_seconds_ago?: number } =
    (await site.status()).process ?? {};
  assert.ok(ago !== undefined && ago >= 0 && ago < 60, "it is known when");
  return end;
}
