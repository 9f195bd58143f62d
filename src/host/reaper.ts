import * as fs from "node:fs";
import { dirname } from "node:path";
import { parseMountinfo } from "../kernel/mountinfo.ts";
import { readProc } from "./proc-reader.ts";
import { hostEnvironment, tool } from "./tools.ts";

/**
 * The environment in which a keeper starts: its PATH finds a copy of the reaper first that nobody but the host's root may read (mode 0711, in
 * DATA/bin). The kernel makes a process undumpable whose program its user cannot read (would_dump in fs/exec.c), so root inside can neither trace the
 * keeper nor read its environment, nor use the keyrings that it was started with. Where a mapped root cannot reach or run the copy, the reaper of the host is used.
 */
export function reaperEnvironment(data: string): Readonly<Record<string, string>> {
  const source = tool("catatonit");
  const directory = `${data}/bin`;
  makePassable(data);
  makePassable(directory);
  if (!isUsable(directory)) return {};
  const copy = `${directory}/catatonit`;
  if (!isSame(source, copy)) makeCopy(source, copy);
  return { PATH: `${directory}:${hostEnvironment().PATH ?? ""}` };
}

function makePassable(directory: string): void {
  fs.mkdirSync(directory, { recursive: true, mode: 0o711 });
  const { mode, uid } = fs.statSync(directory);
  if (uid === 0 && (mode & 0o001) === 0) fs.chmodSync(directory, (mode & 0o777) | 0o011);
}

/** Every directory down to it can be passed by anybody, and programs may be run there. */
function isUsable(directory: string): boolean {
  // In a PATH it would be two directories, the first of them anybody's.
  if (directory.includes(":")) return false;
  for (let path = directory; path !== "/"; path = dirname(path)) if ((fs.statSync(path).mode & 0o001) === 0) return false;
  const real = fs.realpathSync(directory);
  const mounts = parseMountinfo(readProc("/proc/self/mountinfo")).filter(
    ({ target }) => target === "/" || real === target || real.startsWith(`${target}/`),
  );
  const holder = mounts.reduce((best, mount) => (mount.target.length >= best.length ? mount.target : best), "");
  return mounts.findLast(({ target }) => target === holder)?.options.includes("noexec") === false;
}

// The copy has the time of its original, so that a new version of the package is seen.
function isSame(source: string, copy: string): boolean {
  const [original, made] = [fs.statSync(source), fs.lstatSync(copy, { throwIfNoEntry: false })];
  if (made === undefined || !made.isFile() || made.uid !== 0 || (made.mode & 0o7777) !== 0o711) return false;
  return made.size === original.size && Math.trunc(made.mtimeMs / 1000) === Math.trunc(original.mtimeMs / 1000);
}

function makeCopy(source: string, copy: string): void {
  const temporary = `${copy}.${process.pid}.tmp`;
  const { atime, mtime } = fs.statSync(source);
  fs.copyFileSync(source, temporary);
  fs.chownSync(temporary, 0, 0);
  fs.chmodSync(temporary, 0o711);
  fs.utimesSync(temporary, atime, mtime);
  fs.renameSync(temporary, copy);
}
