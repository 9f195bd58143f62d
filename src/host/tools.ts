import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { basename } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import { codeOf } from "../model/errno.ts";
import { packageOf, toolList } from "./tool-list.ts";

/** Where tools of the host are looked for: never in the caller's PATH. */
const directories = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

const found = new Map<string, string | null>();

/** The absolute path of a tool of the host (one that is given stays as it is), or null. Resolved once. */
export function findTool(name: string): string | null {
  const known = found.get(name);
  if (known !== undefined) return known;
  const paths = name.startsWith("/") ? [name] : directories.map((directory) => `${directory}/${name}`);
  const path = paths.find(isExecutable) ?? null;
  found.set(name, path);
  return path;
}

function isExecutable(path: string): boolean {
  // Most of them are in one of these directories: an error for each of the others would cost more.
  if (!fs.existsSync(path)) return false;
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

/** Whether all was found as it must be, a moment ago. */
let wereFound = false;

/** Looks for what `requireTools` asks for while something else is waited for: asked next, it knows. What is missing is said then. */
export function foreseeTools(): void {
  try {
    requireTools();
    wereFound = true;
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
  }
}

/** Throws `host/missing-tool`, `host/old-tool` for every tool that is always needed and not here, or too old: before the first of them is used. */
export function requireTools(): void {
  if (wereFound) {
    wereFound = false;
    return;
  }
  const needed = toolList.filter(({ neededFor }) => neededFor === "always");
  const absent = needed.filter(({ name }) => findTool(name) === null);
  if (absent.length > 0) throw new CloisterError(absent.map(({ name }) => missing(name)));
  const old = needed.flatMap(({ name, options }) => {
    const lacking = lackingOptions(tool(name), options);
    return lacking.length === 0 ? [] : [tooOld(name, lacking)];
  });
  if (old.length > 0) throw new CloisterError(old);
}

/** Which of these options a tool does not know. Nothing is started for one that has all their names in its file, which takes 0.1 ms. Throws `host/tool-hangs`. */
export function lackingOptions(path: string, options: readonly string[]): readonly string[] {
  const program = options.length === 0 ? null : fs.readFileSync(path);
  const unseen = options.filter((option) => !program?.includes(option.replace(/^--/, "")));
  if (unseen.length === 0) return [];
  const { stdout, error } = spawnSync(path, ["--help"], {
    cwd: "/",
    env: { ...hostEnvironment() },
    stdio: ["ignore", "pipe", "ignore"],
    encoding: "utf8",
    timeout: helpMs,
    killSignal: "SIGKILL",
  });
  if (codeOf(error) === "ETIMEDOUT") throw hanging(basename(path), helpMs);
  return unseen.filter((option) => !(stdout ?? "").includes(option));
}

const helpMs = 5_000;

/** The error for a tool that did not answer for so long. */
export function hanging(name: string, afterMs: number): CloisterError {
  return new CloisterError({
    code: "host/tool-hangs",
    severity: "error",
    message: `${name} has not answered within ${afterMs / 1000} s, and was ended`,
    hint: `see whether ${name} --help answers by hand (package ${packageOf(name)}); the next run goes on from here`,
  });
}

function tooOld(name: string, lacking: readonly string[]): Diagnostic {
  const hint = `apt-get install ${packageOf(name)} (a newer one: Debian 12 or later)`;
  return { code: "host/old-tool", severity: "error", message: `${name} does not know ${lacking.join(", ")}`, hint };
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
