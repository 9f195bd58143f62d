import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { dirname } from "node:path";
import { monotonicMs } from "../model/clock.ts";
import { CloisterError } from "../model/diagnostic.ts";
import { assertWritable } from "./files.ts";
import { answerMs, endHanging } from "./hanging.ts";
import { assertOwned } from "./owned.ts";
import { hostEnvironment, tool } from "./tools.ts";

/** A lock that this process holds; it is free at once when the process ends, however that happens. */
export interface Lock {
  release(): void;
  /** Releases it and takes its file away. */
  remove(): void;
}

/** What is locked, by whom, and how long to wait for it. */
export interface LockRequest {
  readonly path: string;
  /** Told to whoever finds it taken. */
  readonly verb: string;
  readonly timeoutMs: number;
}

/** Takes an exclusive lock. Throws `engine/locked`, naming the holder; `host/missing-tool`, `host/tool-hangs` before anything is made; `store/unsafe-directory` where others could put a link in its place. */
export async function takeLock({ path, verb, timeoutMs }: LockRequest): Promise<Lock> {
  const until = monotonicMs() + timeoutMs;
  const program = tool("flock");
  for (;;) {
    // mkdir -p of Node says ENOENT where nothing can be written to.
    assertWritable(dirname(path));
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    assertOwned(dirname(path));
    const descriptor = fs.openSync(
      path,
      fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_APPEND | fs.constants.O_NOFOLLOW,
      0o600,
    );
    // flock(1) locks the open file that it inherits: the lock stays with our descriptor when it ends.
    const waitMs = until - monotonicMs();
    const wait = waitMs <= 0 ? ["--nonblock"] : ["--wait", String(waitMs / 1000)];
    const code = await ended(program, [...wait, "3"], { descriptor, withinMs: Math.max(waitMs, 0) + answerMs });
    if (code === 0 && isAt(path, descriptor)) return held({ path, verb, descriptor });
    fs.closeSync(descriptor);
    if (code !== 0) throw taken(path);
  }
}

/** Whether anybody holds a lock right now, without taking it. */
export function isLocked(path: string): boolean {
  const inode = fs.statSync(path, { throwIfNoEntry: false })?.ino;
  return inode !== undefined && new RegExp(`^\\d+: FLOCK .*:${inode} `, "m").test(fs.readFileSync("/proc/locks", "utf8"));
}

// Whoever held it may have taken the file away: then the next one has its lock on another file by now.
function isAt(path: string, descriptor: number): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.ino === fs.fstatSync(descriptor).ino;
}

function held({ path, verb, descriptor }: Pick<LockRequest, "path" | "verb"> & { readonly descriptor: number }): Lock {
  fs.ftruncateSync(descriptor);
  fs.writeSync(descriptor, JSON.stringify({ pid: process.pid, verb, since: new Date().toISOString() }));
  const release = () => fs.closeSync(descriptor);
  return {
    release,
    remove() {
      fs.rmSync(path, { force: true });
      release();
    },
  };
}

function ended(
  program: string,
  args: readonly string[],
  { descriptor, withinMs }: { readonly descriptor: number; readonly withinMs: number },
): Promise<number | null> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { cwd: "/", env: hostEnvironment(), stdio: ["ignore", "ignore", "ignore", descriptor] });
    const timer = setTimeout(() => failed(endHanging(child, withinMs)), withinMs);
    child.once("error", failed);
    child.once("close", done);
    child.once("close", () => clearTimeout(timer));
  });
}

function taken(path: string): CloisterError {
  const [, pid, verb, since] = /^\{"pid":(\d+),"verb":"([a-z]+)","since":"([^"]+)"/.exec(fs.readFileSync(path, "utf8")) ?? [];
  const holder = pid === undefined ? "another run" : `cloister ${verb}, pid ${pid}, since ${since}`;
  return new CloisterError({
    code: "engine/locked",
    severity: "error",
    message: `the project is locked by ${holder}`,
    hint: "wait for it with --lock-timeout 30s; the lock goes with that process, it never stays behind",
  });
}
