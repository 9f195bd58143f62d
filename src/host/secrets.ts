import * as fs from "node:fs";
import { codeOf } from "../model/errno.ts";
import { makeDirectory } from "./files.ts";

/** What secrets are known by, and what they hold, in this process alone: values are told to the shim on its standard input and to nobody else. */
export interface Secrets {
  /** The HMAC-SHA256 of a value at its target inside, in hex. */
  digest(target: string, value: Uint8Array): string;
  /** As `digest`, and the value is kept for `value`. */
  hold(target: string, value: Uint8Array): string;
  /** What was held under a digest; null: nothing. */
  value(digest: string): Uint8Array | null;
  /** Holds nothing any more. */
  forget(): void;
}

/** The file of a project's key, in its state directory. */
export function secretKeyFile(directory: string): string {
  return `${directory}/secrets.key`;
}

/**
 * Secrets by the key of a project, which is read when it is first needed. Where there is none yet it is made, if this run `keeps` what it finds out; else
 * one is made up for this run: nothing that was applied can be known by it, as nothing was.
 */
export function secretsAt(directory: string | null, keeps: boolean): Secrets {
  const crypto = () => process.getBuiltinModule("node:crypto");
  const held = new Map<string, Uint8Array>();
  let key: Uint8Array | null = null;
  const digest: Secrets["digest"] = (target, value) => {
    key ??= (directory === null ? null : keyIn(directory, keeps)) ?? crypto().randomBytes(keyBytes);
    return crypto().createHmac("sha256", key).update(`${target}\0`).update(value).digest("hex");
  };
  return {
    digest,
    hold(target, value) {
      const known = digest(target, value);
      held.set(known, value);
      return known;
    },
    value: (known) => held.get(known) ?? null,
    forget: () => held.clear(),
  };
}

const keyBytes = 32;

function keyIn(directory: string, keeps: boolean): Uint8Array | null {
  const path = secretKeyFile(directory);
  const known = keyAt(path);
  if (known !== null || !keeps) return known;
  makeDirectory(directory, 0o700, undefined);
  // One that was cut is nobody's.
  if ((fs.statSync(path, { throwIfNoEntry: false })?.size ?? keyBytes) !== keyBytes) fs.rmSync(path, { force: true });
  const own = `${path}.${process.pid}.tmp`;
  fs.writeFileSync(own, process.getBuiltinModule("node:crypto").randomBytes(keyBytes), { mode: 0o600, flag: "wx", flush: true });
  try {
    // Whoever is first has made it.
    fs.linkSync(own, path);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    fs.unlinkSync(own);
  }
  return keyAt(path);
}

/** Null where there is none, or one that was cut. */
function keyAt(path: string): Uint8Array | null {
  try {
    const bytes = fs.readFileSync(path);
    return bytes.length === keyBytes ? bytes : null;
  } catch {
    return null;
  }
}
