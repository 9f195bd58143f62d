import { CloisterError } from "../model/diagnostic.ts";
import type { Flags } from "./flags.ts";

/** Where detach keys can be set for good. */
const detachKeysVariable = "CLOISTER_DETACH_KEYS";

/** Keys that, typed one after another, leave a process running and end `attach`. */
export interface DetachKeys {
  /** As they are written: `ctrl-p,ctrl-q`. */
  readonly text: string;
  readonly bytes: readonly number[];
}

/** Those of docker. */
export const usualDetachKeys: DetachKeys = { text: "ctrl-p,ctrl-q", bytes: [0x10, 0x11] };

/** What is typed to leave a process running, as the flag or the variable says; null: neither does. Throws `usage/invalid-value`. */
export function detachKeysOf(flags: Flags): DetachKeys | null {
  return readDetachKeys(flags.value("detach-keys"), process.env[detachKeysVariable]);
}

/** Reads detach keys as docker writes them; the flag holds over the variable. Null: neither is given. Throws `usage/invalid-value`. */
export function readDetachKeys(flag: string | null, variable: string | undefined): DetachKeys | null {
  const from = flag === null ? detachKeysVariable : "--detach-keys";
  const text = flag ?? (variable === "" ? undefined : variable);
  if (text === undefined) return null;
  const bytes = text.split(",").map((key) => keyByte(key));
  const wrong = text.split(",").find((key) => keyByte(key) === null);
  if (wrong === undefined) return { text, bytes: bytes.flatMap((byte) => byte ?? []) };
  throw new CloisterError({
    code: "usage/invalid-value",
    severity: "error",
    message: `${from} is "${text}", and ${wrong === "" ? "an empty word" : `"${wrong}"`} is no key`,
    hint: "write keys with commas between them: a letter, a digit, or ctrl- with a letter or one of @ [ \\ ] ^ _, as ctrl-p,ctrl-q",
  });
}

function keyByte(key: string): number | null {
  const [, control] = /^ctrl-([a-z@[\\\]^_])$/.exec(key) ?? [];
  if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
  return /^[!-~]$/.test(key) ? key.charCodeAt(0) : null;
}

/** Looks for detach keys in what is typed. What may be the beginning of them is held back. */
export class DetachWatch {
  readonly #keys: readonly number[];
  #held: number[] = [];

  constructor({ bytes }: DetachKeys) {
    this.#keys = bytes;
  }

  /** What of it is to be passed on, and whether the keys were typed: what follows them is nobody's. */
  typed(bytes: Uint8Array): { readonly pass: Buffer; readonly isDetached: boolean } {
    const pass: number[] = [];
    for (const byte of bytes) {
      this.#held.push(byte);
      while (!this.#held.every((one, index) => one === this.#keys[index])) pass.push(...this.#held.splice(0, 1));
      if (this.#held.length === this.#keys.length) return { pass: Buffer.from(pass), isDetached: true };
    }
    return { pass: Buffer.from(pass), isDetached: false };
  }

  isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** What was held back, which nothing has followed. */
  release(): Buffer {
    return Buffer.from(this.#held.splice(0));
  }
}
