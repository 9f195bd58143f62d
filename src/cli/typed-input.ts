import type { Attached } from "../host/attached.ts";
import { makeRaw } from "../host/raw-terminal.ts";
import type { DetachKeys } from "./detach-keys.ts";
import { DetachWatch } from "./detach-keys.ts";

/** How our standard input is passed on. */
export interface Passing {
  /** Every key as it is typed; else as it comes, to its end. */
  readonly raw: boolean;
  /** Keys that are not passed on, but leave the process. */
  readonly keys: DetachKeys | null;
  detached(): void;
}

/** How long the first of the detach keys is held back where nothing follows, in ms: it may be meant for the process. */
const heldMs = 1000;

/** Passes our standard input on to a process, no faster than that reads it. Its end is not passed on: the process's input stays open. */
export function passInput(relay: Attached, { raw, keys, detached }: Passing): { stop(): void } {
  const { stdin } = process;
  const watch = keys === null ? null : new DetachWatch(keys);
  let timer: NodeJS.Timeout | undefined;
  const pass = (bytes: Uint8Array) => {
    const taken = relay.write(bytes);
    // What is typed is read in any case: the detach keys may follow.
    if (watch !== null) return;
    stdin.pause();
    void taken.then(() => stdin.resume());
  };
  const typed = (bytes: Buffer) => {
    clearTimeout(timer);
    if (watch === null) return pass(bytes);
    const found = watch.typed(bytes);
    if (found.pass.length > 0) pass(found.pass);
    if (found.isDetached) return detached();
    if (watch.isHolding()) timer = setTimeout(() => pass(watch.release()), heldMs);
  };
  const restore = raw ? makeRaw() : null;
  stdin.on("data", typed);
  // A terminal that went away, or a descriptor that cannot be read: then there is no input.
  stdin.on("error", () => undefined);
  return {
    stop() {
      clearTimeout(timer);
      stdin.off("data", typed);
      stdin.pause();
      restore?.();
    },
  };
}
