import { readProc } from "../host/proc-reader.ts";
import { ended } from "../host/process-end.ts";
import { monotonicMs } from "../model/clock.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { LookingHost } from "../model/host.ts";
import type { ProcessFact, RunningProcess } from "../resources/process-state.ts";
import { logFile } from "../resources/supervisor.ts";
import { printable } from "../ui/printable.ts";
import type { Context } from "./context.ts";
import type { Engine } from "./engine.ts";
import { durationMs } from "./flags.ts";
import { followLogs } from "./follow-log.ts";
import { lookAt } from "./process-ends.ts";
import type { SelectedProcesses } from "./process-operands.ts";

/** How long `apply --wait` waits where nothing is said, in ms. */
const defaultMs = 60_000;
/** How long one must have run to count as started, in ms: what cannot start ends before that. */
const startedMs = 1_000;
/** How often one is looked at that is about to be started anew, in ms. */
const pauseMs = 50;
/** How much of its last output is shown. */
const shown = { lines: 5, characters: 4096 } as const;

/** What of an apply waits: `--wait` and `--timeout`, read before anything is done. */
export function waitingOf({ flags }: Pick<Context, "flags">): (code: number, engine: Engine, names: readonly string[]) => Promise<number> {
  const given = flags.value("timeout");
  const timeoutMs = given === null ? defaultMs : durationMs("timeout", given);
  const waits = flags.has("wait");
  if (!waits && given !== null) {
    const message = "--timeout says how long --wait waits, and there is no --wait";
    throw new CloisterError({ code: "usage/invalid-value", severity: "error", message, hint: "add --wait" });
  }
  return async (code, engine, names) => {
    if (waits && code === 0) await engine.awaitStarted(names, timeoutMs);
    return code;
  };
}

/** Waits until all these processes have started, or done their work and ended with 0. Throws `engine/timeout`, `engine/process-ended` with the last output of each that has not. */
export async function awaitStarted(host: LookingHost, selected: readonly SelectedProcesses[], timeoutMs: number): Promise<void> {
  const until = monotonicMs() + timeoutMs;
  const all = selected.flatMap((one) => one.names.map((name) => startedBy(host, { ...one, name }, until)));
  const faults = (await Promise.all(all)).flatMap((fault) => fault ?? []);
  if (faults.length > 0) throw new CloisterError(faults);
}

/** One process, with its environment. */
type One = Pick<SelectedProcesses, "scope"> & { readonly name: string };

/** Waits for one; what there is to say where it has not started. */
async function startedBy(host: LookingHost, one: One, until: number): Promise<Diagnostic | null> {
  for (;;) {
    const found = lookAt(host, one.scope, one.name);
    const leftMs = Math.max(0, until - monotonicMs());
    if (found?.type === "running") {
      const lacksMs = startedMs - ageMs(found);
      if (!(await ended(found, Math.min(Math.max(0, lacksMs), leftMs))) && lacksMs <= leftMs) return null;
    } else if (found?.type === "ended" && found.code === 0 && found.supervisor === undefined) return null;
    else if (found?.supervisor === undefined) return fault(one, "engine/process-ended", endOf(found));
    else await ended(found.supervisor, Math.min(pauseMs, leftMs));
    if (monotonicMs() >= until) return fault(one, "engine/timeout", "has not started in that time");
  }
}

/** How long a process has run. The kernel counts hundredths of a second since the boot. */
function ageMs({ start }: RunningProcess): number {
  const [uptime = "0"] = readProc("/proc/uptime").split(" ");
  return Number(uptime) * 1000 - Number(start) * 10;
}

function endOf(found: ProcessFact | null): string {
  if (found?.type !== "ended") return "is not there";
  return `has ended (code ${found.code ?? "unknown"}), and nothing starts it anew`;
}

async function fault({ scope, name }: One, code: Diagnostic["code"], words: string): Promise<Diagnostic> {
  const output = await lastOutput(logFile(scope, name));
  const hint = `cloister logs ${scope.name}/${name} shows what it wrote`;
  return { code, severity: "error", message: `${scope.name}/${name} ${words}`, hint, ...(output !== "" && { cause: output }) };
}

async function lastOutput(path: string): Promise<string> {
  let text = "";
  const write = (more: string) => {
    text = (text + more).slice(-shown.characters);
  };
  try {
    await followLogs(
      [{ of: path, path, show: printable }],
      { of: path, tail: shown.lines, since: null, until: null, follow: false },
      write,
    );
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
  }
  return text.trimEnd();
}
