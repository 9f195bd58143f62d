import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readlinkSync } from "node:fs";
import { busyboxRoot } from "./busybox.ts";

/** An environment as the tutorial makes it, in a terminal. */
export interface Tutorial {
  /** The shell that runs as pid 1 inside, by its number on the host. */
  readonly pid: number;
  /** Types one line. */
  type(line: string): Promise<void>;
  end(): Promise<void>;
}

const unshare = "unshare --mount --uts --ipc --net --pid --fork --user --map-root-user chroot";
const mounts = ["mount -t proc none /proc", "mount -t sysfs none /sys", "mount -t tmpfs none /tmp"];

/** Makes a root at `root` (which must not be there) and types the tutorial's own commands, in a terminal as a person has one. */
export async function startTutorial(root: string): Promise<Tutorial> {
  busyboxRoot(root);
  const terminal = spawn("script", ["--quiet", "--return", "--command", `${unshare} ${root} sh`, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  terminal.stdout.on("data", (chunk: Buffer) => (shown += chunk.toString()));
  const ended = once(terminal, "close");
  let count = 0;
  const type = async (line: string): Promise<void> => {
    const mark = `line-${++count}-done`;
    // In two parts, so that the echo of what is typed is not taken for the answer.
    terminal.stdin.write(`${line}; echo "${mark.slice(0, 4)}""${mark.slice(4)}"\n`);
    while (!shown.includes(mark)) {
      if (terminal.exitCode !== null) throw new Error(`the tutorial ended early: ${shown}`);
      await Promise.race([once(terminal.stdout, "data"), ended]);
    }
  };
  const end = async (): Promise<void> => {
    terminal.stdin.end("exit\n");
    await ended;
  };
  for (const line of mounts) await type(line);
  return { pid: processWithRoot(root), type, end };
}

function processWithRoot(root: string): number {
  const found = readdirSync("/proc").find((name) => /^\d+$/.test(name) && rootOf(name) === root);
  if (found === undefined) throw new Error(`no process has ${root} as its root`);
  return Number(found);
}

function rootOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/root`);
  } catch {
    return "";
  }
}
