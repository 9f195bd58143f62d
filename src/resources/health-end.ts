import type { Step } from "../model/step.ts";
import type { ProcessFact } from "./process-state.ts";

/** Ends what asks a process whether it is well. */
export function endRunner(name: string, found: ProcessFact | undefined): readonly Step[] {
  const runner = found?.health?.runner;
  return runner === undefined ? [] : [{ type: "signal", title: `no checks of ${name}`, ...runner, signal: "SIGTERM", graceMs: 1000 }];
}
