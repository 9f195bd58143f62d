import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import type { Heard, KernelEvents, Life } from "../model/host.ts";
import { groupEvents } from "./group-events.ts";
import { readProc } from "./proc-reader.ts";
import { findTool, hostEnvironment, tool } from "./tools.ts";

/** Up to so many environments each have a process that waits for changes of their mounts (3 MB each); beyond, mount tables are compared. */
const mostPollers = 50;
const compareMs = 1000;

/** How one environment is listened to. */
interface Ear {
  readonly life: Life;
  readonly close: () => void;
}

/** Listens to environments that run: their deaths, mount tables and limits. Tells only that something happened, never what. */
export function kernelEvents(told: (heard: Heard) => void): KernelEvents {
  const ears = new Map<string, Ear>();
  const drop = (name: string) => {
    ears.get(name)?.close();
    ears.delete(name);
  };
  return {
    follow(lives) {
      const polled = lives.length <= mostPollers && findTool("findmnt") !== null && findTool("setpriv") !== null;
      const wanted = new Map(lives.map((life) => [life.name, life]));
      for (const [name, { life }] of ears) if (!isSame(life, wanted.get(name))) drop(name);
      for (const life of lives) if (!ears.has(life.name)) ears.set(life.name, listen(life, polled, told));
    },
    close() {
      for (const name of [...ears.keys()]) drop(name);
    },
  };
}

function isSame(had: Life, now: Life | undefined): boolean {
  return now !== undefined && had.pid === now.pid && had.start === now.start && groupNames(had) === groupNames(now);
}

// Groups of processes come and go with them.
function groupNames({ groups }: Life): string {
  return groups
    .filter(({ path }) => fs.existsSync(path))
    .map(({ path }) => path)
    .join("\n");
}

function listen(life: Life, polled: boolean, told: (heard: Heard) => void): Ear {
  const { name } = life;
  const groups = groupEvents(life.groups, (what) => told({ environment: name, what }));
  const mounts = polled
    ? pollMounts(life.pid, () => told({ environment: name, what: "mounts" }))
    : compareMounts(life, (what) => told({ environment: name, what }));
  return {
    life: { ...life, groups: life.groups.filter(({ path }) => fs.existsSync(path)) },
    close() {
      groups();
      mounts();
    },
  };
}

/**
 * findmnt tells every change of another mount namespace within some 6 ms. It does not end with the namespace, which it keeps alive,
 * so it is killed when the environment is followed no longer, and by the kernel when this process ends.
 */
function pollMounts(pid: number, told: () => void): () => void {
  const command = ["--pdeathsig", "KILL", "--", tool("findmnt"), "--poll", "--noheadings", "--output", "ACTION", "--task", String(pid)];
  const child: ChildProcess = spawn(tool("setpriv"), command, { cwd: "/", env: hostEnvironment(), stdio: ["ignore", "pipe", "ignore"] });
  let closed = false;
  child.stdout?.on("data", told);
  // It could not be started, or was ended by somebody: the timer finds what it would have told.
  child.once("error", () => undefined);
  return () => {
    if (closed) return;
    closed = true;
    child.kill("SIGKILL");
  };
}

function compareMounts({ pid, start }: Life, told: (what: Heard["what"]) => void): () => void {
  let before = readProc(`/proc/${pid}/mountinfo`);
  const timer = setInterval(() => {
    const now = readProc(`/proc/${pid}/mountinfo`);
    if (now !== before) told(now === "" || !readProc(`/proc/${pid}/stat`).includes(` ${start} `) ? "death" : "mounts");
    before = now;
  }, compareMs);
  return () => clearInterval(timer);
}
