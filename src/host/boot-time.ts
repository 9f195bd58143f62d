import { readFileSync } from "node:fs";

/** When the machine was booted, in milliseconds since 1970, by whole seconds: as long as nobody sets the clock it is always the same. Source: /proc/stat. */
export function bootTime(): number {
  const [, seconds] = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "latin1")) ?? [];
  return Number(seconds) * 1000;
}
