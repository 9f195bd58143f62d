import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { eachWay, exec, noted } from "../support/noted-exec.ts";
import { withSite } from "../support/site.ts";
import { startTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "strace");

eachWay(live, "our terminal is raw while the command runs, and as it was before at each end", async ({ started }) => {
  const words = ["exec", "--detach-keys", "ctrl-x", "web", "--", "sh", "-c", 'trap "exit 6" TERM; echo ready; sleep 100 & wait'];
  for (const end of ["SIGTERM", "detach keys"]) {
    const kept = ["sh", "-c", 'stty iutf8; before=$(stty -g); "$@"; echo "code $?"; test "$before" = "$(stty -g)" && echo restored', "sh"];
    const terminal = started(words, kept);
    const [, caller = "", shell = ""] = await terminal.shows(/^TTY (\S+) PID (\d+)/m);
    await terminal.shows(/^ready\r$/m);
    const fields = execFileSync("stty", ["-F", caller, "-g"], { encoding: "utf8" }).split(":");
    const [input, output = 1, , local = 1] = fields.map((field) => Number.parseInt(field, 16));
    // No OPOST; none of ISIG, ICANON, XCASE, ECHO, IEXTEN.
    assert.equal([input, output & 1, local & 0x800f], [0, 0, 0]);
    if (end === "SIGTERM") process.kill(Number(readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8")), end);
    else terminal.type("\u0018");
    await terminal.shows(/^code (?:6|0)\r$/m);
    await terminal.shows(/^restored\r$/m);
    await terminal.end();
  }
});

eachWay(live, "an error before the command is there leaves our terminal as it was", async ({ started }) => {
  const kept = ["sh", "-c", 'before=$(stty -g); "$@"; echo "code $?"; test "$before" = "$(stty -g)" && echo restored', "sh"];
  for (const [flags, command, code] of [
    [["-u", "nobody-there"], "true", 125],
    [[], "no-such-command", 127],
    [[], "/etc", 126],
  ] as const) {
    const terminal = started(["exec", ...flags, "web", "--", command], kept);
    await terminal.shows(new RegExp(`^code ${code}\r$`, "m"));
    await terminal.shows(/^restored\r$/m);
    await terminal.end();
  }
});

eachWay(live, "the first of the detach keys is the command's where another follows, or nothing does", async ({ started }) => {
  const script = "stty raw -echo; echo re''ady; head -c 4 | od -An -tx1; exit 4";
  const terminal = started(["exec", "--detach-keys", "ctrl-x,x", "web", "--", "sh", "-c", script]);
  await terminal.shows(/^ready/m);
  terminal.type("\u0018y\u0018\u0018");
  await terminal.shows(/18 79 18 18/);
  assert.is(await terminal.end(), 4);
});

eachWay(
  live,
  "what is wanted by the environment is that, and standard error is the terminal inside, whatever ours is",
  async ({ started }) => {
    const script = 'echo "$TERM $COLOUR"; test -t 2 && echo "to err""or" >&2; exit 3';
    const apart = ["sh", "-c", 'exec "$@" 2>errors', "sh", "env", "TERM=xterm-own"];
    const terminal = started(["exec", "-e", "COLOUR=red", "web", "--", "sh", "-c", script], apart);
    await terminal.shows(/^xterm-own red\r$/m);
    await terminal.shows(/^to error\r$/m);
    assert.is(await terminal.end(), 3);
    const without = started(["exec", "web", "--", "sh", "-c", 'echo "is $TERM"'], ["env", "-u", "TERM"]);
    await without.shows(/^is linux\r$/m);
    await without.end();
    const other = started(["exec", "-e", "TERM=vt52", "web", "--", "sh", "-c", 'echo "is $TERM"']);
    await other.shows(/^is vt52\r$/m);
    await other.end();
  },
);

eachWay(live, "a job in the background waits with our terminal untouched, and goes on when it comes to the front", async ({ started }) => {
  const isStopped = 'read -r _ _ state _ <"/proc/$!/stat" && [ "$state" = T ]';
  const untouched = 'case " $(stty -a) " in *" icanon "*) echo unto""uched ;; esac';
  const jobs = `set -m; "$@" & until ${isStopped}; do sleep 0.02; done; ${untouched}; fg >/dev/null; echo "code $?"`;
  const terminal = started(
    ["exec", "web", "--", "sh", "-c", 'echo beg""un; read line; echo "line $line"; exit 4'],
    ["bash", "-c", jobs, "bash"],
  );
  await terminal.shows(/untouched/m);
  await terminal.shows(/^begun\r$/m);
  terminal.type("typed\r");
  await terminal.shows(/^line typed\r$/m);
  await terminal.shows(/^code 4\r$/m);
  await terminal.end();
});

eachWay(live, "the window is closed: what is inside is hung up", async ({ site, start }) => {
  const terminal = start([], "sh", "-c", 'trap "echo hung up >/hung; exit" HUP; echo re""ady; while :; do sleep 0.05; done');
  await terminal.shows(/^ready\r$/m);
  terminal.close();
  await until("it is hung up", async () => (await site.inside("sh", "-c", "cat /hung 2>/dev/null || :")) === "hung up");
});

// The session that it was started in is hung up meanwhile: whatever begins one of its own is late.
const lateSetsid = [
  "strace",
  "-DDD",
  "-f",
  "--seccomp-bpf",
  "-qq",
  "-o",
  "/dev/null",
  "-e",
  "trace=setsid",
  "-e",
  "inject=setsid:delay_enter=200000",
];

eachWay(live, "what was left keeps a terminal that takes what it prints, and holds none of ours", async ({ site, started }) => {
  const script = 'echo re""ady; until [ -e /go ]; do sleep 0.02; done; seq 1 20000; tty >/left; stty size >>/left; sleep 1000';
  const terminal = started(["exec", "--detach-keys", "ctrl-x", "web", "--", "sh", "-c", script], lateSetsid);
  await terminal.shows(/^ready\r$/m);
  terminal.type("\u0018");
  await terminal.shows(/cloister: the command in web was detached from, and runs on\r$/m);
  // Its other end is nobody's here: else `script` would go on.
  assert.is(await terminal.end(), 0);
  await site.inside("touch", "/go");
  await until("all of it is printed", async () => /24 80/.test(await site.inside("sh", "-c", "cat /left 2>/dev/null || :")));
});

live("a terminal is noted as well: what Node ran on one is run without it, and words that are wrong are Node's", () =>
  withSite(async (site) => {
    const again = await noted(site);
    site.declare({ web: { overlay: "ephemeral" } });
    const { ctimeMs } = statSync(join(site.rig.directory, "cloister.yaml"));
    await until("the manifest is old enough", () => Date.now() - ctimeMs > 1_500);
    const first = startTerminal(site.rig, site.rig.command("exec", "web", "--", "sh", "-c", "exit 3"));
    assert.is(await first.end(), 3);
    assert.is((await again("web", "sh", "-c", "exit 5")).code, 5);
    assert.equal(await exec(site, ["--detach-keys", "ctrl-x", "web", "echo", "it ran"]), { code: 0, stdout: "it ran\n", stderr: "" });
    const wrong = await exec(site, ["--detach-keys", "ctrl-", "web", "true"]);
    assert.is(wrong.code, 125);
    assert.match(wrong.stderr, /"ctrl-" is no key/);
  }),
);

test.run();
