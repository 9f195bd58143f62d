import { execFileSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import type { Terminal } from "../support/terminal.ts";
import { startTerminal } from "../support/terminal.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("a command in a terminal has one of its own: of the caller's size, also when that changes, with the command's exit code", () =>
  withSite(async (site) => {
    await site.stand();
    const script =
      'trap "stty size; exit 9" WINCH; test -t 0 && test -t 1 && test -t 2 && stty size; readlink /proc/self/fd/0; sleep 100 & wait';
    const terminal = execIn(site, [], "sh", "-c", script);
    const [, caller = ""] = await terminal.shows(/^TTY (\S+) PID/m);
    await terminal.shows(/^24 80\r$/m);
    const [, own = ""] = await terminal.shows(/^(\/.*pts\/\d+.*)\r$/m);
    assert.is.not(own, caller);
    // One number only: stty sets one after the other, and the first change is told already.
    execFileSync("stty", ["-F", caller, "rows", "33"]);
    await terminal.shows(/^33 80\r$/m);
    assert.is(await terminal.end(), 9);
  }),
);

live("without a terminal, or with one that is only half of it, the command cannot reach the caller's", () =>
  withSite(async (site) => {
    await site.stand();
    const script = 'for fd in 0 1 2; do test -t $fd && echo "$fd is a terminal"; done; cat; exit 5';
    const terminal = execIn(site, ["-T"], "sh", "-c", script);
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
  }),
);

live("Ctrl-C reaches the command, which is not ended by anything else", () =>
  withSite(async (site) => {
    await site.stand();
    const terminal = execIn(site, [], "sh", "-c", 'trap "echo got it; exit 6" INT; echo ready; sleep 100 & wait');
    await terminal.shows(/^ready\r$/m);
    terminal.type("\u0003");
    await terminal.shows(/got it\r$/m);
    assert.is(await terminal.end(), 6);
  }),
);

live("a signal to cloister itself is passed on to the command in the terminal", () =>
  withSite(async (site) => {
    await site.stand();
    const terminal = execIn(site, [], "sh", "-c", 'trap "echo got it; exit 6" TERM; echo ready; sleep 100 & wait');
    const [, pid = ""] = await terminal.shows(/^TTY \S+ PID (\d+)\r$/m);
    await terminal.shows(/^ready\r$/m);
    process.kill(Number(pid), "SIGTERM");
    await terminal.shows(/got it\r$/m);
    assert.is(await terminal.end(), 6);
  }),
);

live("a shell, as the user that is asked for, ends with its own exit code", () =>
  withSite(async (site) => {
    await site.stand({ hostname: "inside" });
    const [program, ...args] = site.rig.command("shell", "-u", "user", "web");
    const terminal = startTerminal(site.rig, [program, ...args]);
    await terminal.shows(/\$ /);
    terminal.type('echo "$(hostname) $(id -un) $((6 * 7)) $TERM"\n');
    await terminal.shows(/^inside user 42 dumb\r$/m);
    terminal.type("exit 4\n");
    assert.is(await terminal.end(), 4);
  }),
);

test.run();

function execIn({ rig }: Site, flags: readonly string[], ...command: readonly string[]): Terminal {
  return startTerminal(rig, rig.command("exec", ...flags, "web", "--", ...command));
}

/** Of a terminal whose command has ended. */
async function assertNotShown(terminal: Terminal, pattern: RegExp): Promise<void> {
  const shown = await terminal.shows(pattern).then(
    ([text]) => text,
    () => null,
  );
  assert.is(shown, null);
}
