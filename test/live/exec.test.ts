import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("exec ends as the command does; what is cloister's own failure ends with 125", () =>
  withSite(async (site) => {
    site.declare({ web: {}, other: {} });
    await site.apply("web");
    const cases: readonly (readonly [code: number, command: readonly string[], flags?: readonly string[]])[] = [
      [0, ["true"]],
      [7, ["sh", "-c", "exit 7"]],
      [255, ["sh", "-c", "exit 255"]],
      [143, ["sh", "-c", "kill -TERM $$"]],
      [137, ["sh", "-c", "kill -KILL $$"]],
      [127, ["no-such-command"]],
      [127, ["/no/such/command"]],
      [126, ["/etc/passwd"]],
      [126, ["/etc"]],
      [125, ["true"], ["--user", "nobody-of-that-name"]],
      [125, ["true"], ["--user", "root:no-such-group"]],
      [125, ["true"], ["--working-dir", "/no/such/directory"]],
    ];
    for (const [code, command, flags] of cases) {
      const ended = await site.exec(command, flags);
      assert.is(ended.code, code, `${command.join(" ")}: ${ended.stderr}`);
      if (code > 124 && code < 128) assert.match(ended.stderr, /^(cloister|shim): \S/, command.join(" "));
    }
    const asleep = await site.rig.run(["exec", "-T", "other", "--", "true"], {});
    assert.is(asleep.code, 125);
    assert.match(asleep.stderr, /^error engine\/not-running: other is not running\n {2}hint: start it: cloister apply other\n/);
    const unknown = await site.rig.run(["exec", "-T", "wep", "--", "true"], {});
    assert.is(unknown.code, 125);
    assert.match(unknown.stderr, /did you mean "web"/);
  }),
);

live("as a user by name, by id, with a group; in a directory; with variables", () =>
  withSite(async (site) => {
    await site.stand({ environment: { GREETING: "hello" }, working_dir: "/srv" });
    const said = async (flags: readonly string[], ...command: readonly string[]) => (await site.exec(command, flags)).stdout.trim();
    assert.is(await said([], "id"), "uid=0(root) gid=0(root)");
    assert.is(await said(["-u", "user"], "id"), "uid=1000(user) gid=1000(user) groups=4(adm)");
    assert.is(await said(["-u", "1000"], "id", "-u"), "1000");
    assert.is(await said(["-u", "4711:4712"], "sh", "-c", "id -u; id -g; id -G"), "4711\n4712\n4712");
    assert.is(await said(["-u", "user:adm"], "sh", "-c", "id -u; id -g; id -G"), "1000\n4\n4");
    assert.is(await said(["-u", "www-data"], "sh", "-c", 'echo "$HOME"'), "/var/www");
    assert.is(await said([], "pwd"), "/srv");
    assert.is(await said(["-w", "/var/tmp"], "pwd"), "/var/tmp");
    assert.is(await said(["-e", "A=1=2", "-e", "B=x y", "-e", "GREETING=bye"], "sh", "-c", 'echo "$A,$B,$GREETING"'), "1=2,x y,bye");
    assert.equal((await said([], "env")).split("\n").sort(), [
      "GREETING=hello",
      "HOME=/root",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]);
  }),
);

