import type { Logging } from "../model/environment.ts";
import type { Logging as WrittenLogging } from "../model/manifest.gen.ts";
import { parseSize } from "./quantity.ts";
import type { Reading } from "./reading.ts";
import { quoted } from "./shown.ts";
import { inside } from "./tree.ts";

const defaultFiles = 5;
const leastBytes = 4096;

/** How what a process writes is kept: as it says itself, else as its environment does; undefined where both leave it plain. */
export function readLogging(written: WrittenLogging = {}, common: WrittenLogging = {}): Logging | undefined {
  const { times = false, max_size: size, max_files: files } = { ...common, ...written };
  const max_size = size === undefined ? null : parseSize(size);
  if (max_size === null && !times) return undefined;
  return { times, max_size: typeof max_size === "number" ? max_size : null, max_files: files ?? defaultFiles };
}

/** Tells what is wrong with what is written at one place. */
export function checkLogging(reading: Reading, written: WrittenLogging = {}, common: WrittenLogging = {}): void {
  const { findings, at } = reading;
  const [place, size] = [inside(at, "logging"), written.max_size];
  if (size !== undefined && !findings.marked(inside(place, "max_size"))) {
    const bytes = parseSize(size);
    const problem = typeof bytes !== "number" ? "is no size of a file" : bytes < leastBytes ? "is less than 4K" : null;
    const message = `${quoted(String(size))} ${problem}`;
    if (problem !== null) findings.report({ code: "manifest/out-of-range", at: inside(place, "max_size"), message });
  }
  if (written.max_files === undefined || size !== undefined || common.max_size !== undefined) return;
  const message = "max_files bounds how many files of max_size are kept, and there is no max_size";
  findings.report({ code: "manifest/conflict", at: inside(place, "max_files"), on: "key", message, hint: "add max_size" });
}
