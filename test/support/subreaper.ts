import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Rig } from "./rig.ts";

/** A command with everything that it leaves behind: whatever loses its parent below it is waited for, as a good first process of a machine does. */
export interface Subreaper {
  readonly pid: number;
  /** Resolves when the command and all that it left behind have ended. */
  ended(): Promise<void>;
}

// PR_SET_CHILD_SUBREAPER of prctl(2).
const program = "syscall($ENV{PRCTL}, 36, 1, 0, 0, 0) == 0 or die; if (!fork) { exec @ARGV or die } 1 while wait > 0;";

/** Starts a command of the rig's below a subreaper. Some machines' first process does not reap: what a test orphans would stay there for ever. */
export async function startReaped(rig: Rig, ...args: readonly string[]): Promise<Subreaper> {
  const environment = { ...rig.env, PRCTL: process.arch === "x64" ? "157" : "167" };
  const child = spawn("perl", ["-e", program, ...rig.command(...args)], { cwd: rig.directory, env: environment, stdio: "ignore" });
  const closed = once(child, "close");
  await once(child, "spawn");
  return {
    pid: child.pid ?? 0,
    ended: async () => {
      await closed;
    },
  };
}
