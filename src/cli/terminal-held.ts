import type { Attached } from "../host/attached.ts";
import type { DetachKeys } from "./detach-keys.ts";
import type { Terminal } from "./terminal.ts";
import { passInput } from "./typed-input.ts";

/** How our terminal, or what stands in its place, serves a process. */
export interface Holding {
  readonly terminal: Terminal;
  /** Whether input is passed on. */
  readonly input: boolean;
  /** What leaves the process running, where keys are passed on as they are typed; null: nothing that is typed. */
  readonly detachKeys: DetachKeys | null;
  detached(): void;
}

/** Whether each key is passed on as it is typed: our terminal stands for that of the process. */
export function isRaw(relay: Attached, { terminal, input }: Pick<Holding, "terminal" | "input">): boolean {
  return input && relay.terminal && terminal.isTerminal("stdin");
}

/** Passes input on to a process, and the size of our terminal where it runs on one, until it is let go. */
export function holdTerminal(relay: Attached, holding: Holding): { letGo(): void } {
  const { terminal, input, detachKeys, detached } = holding;
  const resize = () => {
    const { rows, columns } = process.stdout;
    // Some terminals have no size.
    if (rows > 0 && columns > 0) relay.resize(rows, columns);
  };
  const follows = relay.terminal && terminal.isTerminal("stdout");
  if (follows) {
    resize();
    process.stdout.on("resize", resize);
  }
  const raw = isRaw(relay, holding);
  const passing = input ? passInput(relay, { raw, keys: raw ? detachKeys : null, detached }) : null;
  return {
    letGo() {
      passing?.stop();
      if (follows) process.stdout.off("resize", resize);
    },
  };
}
