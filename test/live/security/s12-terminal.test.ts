// S12: no way to the caller's terminal: not as a descriptor, not as the controlling one, not after the command has ended.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { childrenOf } from "../../../src/host/proc-reader.ts";
import { parseStat } from "../../../src/kernel/proc.ts";
import { needs } from "../../support/needs.ts";
import { processesOf, withSite } from "../../support/site.ts";
import type { Terminal } from "../../support/terminal.ts";
import { startTerminal } from "../../support/terminal.ts";
import { until } from "../../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

for (const flags of [["-T"], []]) {
  live(
    `a command ${flags.length === 0 ? "in a terminal of its own" : "without a terminal"}, and what it leaves behind, is apart from the caller's`,
    () =>
      withSite(async (site) => {
        await site.stand();
        const script = "sleep 1000 & echo started; cat </dev/tty 2>&1 >/dev/null & sleep 1000";
        const [program, ...args] = site.rig.command("exec", ...flags, "web", "--", "sh", "-c", script);
        const terminal = startTerminal(site.rig, [program, ...args]);
        const caller = await callerOf(terminal);
        await terminal.shows(/^started\r$/m);
        const inside = await until("both sleep", () => {
          const found = processesOf(site.rig).filter((pid) => commOf(pid) === "sleep");
          return found.length === 2 ? found : null;
        });
        for (const pid of inside) assert.equal(sharedWith(pid, caller), []);
        if (flags.length > 0) await terminal.shows(/can't open '?\/dev\/tty/);
        process.kill(caller.pid, "SIGTERM");
        await terminal.end();
        for (const pid of processesOf(site.rig).filter((one) => commOf(one) === "sleep")) assert.equal(sharedWith(pid, caller), []);
      }),
  );
}

live("the control: a process that just enters has the caller's terminal, and can type into it", () =>
  withSite(async (site) => {
    await site.stand();
    const { pid } = await site.seen();
    const naive = [
      "nsenter",
      "--target",
      String(pid),
      "--user",
      "--mount",
      "--pid",
      "--setuid",
      "0",
      "--setgid",
      "0",
      "--",
      "/bin/sh",
      "-c",
      "echo started; sleep 1000",
    ];
    const terminal = startTerminal(site.rig, naive);
    const caller = await callerOf(terminal);
    await terminal.shows(/^started\r$/m);
    const sleeping = await until("it sleeps", () => childWithComm(caller.pid, "sleep"));
    assert.equal(sharedWith(sleeping, caller).sort(), ["controlling terminal", "descriptor", "descriptor", "descriptor"]);
    process.kill(sleeping, "SIGKILL");
    await terminal.end();
    if (readFileSync("/proc/sys/dev/tty/legacy_tiocsti", "utf8").trim() !== "1") return;
    const typing = 'for my $letter (split //, "echo stolen\\n") { ioctl(STDIN, 0x5412, $letter) or die }';
    const script =
      'setpriv --reuid 65534 --regid 65534 --clear-groups perl -e "$0"; read -r line; printf "the shell was told: %s\\n" "$line"';
    const typed = startTerminal(site.rig, ["sh", "-c", script, typing]);
    await typed.shows(/the shell was told: echo stolen\r/);
    await typed.end();
  }),
);

test.run();

interface Caller {
  readonly pid: number;
  readonly session: number | undefined;
  /** The device file of its terminal. Its name would not do: every devpts counts from /dev/pts/0, and so do the numbers of terminals. */
  readonly terminal: string;
}

async function callerOf(terminal: Terminal): Promise<Caller> {
  const [, path = "", text = ""] = await terminal.shows(/^TTY (\S+) PID (\d+)\r$/m);
  const pid = Number(text);
  return { pid, session: statOf(pid)?.session, terminal: fileOf(path) };
}

/** What of the caller's terminal a process has. A terminal controls one session and no other. */
function sharedWith(pid: number, caller: Caller): string[] {
  const stat = statOf(pid);
  const controlling = stat !== null && stat.tty !== 0 && stat.session === caller.session ? ["controlling terminal"] : [];
  const open = readdirSync(`/proc/${pid}/fd`).filter((fd) => fileOf(`/proc/${pid}/fd/${fd}`) === caller.terminal);
  return [...controlling, ...open.map(() => "descriptor")];
}

/** The file that a path leads to, by its file system and inode; "" where it leads nowhere. */
function fileOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? "" : `${found.dev}:${found.ino}`;
}

function statOf(pid: number) {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return null;
  }
}

function commOf(pid: number): string {
  return statOf(pid)?.comm ?? "";
}

/** A process below another, at any depth. */
function childWithComm(pid: number, comm: string): number | null {
  const children = childrenOf(pid);
  return (
    children.find((child) => commOf(child) === comm) ??
    children.map((child) => childWithComm(child, comm)).find((one) => one !== null) ??
    null
  );
}
