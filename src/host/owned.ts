import * as fs from "node:fs";
import * as path from "node:path";
import { CloisterError } from "../model/diagnostic.ts";

/** Directories that were found to be changed by nobody but root: only root could make that untrue. */
const safe = new Set<string>();

/**
 * Throws where anyone but root or the caller could change what lies at `directory`: each component, those behind symbolic links too,
 * must belong to one of them and be writable by nobody else (a sticky directory above, as /tmp, is right: names in it stay their owner's).
 */
export function assertOwned(directory: string): void {
  const trusted = new Set([0, process.geteuid?.() ?? 0]);
  const names = (file: string) => file.split("/").filter((name) => name !== "");
  const pending = names(path.resolve(directory));
  let at = "/";
  let links = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    const next = path.join(at, name);
    if (safe.has(next)) {
      at = next;
      continue;
    }
    const stat = fs.lstatSync(next, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (!trusted.has(stat.uid)) throw unsafe(next, `belongs to user ${stat.uid}`);
    if (stat.isSymbolicLink()) {
      links += 1;
      if (links > 40) throw unsafe(next, "is a circle of symbolic links");
      const target = fs.readlinkSync(next);
      if (target.startsWith("/")) at = "/";
      pending.unshift(...names(target));
      continue;
    }
    const last = pending.length === 0;
    const writable = (stat.mode & 0o022) !== 0;
    const sticky = (stat.mode & 0o1000) !== 0;
    if (writable && (last || !sticky)) throw unsafe(next, `can be written by others (mode ${(stat.mode & 0o7777).toString(8)})`);
    if (stat.uid === 0 && !writable && stat.isDirectory()) safe.add(next);
    at = next;
  }
}

/** The path with the symbolic links resolved of as much of it as is there. */
export function realDirectory(directory: string): string {
  if (fs.existsSync(directory)) return fs.realpathSync(directory);
  return path.join(realDirectory(path.dirname(directory)), path.basename(directory));
}

function unsafe(directory: string, why: string): CloisterError {
  return new CloisterError({
    code: "store/unsafe-directory",
    severity: "error",
    message: `${directory} ${why}`,
    hint: `chown root:root ${directory} && chmod go-w ${directory}`,
  });
}
