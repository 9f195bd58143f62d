import type { Environment, Users } from "../model/environment.ts";
import type { ManagedFile } from "../model/managed-file.ts";
import type { Rootfs, Environment as WrittenEnvironment, File as WrittenFile } from "../model/manifest.gen.ts";
import { modeOf } from "./mode.ts";
import { ownOfDev } from "./mounts.ts";
import type { Reading } from "./reading.ts";
import { hostPath, pathFault } from "./reading.ts";
import { quoted } from "./shown.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";
import { checkId } from "./users.ts";

/** What decides where a file can lie: the environment as far as it is read, and as it is written. */
export interface Laid extends Pick<Environment, "overlay" | "mounts" | "security" | "network"> {
  readonly written: WrittenEnvironment;
  readonly users: Users;
}

/** How many files an environment can have: they are named on one command line. */
const mostFiles = 256;

/** How much an inline file can hold, in bytes. */
const mostContent = 131_072;

/** The files of an environment by path, sorted. */
export function readFiles(reading: Reading, laid: Laid): Record<string, ManagedFile> {
  const place = { at: inside(reading.at, "files"), users: laid.users, obstacle: (path: string) => obstacleTo(path, laid) };
  return filesAt(reading, place, laid.written.files);
}

/** The files of a layer of a root by path, sorted. */
export function readRootFiles(reading: Reading, at: Pointer, written: Rootfs["files"]): Record<string, ManagedFile> {
  return filesAt(reading, { at, users: { mode: "auto" }, obstacle: obstacleInRoot }, written);
}

/** Where files are declared, and what can be in their way. */
interface Declared {
  readonly at: Pointer;
  readonly users: Users;
  /** Why no file can be made at a path, and what to do; null where one can. */
  obstacle(path: string): readonly [message: string, hint: string] | null;
}

function filesAt(
  reading: Reading,
  { at, users, obstacle }: Declared,
  written: WrittenEnvironment["files"] = {},
): Record<string, ManagedFile> {
  const paths = Object.keys(written);
  if (paths.length > mostFiles)
    reading.findings.report({
      code: "manifest/out-of-range",
      at,
      on: "key",
      message: `there are ${paths.length} files, more than ${mostFiles}`,
    });
  const seen = new Map<string, Pointer>();
  const files: [string, ManagedFile][] = [];
  for (const path of paths.slice(0, mostFiles).sort()) {
    const file = written[path];
    const here = inside(at, path);
    if (file === undefined || !checkFilePath(reading, here, { path, obstacle, seen })) continue;
    const read = readFile(reading, here, { file, users });
    if (read !== null) files.push([path, read]);
  }
  return Object.fromEntries(files);
}

interface Checked extends Pick<Declared, "obstacle"> {
  readonly path: string;
  /** The paths before it. */
  readonly seen: Map<string, Pointer>;
}

function checkFilePath({ findings }: Reading, at: Pointer, { path, obstacle: obstacleAt, seen }: Checked): boolean {
  const fault = spelling(path) ?? pathFault(path) ?? (path === "/" ? { message: "is the root itself" } : null);
  if (fault !== null) {
    const { message, hint } = { hint: undefined, ...fault };
    findings.report({
      ...{ code: "manifest/bad-target", at, on: "key", message: `file ${quoted(path)} ${message}` },
      ...(hint === undefined ? {} : { hint }),
    });
    return false;
  }
  const above = [...seen].find(([other]) => path.startsWith(`${other}/`));
  if (above !== undefined) {
    const also = [{ message: "this one", at: above[1] }];
    findings.report({ code: "manifest/conflict", at, on: "key", message: `file ${quoted(path)} lies in another file`, also });
    return false;
  }
  seen.set(path, at);
  const obstacle = obstacleAt(path);
  if (obstacle === null) return true;
  const [message, hint] = obstacle;
  findings.report({ code: "manifest/conflict", at, on: "key", message: `file ${quoted(path)} ${message}`, hint });
  return false;
}

function spelling(path: string): { readonly message: string } | null {
  // Half of a surrogate pair cannot be written as UTF-8.
  if ([...path].some((one) => one < " " || one === "\u007f" || /\p{Surrogate}/u.test(one)))
    return { message: "has control characters in it" };
  if (path.length > 4095 || path.split("/").some((name) => Buffer.byteLength(name) > 255))
    return { message: "is longer than the kernel allows" };
  return path.endsWith("/.cloister-new") ? { message: "is the name under which files are made" } : null;
}

