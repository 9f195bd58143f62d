import { createHash } from "node:crypto";
import * as fs from "node:fs";

/** The sha256 of everything that can be read from an open file, hex. */
export function digestOfOpen(descriptor: number): string {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(1 << 20);
  for (;;) {
    const count = fs.readSync(descriptor, buffer);
    if (count === 0) return hash.digest("hex");
    hash.update(buffer.subarray(0, count));
  }
}

/** The sha256 of a file of our own, hex; null where there is none that can be read. */
export function digestOfFile(path: string): string | null {
  let descriptor: number;
  try {
    descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  } catch {
    return null;
  }
  try {
    return digestOfOpen(descriptor);
  } catch {
    // A disk that gives its bytes back no more has damaged them.
    return null;
  } finally {
    fs.closeSync(descriptor);
  }
}
