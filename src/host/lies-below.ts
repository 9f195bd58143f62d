import { closeSync, constants, lstatSync, openSync } from "node:fs";
import { codeOf } from "../model/errno.ts";

/** O_PATH: nothing can be read or written through it. Node does not name it. */
const pathOnly = 0o10000000;

const step = pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Whether anything lies at `path` below a directory of the host. No link below it is followed: whoever wrote there may have made it. */
export function liesBelow(directory: string, path: string): boolean {
  const names = path.split("/").filter((name) => name !== "");
  const last = names.pop() ?? ".";
  let at: number | null = null;
  try {
    at = openSync(directory, pathOnly | constants.O_DIRECTORY);
    for (const name of names) {
      const next = openSync(`/proc/self/fd/${at}/${name}`, step);
      closeSync(at);
      at = next;
    }
    return lstatSync(`/proc/self/fd/${at}/${last}`, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
    throw error;
  } finally {
    if (at !== null) closeSync(at);
  }
}
