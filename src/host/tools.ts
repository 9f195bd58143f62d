import * as fs from "node:fs";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import { packageOf, toolList } from "./tool-list.ts";

/** Where tools of the host are looked for: never in the caller's PATH. */
const directories = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

const found = new Map<string, string | null>();

/** The absolute path of a tool of the host, or null. Resolved once. */
export function findTool(name: string): string | null {
  const known = found.get(name);
  if (known !== undefined) return known;
  const path = directories.map((directory) => `${directory}/${name}`).find(isExecutable) ?? null;
  found.set(name, path);
  return path;
}

function isExecutable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The absolute path of a tool. Throws `host/missing-tool`, naming the Debian package. */
export function tool(name: string): string {
  const path = findTool(name);
  if (path === null) throw new CloisterError(missing(name));
  return path;
}

/** Throws `host/missing-tool` for every tool that is always needed and not here: before the first of them is used. */
export function requireTools(): void {
  const absent = toolList.filter(({ name, neededFor }) => neededFor === "always" && findTool(name) === null);
  if (absent.length > 0) throw new CloisterError(absent.map(({ name }) => missing(name)));
}

function missing(name: string): Diagnostic {
  return { code: "host/missing-tool", severity: "error", message: `${name} is not installed`, hint: `apt-get install ${packageOf(name)}` };
}

/** How a process starts that works for a step: in no process group of ours, so that Ctrl-C lets the step finish. */
export const apart = { cwd: "/", detached: true } as const;

/** The environment of every process of ours on the host: nothing of the caller's but what is named here (no LD_*, NODE_OPTIONS, LIBMOUNT_*). */
export function hostEnvironment(extra: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { PATH: directories.join(":"), LC_ALL: "C", ...extra };
}
