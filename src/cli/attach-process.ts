import { StringDecoder } from "node:string_decoder";
import { setTimeout as delay } from "node:timers/promises";
import type { Attached } from "../host/attached.ts";
import { attachTo } from "../host/attached.ts";
import { logKeeperOf } from "../host/log-keeper.ts";
import { ended } from "../host/process-end.ts";
import { readEnds } from "../host/process-end-lines.ts";
import { monotonicMs } from "../model/clock.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { LookingHost } from "../model/host.ts";
import type { Scope } from "../model/resource.ts";
import type { RunningProcess } from "../resources/process-state.ts";
import { endFile } from "../resources/process-steps.ts";
import { logFile } from "../resources/supervisor.ts";
import { attachSocket } from "../resources/terminal.ts";
import { printablePieces } from "../ui/printable.ts";
import type { DetachKeys } from "./detach-keys.ts";
import { followLogs } from "./follow-log.ts";
import { lookInterrupted } from "./interruption.ts";
import { logOutput } from "./log-output.ts";
import { notRunning, runningOf } from "./process-ends.ts";
import type { SelectedProcesses } from "./process-operands.ts";
import type { Terminal } from "./terminal.ts";
import { holdTerminal, isRaw } from "./terminal-held.ts";

/** How somebody attaches to a process. */
export interface AttachWish {
  /** `ENVIRONMENT` or `ENVIRONMENT/PROCESS`. */
  readonly operand: string;
  readonly detachKeys: DetachKeys;
  /** Whether input is passed on, where the process reads it. */
  readonly input: boolean;
  readonly terminal: Terminal;
  readonly isQuiet: boolean;
}

/** One process that runs. */
interface Target {
  readonly scope: Scope;
  readonly name: string;
  readonly found: RunningProcess;
  /** How many of its lives had ended before. */
  readonly lives: number;
}

/** How it went: the process ended (null: nobody knows how), was left by its detach keys or a signal, or what connects to it is gone. */
type Outcome = { readonly type: "ended"; readonly code: number | null } | { readonly type: "detached" | "interrupted" | "lost" };

/** Shows what a process prints from now on and passes input on to it; its code, 0 where it was left. Throws `engine/not-running`, `usage/unknown-process`. */
export async function attachToProcess(host: LookingHost, selected: readonly SelectedProcesses[], wish: AttachWish): Promise<number> {
  const target = targetOf(host, selected);
  const of = `${target.scope.name}/${target.name}`;
  const say = (text: string) => {
    if (!wish.isQuiet) wish.terminal.error(`cloister: ${of} ${text}\n`);
  };
  const outcome = (await byRelay(target, wish, say)) ?? (await byLog(target, wish, say));
  switch (outcome.type) {
    case "ended":
      if (outcome.code === null) say("has ended, and nobody knows how");
      return outcome.code ?? 255;
    case "detached":
      say("was detached from, and runs on");
      return 0;
    case "interrupted":
      return lookInterrupted(wish.terminal);
    case "lost":
      throw new CloisterError({
        code: "engine/not-running",
        severity: "error",
        message: `what held the streams of ${of} was killed`,
        hint: `cloister status ${target.scope.name} shows what runs`,
      });
  }
}

function targetOf(host: LookingHost, selected: readonly SelectedProcesses[]): Target {
  const [one] = selected;
  const [name, ...others] = one?.names ?? [];
  if (one === undefined || name === undefined || others.length > 0) {
    const where = one?.scope.name ?? "";
    const hint =
      name === undefined
        ? "give it a `command:` in the manifest"
        : `name one: ${[name, ...others].map((each) => `${where}/${each}`).join(", ")}`;
    const message = name === undefined ? `${where} has no process to attach to` : `${where} has several processes`;
    throw new CloisterError({ code: "usage/unknown-process", severity: "error", message, hint });
  }
  const lives = readEnds(endFile(one.scope, name)).ends.length;
  const found = runningOf(host, one, name);
  if (found === null) throw notRunning([{ ...one, names: [name] }]);
  return { scope: one.scope, name, found, lives };
}

type Say = (text: string) => void;

