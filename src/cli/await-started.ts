import { readProc } from "../host/proc-reader.ts";
import { ended } from "../host/process-end.ts";
import { monotonicMs } from "../model/clock.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { LookingHost } from "../model/host.ts";
import type { ProcessFact, ProcessHealth, RunningProcess } from "../resources/process-state.ts";
import { logFile } from "../resources/supervisor.ts";
import { printable } from "../ui/printable.ts";
import type { Context } from "./context.ts";
import type { Awaited, Engine } from "./engine.ts";
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
  const wait = flags.value("wait");
  if (wait === null && given !== null) {
    const message = "--timeout says how long --wait waits, and there is no --wait";
    throw new CloisterError({ code: "usage/invalid-value", severity: "error", message, hint: "add --wait" });
  }
  return async (code, engine, names) => {
    if (wait !== null && code === 0) await engine.awaitStarted(names, { state: wait === "healthy" ? wait : "started", timeoutMs });
    return code;
  };
}

// What `depends_on` waits for is a step of the plan, which has to stand in a script as well (resources/await-process.ts); here nothing is left to do, all are awaited together by what the
// kernel tells of their ends, one that fails may be started anew until the time is over, and how it runs is looked at, not only that it does.
/**
 * Waits until all these processes have started, or done their work and ended with 0, and where that is asked for are healthy. Throws `engine/timeout`, `engine/process-ended` with the last
 * output of each that has not. One that will never come up ends the waiting for the others, of which nothing is said then: they may.
 */
export async function awaitStarted(
  host: LookingHost,
  selected: readonly SelectedProcesses[],
  { state, timeoutMs }: Awaited,
): Promise<void> {
  const waiting = { until: monotonicMs() + timeoutMs, isOver: false };
  const all = selected.flatMap((one) =>
    one.names.map((name) => {
      const asks = state === "healthy" && one.scope.environment?.processes[name]?.healthcheck !== undefined;
      return startedBy(host, { ...one, name, asks }, waiting);
    }),
  );
  const faults = (await Promise.all(all)).flatMap((fault) => fault ?? []);
  if (faults.length > 0) throw new CloisterError(faults);
}

/** One process, with its environment. */
interface One extends Pick<SelectedProcesses, "scope"> {
  readonly name: string;
  /** Whether its healthcheck must say that it is well. */
  readonly asks: boolean;
}

/** What all that are waited for have in common. */
interface Waiting {
  readonly until: number;
  /** Whether one of them will never come up. */
  isOver: boolean;
}

/** Waits for one; what there is to say where it has not started. */
async function startedBy(host: LookingHost, one: One, waiting: Waiting): Promise<Diagnostic | null> {
  // In which life of it ever: one that a check has ended is asked anew in the next.
  let answered: ProcessHealth | null = null;
  for (;;) {
    const found = lookAt(host, one.scope, one.name);
    if (one.asks && found?.health?.code != null) answered = found.health;
    const leftMs = Math.max(0, waiting.until - monotonicMs());
    if (found?.type === "running") {
      const lacksMs = startedMs - ageMs(found);
      const isOver = await ended(found, Math.min(Math.max(0, lacksMs), leftMs));
      if (!isOver && lacksMs <= leftMs && (!one.asks || found.health?.status === "healthy")) return null;
      if (!isOver && one.asks) await ended(found, Math.min(pauseMs, leftMs));
    } else if (found?.type === "ended" && found.code === 0 && found.supervisor === undefined) return null;
    else if (found?.supervisor === undefined) {
      waiting.isOver = true;
      return fault(one, "engine/process-ended", endOf(found));
    } else await ended(found.supervisor, Math.min(pauseMs, leftMs));
    if (waiting.isOver) return null;
    if (monotonicMs() < waiting.until) continue;
    const isUp = found?.type === "running" && ageMs(found) >= startedMs;
    if (one.asks && (isUp || answered !== null)) return unhealthy(one, found, answered);
    return fault(one, "engine/timeout", `has not started in that time${livesOf(found)}`);
  }
}

/** How long a process has run. The kernel counts hundredths of a second since the boot. */
function ageMs({ start }: RunningProcess): number {
  const [uptime = "0"] = readProc("/proc/uptime").split(" ");
  return Number(uptime) * 1000 - Number(start) * 10;
}

/** What is told of one that is not well in time; `answered`: by its last check. */
function unhealthy({ scope, name }: One, found: ProcessFact, answered: ProcessHealth | null): Diagnostic {
  const where = `${scope.name}/${name}`;
  const about = { code: "engine/timeout", severity: "error", hint: `cloister status ${scope.name} shows its health` } as const;
  if (found.health === undefined && answered === null) return { ...about, message: `${where} is not healthy: nothing asks it` };
  if (answered?.code == null) return { ...about, message: `${where} is starting: no check has ended in that time` };
  const { status, streak, code, output } = answered;
  const lines = output.trimEnd().split("\n").slice(-shown.lines).map(printable).join("\n");
  const isOfThisLife = found.type === "running" && found.health?.code != null;
  const how = isOfThisLife ? `is ${status}` : "was started anew";
  const message = `${where} ${how}: its last check ended with ${code}, ${streak} failed in a row`;
  return { ...about, message, ...(lines !== "" && { cause: lines }) };
}

/** How often it was tried, of one that is started anew again and again. */
function livesOf(found: ProcessFact | null): string {
  const restarts = found?.restarts ?? 0;
  const code = found?.type === "ended" && found.code !== null ? `: it ended with ${found.code}` : "";
  if (restarts === 0) return code;
  return `${code === "" ? ": it was" : `${code}, and was`} started anew ${restarts === 1 ? "once" : `${restarts} times`}`;
}

function endOf(found: ProcessFact | null): string {
  if (found?.type !== "ended") return "is not there";
  if (found.unhealthy === true) return `was unhealthy, and its healthcheck has had it stopped (code ${found.code ?? "unknown"})`;
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
    return true;
  };
  try {
    await followLogs(
      [{ of: path, path, show: printable }],
      { of: path, tail: shown.lines, since: null, until: null, encoding: "utf8", follow: false },
      write,
    );
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
  }
  return text.trimEnd();
}
