import * as fs from "node:fs";
import { resolve } from "node:path";
import { writeNew } from "../host/files.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { SavedPlan } from "./saved-plan.ts";
import { parseSavedPlan, unusable } from "./saved-plan.ts";

/** Larger than the plan of a thousand environments. */
const mostBytes = 256 * 1024 * 1024;

/** Writes a saved plan, for its owner's eyes only. Throws `usage/invalid-value` where that cannot be done. */
export function writePlanFile(file: string, text: string): void {
  try {
    writeNew(resolve(file), text, { mode: 0o600 });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new CloisterError({ code: "usage/invalid-value", severity: "error", message: `the plan cannot be written to ${file}`, cause });
  }
}

/** Reads a saved plan that nobody else could write. Throws `plan/unusable` with what is wrong with it, `plan/newer-version`. */
export function readPlanFile(file: string): SavedPlan {
  return parseSavedPlan(file, textOf(file));
}

function textOf(file: string): string {
  // Without waiting for the other end, should it be a FIFO.
  const descriptor = opened(file);
  try {
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile()) throw unusable(file, "is no file");
    if (![0, process.geteuid?.() ?? 0].includes(stat.uid)) throw unusable(file, `belongs to user ${stat.uid}, who could have changed it`);
    if ((stat.mode & 0o022) !== 0) throw unusable(file, `can be written by others (mode ${(stat.mode & 0o7777).toString(8)})`);
    if (stat.size > mostBytes) throw unusable(file, "is larger than any plan");
    return fs.readFileSync(descriptor, "utf8");
  } finally {
    fs.closeSync(descriptor);
  }
}

function opened(file: string): number {
  try {
    return fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    throw unusable(file, "cannot be read", error instanceof Error ? error.message : String(error));
  }
}