/** Through what holds its terminal, or its pipes; null where it has nothing of the kind. */
async function byRelay(target: Target, wish: AttachWish, say: Say): Promise<Outcome | null> {
  const [{ scope, name }, { terminal }] = [target, wish];
  let show: (bytes: Buffer) => void = () => undefined;
  let left = 0;
  let over: (outcome: Outcome) => void = () => undefined;
  const outcome = new Promise<Outcome>((done) => {
    over = done;
  });
  const relay = await attachTo(attachSocket(scope, name), {
    output: (bytes) => show(bytes),
    skipped: (bytes) => {
      left += bytes;
    },
    over: (code) => over(code === undefined ? { type: "lost" } : { type: "ended", code }),
  });
  if (relay === null) return null;
  const passed = relay.terminal ? terminal.pass : plainOutput(terminal);
  show = (bytes) => {
    passed(bytes);
    if (!terminal.isRead()) over({ type: "detached" });
  };
  const ending = await attachedUntil(relay, { wish, say, outcome, over });
  if (left > 0) say(`wrote ${left} bytes that were not shown, because that was too slow: cloister logs ${scope.name}/${name} has them`);
  if (ending.type !== "lost" || !(await ended(target.found, endingMs))) return ending;
  say("has ended, and what it wrote last was not shown");
  return { type: "ended", code: await codeOf(target) };
}

interface Course {
  readonly wish: AttachWish;
  readonly say: Say;
  readonly outcome: Promise<Outcome>;
  readonly over: (outcome: Outcome) => void;
}

async function attachedUntil(relay: Attached, { wish, say, outcome, over }: Course): Promise<Outcome> {
  const { terminal, detachKeys } = wish;
  const holding = { terminal, input: wish.input && relay.input, detachKeys, detached: () => over({ type: "detached" }) };
  const raw = isRaw(relay, holding);
  if (!relay.input) say("reads no input, for its standard input is not open (stdin_open): output only");
  if (raw && terminal.isTerminal("stderr")) say(`is attached to; ${detachKeys.text.replaceAll(",", " ")} leaves it running`);
  const forget = onSignals(() => over({ type: "interrupted" }));
  const held = holdTerminal(relay, holding);
  relay.begin();
  const ending = await outcome;
  held.letGo();
  forget();
  relay.leave();
  // The next line is ours again.
  if (raw) terminal.error("\r\n");
  return ending;
}

/** What the output of a process without a terminal is written by: a terminal of ours is not steered from inside. */
function plainOutput(terminal: Terminal): (bytes: Buffer) => void {
  if (!terminal.isTerminal("stdout")) return terminal.pass;
  const decoder = new StringDecoder("utf8");
  const printed = printablePieces();
  return (bytes) => terminal.out(printed(decoder.write(bytes)));
}

function onSignals(told: () => void): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, told);
  return () => {
    for (const signal of signals) process.off(signal, told);
  };
}

/** By its log: whoever has neither terminal nor open input has nothing more outside. */
async function byLog(target: Target, { terminal }: AttachWish, say: Say): Promise<Outcome> {
  const { scope, name, found } = target;
  const { tty, stdin_open } = scope.environment?.processes[name] ?? {};
  if (tty === true || stdin_open === true) {
    say("cannot be reached by its terminal or its input until it is started anew: output only");
  } else say("has neither a terminal nor open input (tty, stdin_open): output only");
  const path = logFile(scope, name);
  const { encoding, write } = logOutput(terminal);
  const stop = new AbortController();
  let isOver = false;
  const keeper = found.waiter === undefined ? null : logKeeperOf(found.waiter);
  const end = awaitEnd(found).then(async () => {
    await (keeper?.written(lastMs) ?? delay(unknownMs));
    isOver = true;
    stop.abort();
  });
  const log = { of: `${scope.name}/${name}`, path, show: null };
  const isTold = await followLogs(
    [log],
    { of: log.of, tail: 0, since: null, until: null, encoding, follow: true, ends: stop.signal },
    write,
  );
  if (!isOver) return { type: isTold ? "interrupted" : "detached" };
  await end;
  return { type: "ended", code: await codeOf(target) };
}

/** Time for what a process wrote last to be in its log, in ms: what it left behind may write on without end. The second where it is not known what keeps that. */
const [lastMs, unknownMs] = [5_000, 100];

async function awaitEnd(found: RunningProcess): Promise<void> {
  while (!(await ended(found, 60_000)));
}

/** Time for a process that has lost its streams to end, and for its supervisor to say how, in ms. */
const endingMs = 1000;

/** The code of the life that has ended. Its supervisor writes it at once, where that lives. */
async function codeOf({ scope, name, lives }: Target): Promise<number | null> {
  for (const until = monotonicMs() + endingMs; monotonicMs() < until; ) {
    const { ends } = readEnds(endFile(scope, name));
    const end = ends.length > lives ? ends[lives] : undefined;
    if (end !== undefined) return end.code;
    await delay(5);
  }
  return null;
}
