import * as fs from "node:fs";
import { readNames, readProc } from "./proc-reader.ts";

const closeOnExec = 0o2000000;

/** Where the launcher says which descriptors it was started with itself: `3,7`. */
const variable = "CLOISTER_INHERITED";

/**
 * Closes every descriptor from 3 on that we were started with and that the processes which we start would have as well: a directory of the
 * host, open inside, leads out of any root. Node marks only some of them (the first 16, and on to the first gap: uv_disable_stdio_inheritance).
 */
export function closeInherited(): void {
  const told = process.env[variable];
  delete process.env[variable];
  for (const name of told?.split(",") ?? readNames("/proc/self/fd")) {
    const descriptor = Number(name);
    if (descriptor < 3) continue;
    const flags = /^flags:\s+([0-7]+)$/m.exec(readProc(`/proc/self/fdinfo/${name}`))?.[1];
    if (flags === undefined || (Number.parseInt(flags, 8) & closeOnExec) !== 0) continue;
    fs.closeSync(descriptor);
  }
}
