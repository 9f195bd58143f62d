import { ended, send } from "../host/process-end.ts";
import { monotonicMs } from "../model/clock.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { LookingHost } from "../model/host.ts";
import type { Scope } from "../model/resource.ts";
import type { ProcessFact, RunningProcess } from "../resources/process-state.ts";
import { parseProcess } from "../resources/process-state.ts";
import type { SelectedProcesses } from "./process-operands.ts";

/** Sends a signal to processes, of which one at least must run. Throws `engine/not-running`. */
export function killProcesses(host: LookingHost, selected: readonly SelectedProcesses[], signal: NodeJS.Signals): void {
  const running = selected.flatMap((one) =>
    one.names.flatMap((name) => {
      const found = runningOf(host, one, name);
      return found === null ? [] : [found];
    }),
  );
  if (running.length === 0) throw notRunning(selected);
  for (const process of running) send(process, signal);
}

/** Waits until processes have ended, and tells the first code that is not 0, in their order. Throws `engine/timeout`, `engine/not-running`. */
export async function awaitProcesses(host: LookingHost, selected: readonly SelectedProcesses[], timeoutMs: number | null): Promise<number> {
  const until = monotonicMs() + (timeoutMs ?? Infinity);
  const codes: number[] = [];
  for (const one of selected) {
    for (const name of one.names) codes.push(await codeOf(host, { ...one, names: [name] }, until));
  }
  if (codes.length === 0) throw notRunning(selected);
  return codes.find((code) => code !== 0) ?? 0;
}

async function codeOf(host: LookingHost, one: SelectedProcesses, until: number): Promise<number> {
  const [name = ""] = one.names;
  for (let found = lookAt(host, one.scope, name); ; found = lookAt(host, one.scope, name)) {
    if (found === null) throw notRunning([one], "is not there, and how it ended is not kept");
    if (found.type === "ended") return found.code ?? 255;
    if (await ended(found, Math.min(until - monotonicMs(), lookMs))) continue;
    if (monotonicMs() >= until) {
      throw new CloisterError({
        code: "engine/timeout",
        severity: "error",
        message: `${one.scope.name}/${name} has not ended in that time`,
      });
    }
  }
}

/** How long one process is waited for in one go, in ms. */
const lookMs = 60_000;

/** A process that runs; null where it does not. */
export function runningOf(host: LookingHost, one: SelectedProcesses, name: string): RunningProcess | null {
  const found = lookAt(host, one.scope, name);
  return found?.type === "running" ? found : null;
}

/** A process as it is now; null where it is not there and never was one that we know of. */
export function lookAt(host: LookingHost, scope: Scope, name: string): ProcessFact | null {
  const fact = host.collect(scope, [`process/${name}`]).get(`process/${name}`);
  return parseProcess(fact !== undefined && "text" in fact ? fact.text : null);
}

/** What is told where none of these processes is there; `words`: of one, how that is. */
export function notRunning(selected: readonly SelectedProcesses[], words = "does not run"): CloisterError {
  const whose = selected.flatMap(({ scope, names }) => (names.length === 0 ? [scope.name] : names.map((name) => `${scope.name}/${name}`)));
  const [first = ""] = selected.map(({ scope }) => scope.name);
  const message = whose.length > 1 ? `none of ${whose.join(", ")} runs` : `${whose.join("")} ${words}`;
  return new CloisterError({ code: "engine/not-running", severity: "error", message, hint: `cloister status ${first} shows what runs` });
}