live("in the environment's control groups, with its capabilities, limits and score", () =>
  withSite(async (site) => {
    await site.stand({
      security: { cap_drop: ["ALL"], cap_add: ["NET_BIND_SERVICE", "CHOWN"] },
      ulimits: { nofile: { soft: 100, hard: 200 }, nproc: 300, core: 0 },
      oom_score_adj: 321,
    });
    const read = (path: string) => site.inside("cat", path);
    const status = await read("/proc/self/status");
    const mask = ((1n << 10n) | 1n).toString(16).padStart(16, "0");
    const none = "0".repeat(16);
    for (const [name, value] of Object.entries({ CapInh: none, CapPrm: mask, CapEff: mask, CapBnd: mask, CapAmb: none, NoNewPrivs: "1" }))
      assert.match(status, new RegExp(`^${name}:\\t${value}$`, "m"));
    const limits = await read("/proc/self/limits");
    assert.match(limits, /^Max open files +100 +200 /m);
    assert.match(limits, /^Max processes +300 +300 /m);
    assert.match(limits, /^Max core file size +0 +0 /m);
    assert.is(await read("/proc/self/oom_score_adj"), "321");
    const groups = (await read("/proc/self/cgroup")).split("\n");
    assert.ok(groups.length > 0);
    for (const group of groups) assert.match(group, /^\d+:[^:]*:(\/|\/exec)$/);
    assert.is(await site.inside("sh", "-c", "umask"), "0022");
    assert.is(await site.inside("sh", "-c", "ls /proc/self/fd | wc -l"), "4", "0, 1, 2 and what ls itself opened");
    // In a session of its own, whose leader is no process that it could see.
    assert.is(await site.inside("sh", "-c", 'set -- $(cat /proc/$$/stat); [ "$6" = "$$" ] && echo leader'), "leader");
  }),
);

live("without no_new_privileges a process may gain what its root gives", () =>
  withSite(async (site) => {
    await site.stand({ security: { no_new_privileges: false } });
    assert.match(await site.inside("cat", "/proc/self/status"), /^NoNewPrivs:\t0$/m);
  }),
);

live("input and output are passed on as they are, each on its own stream", () =>
  withSite(async (site) => {
    await site.stand();
    const ended = await site.exec(["sh", "-c", "cat; echo error >&2"], [], "line\nno line break");
    assert.equal([ended.stdout, ended.stderr], ["line\nno line break", "error\n"]);
    assert.is((await site.exec(["sh", "-c", "wc -c"], [], "x".repeat(3_000_000))).stdout.trim(), "3000000");
    assert.is((await site.exec(["sh", "-c", "yes | head -c 3000000"])).stdout.length, 3_000_000);
    // Every byte but those that UTF-8 has no use for, and every word as it was typed.
    assert.is((await site.exec(["printf", "%s|", "a b", "", "$x", "'", '"', "\\", "*", "ä\n"])).stdout, "a b||$x|'|\"|\\|*|ä\n|");
  }),
);

live("signals are passed on to the command", () =>
  withSite(async (site) => {
    await site.stand();
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const) {
      const name = signal.slice(3);
      const { code, stdout } = await signalled(site, signal, `trap "echo got ${name}; exit 3" ${name}`);
      assert.equal([code, stdout], [3, `ready\ngot ${name}\n`], signal);
    }
    assert.is((await signalled(site, "SIGTERM", ":")).code, 143);
  }),
);

live("twenty at once", () =>
  withSite(async (site) => {
    await site.stand();
    const numbers = Array.from({ length: 20 }, (_, index) => String(index));
    const ended = await Promise.all(numbers.map((number) => site.exec(["sh", "-c", `echo ${number}; exit ${number}`])));
    assert.equal(
      ended.map(({ code, stdout, stderr }) => [code, stdout, stderr]),
      numbers.map((number) => [Number(number), `${number}\n`, ""]),
    );
  }),
);

test.run();

/** Starts a command that waits inside, sends it a signal once it is ready, and returns how it ended. */
async function signalled(
  { rig }: Site,
  signal: NodeJS.Signals,
  trap: string,
): Promise<{ readonly code: number | null; readonly stdout: string }> {
  const [program, ...args] = rig.command("exec", "-T", "web", "--", "sh", "-c", `${trap}; echo ready; sleep 100 & wait`);
  const child = spawn(program, args, { cwd: rig.directory, env: rig.env, stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  await once(child.stdout, "data");
  child.kill(signal);
  const ended = once(child, "exit");
  const [code] = await ended;
  // The sleep that the command left behind has its standard output still.
  child.stdout.destroy();
  return { code, stdout };
}
