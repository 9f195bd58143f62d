import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { dirname } from "node:path";
import { CloisterError } from "../model/diagnostic.ts";

/** A place where something is written beside where it is to stand, and stands whole or not at all. */
export interface Export {
  /** A directory of ours on the same file system. */
  readonly workplace: string;
  /** Gives what was written in the workplace its name. Throws `rootfs/exists`. */
  finish(name: string): void;
  /** Takes away what is not finished. */
  abandon(): void;
}

/** Begins to write what is to stand at `target`, where nothing may be yet. Throws `rootfs/exists`, `rootfs/missing`. */
export function beginExport(target: string): Export {
  const refuse = () => {
    if (fs.lstatSync(target, { throwIfNoEntry: false }) === undefined) return;
    throw new CloisterError({
      code: "rootfs/exists",
      severity: "error",
      message: `${target} is there already`,
      hint: "move it away, or name another path",
    });
  };
  refuse();
  if (!fs.existsSync(dirname(target))) {
    const message = `there is no directory ${dirname(target)} to export to`;
    throw new CloisterError({ code: "rootfs/missing", severity: "error", message, hint: "make it first" });
  }
  const workplace = fs.mkdtempSync(`${dirname(target)}/.cloister-export-`);
  const abandon = () => fs.rmSync(workplace, { recursive: true, force: true });
  return {
    workplace,
    finish(name) {
      refuse();
      fs.renameSync(`${workplace}/${name}`, target);
      abandon();
    },
    abandon,
  };
}

/** Copies a file; the sha256 of what was copied, hex. On disk when it returns. */
export function copyDigested(from: string, to: string): string {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(1 << 20);
  const [source, target] = [fs.openSync(from, "r"), fs.openSync(to, "wx", 0o644)];
  try {
    for (let count = fs.readSync(source, buffer); count > 0; count = fs.readSync(source, buffer)) {
      hash.update(buffer.subarray(0, count));
      writeAll(target, buffer.subarray(0, count), to);
    }
    fs.fsyncSync(target);
    return hash.digest("hex");
  } finally {
    fs.closeSync(source);
    fs.closeSync(target);
  }
}

function writeAll(descriptor: number, bytes: Uint8Array, path: string): void {
  for (let rest = bytes; rest.length > 0; ) {
    const count = fs.writeSync(descriptor, rest);
    if (count === 0) throw new CloisterError({ code: "host/no-space", severity: "error", message: `no space left to write ${path}` });
    rest = rest.subarray(count);
  }
}
