import * as fs from "node:fs";
import { parseStat } from "../kernel/proc.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { HeldKeeper } from "../model/host.ts";
import type { Assistants } from "./assistant.ts";
import { readProc } from "./proc-reader.ts";
import { endProcess } from "./process-end.ts";
import { hostEnvironment, tool } from "./tools.ts";

/** What starts a keeper: the outer shell's command, its environment, and a file for what goes wrong. */
export interface HoldRequest {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly log: string;
}

/** Pids of keepers that stand and are not committed: nobody enters one. */
const held = new Set<number>();

/** Whether a keeper is one that this process has started and not committed yet. */
export function isHeld(pid: number): boolean {
  return held.has(pid);
}

/**
 * Starts an environment's keeper behind its gate, by the shim (`hold` in shim-serve.pl), which ends when this process does: then the keeper ends, too, unless
 * it was committed. Throws `engine/keeper-failed`, `host/tool-hangs`.
 */
export async function holdKeeper({ command, environment, log }: HoldRequest, { askOne }: Pick<Assistants, "askOne">): Promise<HeldKeeper> {
  const [name = "", ...args] = command;
  fs.writeFileSync(log, "", { mode: 0o600 });
  const variables = Object.entries(hostEnvironment(environment)).map(([key, value]) => `${key}=${value}`);
  const { code, output, holder } = await askOne(["hold", log, String(variables.length), ...variables, tool(name), ...args]);
  const pid = Number(output);
  const start = code === 0 ? parseStat(readProc(`/proc/${pid}/stat`))?.start : undefined;
  if (start === undefined) throw notStarted(log);
  const say = (word: "release" | "commit" | "abandon") => {
    if (word !== "release") held.delete(pid);
    holder.tell([word, String(pid)]);
  };
  held.add(pid);
  return {
    pid,
    start,
    release: () => say("release"),
    commit: () => say("commit"),
    async abandon() {
      say("abandon");
      await endProcess({ pid, start, signal: "SIGKILL", graceMs: 0 });
    },
  };
}

function notStarted(log: string): CloisterError {
  return new CloisterError({
    code: "engine/keeper-failed",
    severity: "error",
    message: "the namespaces could not be made",
    cause: fs.readFileSync(log, "utf8").trim(),
    hint: "cloister doctor says what this kernel refuses",
  });
}
