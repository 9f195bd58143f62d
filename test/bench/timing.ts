import { spawnSync } from "node:child_process";
import type { Rig } from "../support/rig.ts";

/** Milliseconds of a command of cloister about the rig's project, with its cache on. */
export function timed(rig: Rig, args: readonly string[]): number {
  const { CLOISTER_CACHE: _, ...cached } = rig.env;
  return time([...rig.command(...args)], cached, rig.directory);
}

/** Milliseconds of any command, which must end with 0. */
export function time([file = "", ...args]: readonly string[], env: Readonly<Record<string, string>>, cwd = "/"): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(file, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`${file} ${args.join(" ")}: code ${status}\n${stderr}`);
  return ms;
}
