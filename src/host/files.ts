import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { dirname } from "node:path";
import { CloisterError } from "../model/diagnostic.ts";
import { codeOf } from "../model/errno.ts";
import { assertOwned } from "./owned.ts";
import { apart, hostEnvironment, tool } from "./tools.ts";

/** Makes a directory and its missing parents; an existing one keeps what it has. `owner` is uid and gid. */
export function makeDirectory(path: string, mode: number, owner: number | undefined): void {
  if (fs.existsSync(path)) return;
  const parent = dirname(path);
  if (!fs.existsSync(parent)) {
    // What root inside writes may be set-user-id: no user of the host may reach it.
    fs.mkdirSync(parent, { recursive: true, mode: 0o700 });
    // Below a sticky directory (/tmp) somebody else may have made a part of it first.
    assertOwned(parent);
  }
  fs.mkdirSync(path, { mode });
  // mkdir's mode is cut by the umask.
  fs.chmodSync(path, mode);
  if (owner !== undefined) fs.chownSync(path, owner, owner);
}

/** Throws `host/read-only` where nothing can be made at a path, by the part of it that is there. */
export function assertWritable(path: string): void {
  let at = path;
  while (!fs.existsSync(at)) at = dirname(at);
  try {
    fs.accessSync(at, fs.constants.W_OK);
  } catch (error) {
    // An empty directory goes with the last run of another project.
    if (!fs.existsSync(at)) {
      assertWritable(path);
      return;
    }
    const cause = error instanceof Error ? error.message : String(error);
    const hint = "make it writable, or name another place with --state-dir or --data-dir";
    throw new CloisterError({ code: "host/read-only", severity: "error", message: `${path} cannot be written to`, hint, cause });
  }
}

/** rm -rf, never into another file system; GNU rm does not follow what is swapped under its hands. */
export async function removeTree(path: string): Promise<void> {
  if (!fs.existsSync(path)) return;
  const code = await new Promise<number | null>((done, failed) => {
    const child = spawn(tool("rm"), ["-rf", "--one-file-system", "--", path], { ...apart, env: hostEnvironment(), stdio: "ignore" });
    // It may have much to do; a run that is ended at once ends it.
    const end = () => child.kill("SIGKILL");
    process.once("exit", end);
    child.once("error", failed);
    child.once("close", done);
    child.once("close", () => process.off("exit", end));
  });
  if (code !== 0) throw new Error(`rm -rf ${path} ended with ${code}`);
}

/** Takes a file away; one that is not there is gone. Node's rm loads a module of its own and looks twice. */
export function removeFile(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    // Of a read-only file system that is said first.
    if (fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw error;
  }
}

/** Removes a directory in which nothing is. Whether there is none at that path any more. */
export function removeEmptyDirectory(path: string): boolean {
  try {
    fs.rmdirSync(path);
  } catch {
    // Something is in it, or it is not there.
  }
  return !fs.existsSync(path);
}

/** As `writeWhole`, and when it returns a power cut does not take it away. Throws `host/no-space`. */
export function writeDurably(path: string, content: string, mode: number): void {
  writeWhole(path, content, mode);
  const directory = fs.openSync(dirname(path), "r");
  fs.fsyncSync(directory);
  fs.closeSync(directory);
}

/** Temporary file, length checked, fsync, rename: it is there whole, or as it was before. Throws `host/no-space`. */
export function writeWhole(path: string, content: string, mode: number): void {
  writeThrough(path, { content, mode, sync: fs.fsyncSync });
}

/** As `writeWhole`, as long as no power cut comes. */
export function writeBriefly(path: string, content: string, mode: number): void {
  writeThrough(path, { content, mode, sync: () => undefined });
}

interface Writing {
  readonly content: string;
  readonly mode: number;
  readonly sync: (descriptor: number) => void;
}

function writeThrough(path: string, { content, mode, sync }: Writing): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const descriptor = fs.openSync(temporary, "w", mode);
  try {
    // On a full disk writeSync returns less than it was given, without an error.
    if (fs.writeSync(descriptor, content) !== Buffer.byteLength(content)) throw noSpace(path);
    sync(descriptor);
    fs.renameSync(temporary, path);
  } catch (error) {
    removeFile(temporary);
    throw codeOf(error) === "ENOSPC" ? noSpace(path) : error;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** As `writeDurably`, in a directory that may be anybody's: what lies there under the temporary name is not followed, and nobody can know that name. */
export function writeNew(
  path: string,
  content: string,
  owned: { readonly mode: number; readonly uid?: number; readonly gid?: number },
): void {
  const directory = fs.mkdtempSync(`${path}.`);
  try {
    writeDurably(`${directory}/new`, content, owned.mode);
    // The mode of a new file is cut by the umask.
    fs.chmodSync(`${directory}/new`, owned.mode);
    if (owned.uid !== undefined) fs.chownSync(`${directory}/new`, owned.uid, owned.gid ?? -1);
    fs.renameSync(`${directory}/new`, path);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

function noSpace(path: string): CloisterError {
  return new CloisterError({
    code: "host/no-space",
    severity: "error",
    message: `no space left to write ${path}`,
    hint: "free some space there, or name another place with --state-dir",
  });
}

/** statfs(2) types of the file systems that the kernel's own files live in. */
const kernelFileSystems = new Set([0x9fa0, 0x27e0eb, 0x63677270]);

/** One write(2) to a file of /proc or cgroupfs; the type of its file system is checked on the path first. */
export function writeKernel(path: string, content: string): void {
  if (!kernelFileSystems.has(fs.statfsSync(path).type)) throw new Error(`${path} is on no file system of the kernel's`);
  const descriptor = fs.openSync(path, "w");
  try {
    fs.writeSync(descriptor, content);
  } catch (error) {
    throw refusal(path, content, codeOf(error) || "unknown error");
  } finally {
    fs.closeSync(descriptor);
  }
}

function refusal(path: string, content: string, code: string): CloisterError {
  const message = `the kernel takes no ${JSON.stringify(content.trim())} in ${path} (${code})`;
  // v1 ends nothing for a limit: it gives back what it can, and refuses the rest.
  const hint = code === "EBUSY" && path.endsWith("_in_bytes") ? { hint: "more is in use: end something inside first" } : {};
  return new CloisterError({ code: "engine/step-failed", severity: "error", message, ...hint });
}
