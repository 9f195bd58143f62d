import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { dirname } from "node:path";
import { monotonicMs } from "../model/clock.ts";
import { CloisterError } from "../model/diagnostic.ts";
import { codeOf } from "../model/errno.ts";
import type { Assistants } from "./assistant.ts";
import { assertWritable, removeFile } from "./files.ts";
import { answerMs, endHanging } from "./hanging.ts";
import { assertOwned } from "./owned.ts";
import { retried } from "./retried.ts";
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
  /** A shim that serves, where one is there already: flock(1) is a process to start. */
  readonly assisted?: Pick<Assistants, "askOne">;
}

/** Takes an exclusive lock. Throws `engine/locked`, naming the holder; `host/missing-tool`, `host/tool-hangs` before anything is made; `store/unsafe-directory` where others could put a link in its place. */
export async function takeLock({ path, verb, timeoutMs, assisted }: LockRequest): Promise<Lock> {
  const until = monotonicMs() + timeoutMs;
  tool("flock");
  for (;;) {
    const descriptor = retried(() => opened(path));
    const waitMs = Math.max(until - monotonicMs(), 0);
    const code = (await lockAssisted(assisted, { descriptor, waitMs })) ?? (await lockByTool({ descriptor, waitMs }));
    const isThere = isAt(path, descriptor);
    if (code === 0 && isThere) return held({ path, verb, descriptor });
    const refusal = isThere ? taken(descriptor) : null;
    fs.closeSync(descriptor);
    if (refusal !== null) throw refusal;
  }
}

function opened(path: string): number {
  const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = fs.constants;
  // mkdir -p of Node says ENOENT where nothing can be written to.
  assertWritable(dirname(path));
  fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  assertOwned(dirname(path));
  return fs.openSync(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
}

/** Whether anybody holds a lock right now, without taking it. */
export function isLocked(path: string): boolean {
  const inode = fs.statSync(path, { throwIfNoEntry: false })?.ino;
  return inode !== undefined && new RegExp(`^\\d+: FLOCK .*:${inode} `, "m").test(fs.readFileSync("/proc/locks", "utf8"));
}

// Whoever held it may have taken the file away: then the next one has its lock on another file by now, or nobody has.
function isAt(path: string, descriptor: number): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.ino === fs.fstatSync(descriptor).ino;
}

function held({ path, verb, descriptor }: Pick<LockRequest, "path" | "verb"> & { readonly descriptor: number }): Lock {
  fs.ftruncateSync(descriptor);
  note(descriptor, JSON.stringify({ pid: process.pid, verb, since: new Date().toISOString() }));
  const release = () => fs.closeSync(descriptor);
  return {
    release,
    remove() {
      removeFile(path);
      release();
    },
  };
}

/** More than a note is long. */
const noteBytes = 1024;

// The lock is the kernel's. A full disk has no room to say whose it is, and what makes room on it takes locks, too.
function note(descriptor: number, text: string): void {
  try {
    fs.writeSync(descriptor, text);
  } catch (error) {
    if (!(codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT")) throw error;
    fs.ftruncateSync(descriptor);
  }
}

/** What is locked, and for how long it may be waited for. */
interface Wait {
  readonly descriptor: number;
  readonly waitMs: number;
}

/** Both lock the open file, by a copy of our descriptor: the lock stays with ours when the copy is closed. Returns 0, or what says that somebody else has it; null where the kernel gives no copy away. */
async function lockAssisted(assisted: LockRequest["assisted"], { descriptor, waitMs }: Wait): Promise<number | null> {
  if (assisted === undefined) return null;
  const words = ["lock", String(process.pid), String(descriptor), String(Math.ceil(waitMs))];
  const { code } = await assisted.askOne(words, waitMs + answerMs);
  return code === 0 || code === 1 ? code : null;
}

function lockByTool({ descriptor, waitMs }: Wait): Promise<number | null> {
  const wait = waitMs === 0 ? ["--nonblock"] : ["--wait", String(waitMs / 1000)];
  return new Promise((done, failed) => {
    const child = spawn(tool("flock"), [...wait, "3"], {
      cwd: "/",
      env: hostEnvironment(),
      stdio: ["ignore", "ignore", "ignore", descriptor],
    });
    const withinMs = waitMs + answerMs;
    const timer = setTimeout(() => failed(endHanging(child, withinMs)), withinMs);
    child.once("error", failed);
    child.once("close", done);
    child.once("close", () => clearTimeout(timer));
  });
}

function taken(descriptor: number): CloisterError {
  const said = Buffer.alloc(noteBytes);
  const text = said.toString("utf8", 0, fs.readSync(descriptor, said, 0, noteBytes, 0));
  const [, pid, verb, since] = /^\{"pid":(\d+),"verb":"([a-z]+)","since":"([^"]+)"/.exec(text) ?? [];
  const holder = pid === undefined ? "another run" : `cloister ${verb}, pid ${pid}, since ${since}`;
  return new CloisterError({
    code: "engine/locked",
    severity: "error",
    message: `the project is locked by ${holder}`,
    hint: "wait for it with --lock-timeout 30s; the lock goes with that process, it never stays behind",
  });
}
