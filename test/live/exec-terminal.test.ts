import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { eachWay } from "../support/noted-exec.ts";
import type { Terminal } from "../support/terminal.ts";
import { startTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

eachWay(
  live,
  "a command in a terminal has one of its own: of the caller's size, also when that changes, with the command's exit code",
  async ({ start }) => {
    const script =
      'trap "stty size; exit 9" WINCH; test -t 0 && test -t 1 && test -t 2 && stty size; stat -L -c "device %d" /proc/self/fd/0; sleep 100 & wait';
    const terminal = start([], "sh", "-c", script);
    const [, caller = ""] = await terminal.shows(/^TTY (\S+) PID/m);
    await terminal.shows(/^24 80\r$/m);
    const [, own = ""] = await terminal.shows(/^device (\d+)\r$/m);
    assert.is.not(Number(own), statSync(caller).dev);
    // One number only: stty sets one after the other, and the first change is told already.
    execFileSync("stty", ["-F", caller, "rows", "33"]);
    await terminal.shows(/^33 80\r$/m);
    assert.is(await terminal.end(), 9);
  },
);

eachWay(live, "without a terminal, or with one that is only half of it, the command cannot reach the caller's", async ({ site, start }) => {
  const script = 'for fd in 0 1 2; do test -t $fd && echo "$fd is a terminal"; done; cat; exit 5';
  const terminal = start(["-T"], "sh", "-c", script);
  await terminal.shows(/^TTY /m);
  terminal.type("typed\n\u0004");
  // Once as the echo of what was typed, once from cat.
  await terminal.shows(/typed\r\n[\s\S]*typed\r\n/);
  assert.is(await terminal.end(), 5);
  await assertNotShown(terminal, /is a terminal/);
  const [program, ...args] = site.rig.command("exec", "web", "--", "sh", "-c", script);
  const piped = startTerminal(site.rig, ["sh", "-c", 'echo piped | "$@"', "sh", program, ...args]);
  await piped.shows(/^piped\r$/m);
  assert.is(await piped.end(), 5);
  await assertNotShown(piped, /is a terminal/);
});

eachWay(live, "Ctrl-C reaches the command, which is not ended by anything else", async ({ start }) => {
  const terminal = start([], "sh", "-c", 'trap "echo got it; exit 6" INT; echo ready; sleep 100 & wait');
  await terminal.shows(/^ready\r$/m);
  terminal.type("\u0003");
  await terminal.shows(/got it\r$/m);
  assert.is(await terminal.end(), 6);
});

eachWay(live, "a signal to cloister itself is passed on to the command in the terminal", async ({ start }) => {
  const terminal = start([], "sh", "-c", 'trap "echo got it; exit 6" TERM; echo ready; sleep 100 & wait');
  const [, pid = ""] = await terminal.shows(/^TTY \S+ PID (\d+)\r$/m);
  await terminal.shows(/^ready\r$/m);
  process.kill(Number(pid), "SIGTERM");
  await terminal.shows(/got it\r$/m);
  assert.is(await terminal.end(), 6);
});

eachWay(live, "a shell, as the user that is asked for, ends with its own exit code", async ({ started }) => {
  const terminal = started(["shell", "-u", "user", "web"]);
  await terminal.shows(/\$ /);
  terminal.type('echo "$(hostname) $(id -un) $((6 * 7)) $TERM"\n');
  await terminal.shows(/^web user 42 dumb\r$/m);
  terminal.type("exit 4\n");
  assert.is(await terminal.end(), 4);
});

eachWay(live, "a terminal is one of the environment's own, and its session's", async ({ start }) => {
  const terminal = start(["-u", "user"], "sh", "-c", 'tty; test -w "$(tty)" && echo writable; echo shown >/dev/tty; exit 3');
  await terminal.shows(/^\/dev\/pts\/\d+\r$/m);
  await terminal.shows(/^writable\r\nshown\r$/m);
  assert.is(await terminal.end(), 3);
});

eachWay(
  live,
  "what is left by the detach keys runs on, where they are asked for; else they are the command's, and it ends with who looks at it",
  async ({ site, start }) => {
    const waits = ["sh", "-c", 'trap "echo hung up >/hung; exit" HUP; echo re""ady; while :; do sleep 0.05; done'];
    const runs = async () =>
      (await site.inside("sh", "-c", "for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f; echo; done")).includes('re""ady');
    const left = start(["--detach-keys", "ctrl-x,x"], ...waits);
    await left.shows(/^ready\r$/m);
    left.type("\u0018x");
    await left.shows(/detached from, and runs on/);
    assert.is(await left.end(), 0);
    assert.ok(await runs());
    await site.inside("sh", "-c", "kill -9 $(grep -l re..ady /proc/[0-9]*/cmdline | cut -d/ -f3 | grep -v $$) 2>/dev/null || :");
    await until("its end", async () => !(await runs()));

    const typed = start([], "sh", "-c", "stty raw -echo; echo re''ady; head -c 2 | od -An -tx1; exit 4");
    await typed.shows(/^ready/m);
    typed.type("\u0010\u0011");
    await typed.shows(/10 11/);
    assert.is(await typed.end(), 4);

    const closed = start([], ...waits);
    await closed.shows(/^ready\r$/m);
    const [, pid = ""] = await closed.shows(/^TTY \S+ PID (\d+)\r$/m);
    process.kill(Number(pid), "SIGKILL");
    await until("its terminal is hung up", async () => (await site.inside("sh", "-c", "cat /hung 2>/dev/null || :")) === "hung up");
    await until("its end", async () => !(await runs()));
  },
);

eachWay(live, "-it as docker has it: with a terminal, or an error where there is none", async ({ site, start }) => {
  const terminal = start(["-it"], "sh", "-c", "test -t 0 && exit 3");
  assert.is(await terminal.end(), 3);
  const [program, ...args] = site.rig.command("exec", "-it", "web", "--", "true");
  const piped = startTerminal(site.rig, ["sh", "-c", 'echo piped | "$@"', "sh", program, ...args]);
  await piped.shows(/--tty asks for a terminal, and standard input is none/);
  assert.is(await piped.end(), 125);
  assert.is((await site.exec(["cat"], ["-i"], "passed on")).stdout, "passed on");
});

eachWay(live, "what is printed at once comes as it was printed: our terminal is ready for it", async ({ start }) => {
  const terminal = start([], "sh", "-c", "seq 1 20; exit 2");
  assert.is(await terminal.end(), 2);
  const [all] = await terminal.shows(/^1[\s\S]*20[\r\n]+$/m);
  assert.is(all, Array.from({ length: 20 }, (_, index) => `${index + 1}\r\n`).join(""));
});

eachWay(live, "a command that prints more than is taken waits, and loses nothing", async ({ start }) => {
  const terminal = start([], "sh", "-c", "seq 1 200000; echo la''st; exit 2");
  await terminal.shows(/^last\r$/m);
  const [all] = await terminal.shows(/^1\r\n[\s\S]*^200000\r$/m);
  assert.is(all.split("\r\n").length, 200_000);
  assert.is(await terminal.end(), 2);
});

test.run();

/** Of a terminal whose command has ended. */
async function assertNotShown(terminal: Terminal, pattern: RegExp): Promise<void> {
  const shown = await terminal.shows(pattern).then(
    ([text]) => text,
    () => null,
  );
  assert.is(shown, null);
}