/** Why no file can be made at a path, and what to do; null where one can. */
export function obstacleTo(
  path: string,
  { overlay, mounts, security, written }: Omit<Laid, "users">,
): readonly [message: string, hint: string] | null {
  if (isIn("/proc", path) || isIn("/sys", path))
    return ["lies in a file system of the kernel", "kernel settings are written under sysctls"];
  if (ownOfDev.some((own) => isIn(own, path))) return ["is a device or a link that every environment has", "choose another path"];
  const below = Object.keys(mounts).find((target) => isIn(path, target));
  if (below !== undefined) return [`is where ${quoted(below)} is mounted`, "keep the mount or the file"];
  const masked = [...security.masked_paths, ...security.read_only_paths].find((one) => isIn(one, path) || isIn(path, one));
  if (masked !== undefined)
    return [`is covered by ${quoted(masked)}, which is masked or read-only`, "take it out of security, or leave the file out"];
  const target = Object.keys(mounts).reduce((holder, one) => (isIn(one, path) && one.length > holder.length ? one : holder), "");
  const holder = mounts[target];
  if (holder === undefined) {
    if (overlay !== "none" || written.rootfs?.directory !== undefined) return null;
    return ["cannot be made: without an overlay this root is shared, and nobody may write to it", "take overlay: ephemeral or persistent"];
  }
  if (holder.type === "devpts" || holder.type === "mqueue" || holder.type === "proc" || holder.type === "sysfs")
    return [`lies in a file system of the kernel (${holder.type} at ${target})`, "no file can be made there"];
  return holder.read_only ? [`lies on ${quoted(target)}, which is mounted read-only`, "put the file into what is mounted there"] : null;
}

/** Of a root that no environment has yet only what every one of them covers. */
function obstacleInRoot(path: string): readonly [message: string, hint: string] | null {
  const covered = ["/dev", "/proc", "/sys"].some((directory) => isIn(directory, path));
  return covered ? ["lies where every environment has a mount", "no file of a root can be seen there"] : null;
}

/** Whether a path is a directory or lies in it. */
function isIn(directory: string, path: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

function readFile(
  reading: Reading,
  at: Pointer,
  { file, users }: { readonly file: WrittenFile; readonly users: Users },
): ManagedFile | null {
  const { content, source, uid = 0, gid = 0, mode = "0644" } = typeof file === "string" ? { source: file } : file;
  const { findings } = reading;
  if (content !== undefined && source !== undefined) {
    const message = "a file has content or a source, not both";
    findings.report({ code: "manifest/conflict", at: inside(at, "source"), on: "key", message, hint: "keep one of them" });
    return null;
  }
  checkId(reading, inside(at, "uid"), { id: uid, kind: "uid_mappings", users });
  checkId(reading, inside(at, "gid"), { id: gid, kind: "gid_mappings", users });
  const owned = { uid, gid, mode: modeOf(reading, inside(at, "mode"), mode) };
  if (content !== undefined) {
    const bytes = Buffer.byteLength(content);
    if (bytes > mostContent)
      findings.report({
        code: "manifest/out-of-range",
        at: inside(at, "content"),
        message: `the content has ${bytes} bytes, more than ${mostContent}`,
        hint: "put it into a file, and name that by source",
      });
    return { content, ...owned };
  }
  if (source !== undefined) return { ...readSource(reading, inside(at, "source"), source), ...owned };
  if (!findings.marked(at))
    findings.report({
      code: "manifest/missing-key",
      at,
      on: "key",
      message: "nothing says what the file holds",
      hint: "give it content or a source",
    });
  return null;
}

function readSource(reading: Reading, at: Pointer, written: string): Required<Pick<ManagedFile, "source" | "held">> {
  const source = hostPath(reading, at, { written, optional: false });
  const nothing = { source, held: [0, ""] } as const;
  if (!reading.exists(source)) return nothing;
  const found = reading.read(source);
  if ("bytes" in found) return { source, held: [found.bytes.length, digestOf(found.bytes)] };
  const hint = "name a regular file of at most 1 MiB";
  reading.findings.report({ code: "manifest/bad-source", at, message: `${quoted(source)} ${found.problem}`, hint });
  return nothing;
}

/** node:crypto takes a millisecond to load, and most manifests need none of it. */
function digestOf(bytes: Uint8Array): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(bytes).digest("hex");
}
