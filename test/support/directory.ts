import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of a test's own, which is removed after it. */
export function withDirectory(body: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "cloister-test-"));
  try {
    body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
