import * as fs from "node:fs";
import { parseStat } from "../kernel/proc.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { HeldKeeper } from "../model/host.ts";
import type { FailedMark } from "../model/step.ts";
import type { Assistants } from "./assistant.ts";
import { makeGroups } from "./cgroup-files.ts";
import { readProc } from "./proc-reader.ts";
import { endProcess, isAlive } from "./process-end.ts";
import { hostEnvironment, tool } from "./tools.ts";

/** What starts a keeper: the outer shell's command, its environment, a file for what goes wrong, and the mark of one that is kept half made. */
export interface HoldRequest {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly log: string;
  readonly failed: FailedMark;
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
export async function holdKeeper(
  { command, environment, log, failed }: HoldRequest,
  { askOne }: Pick<Assistants, "askOne">,
): Promise<HeldKeeper> {
  const [name = "", ...args] = command;
  fs.writeFileSync(log, "", { mode: 0o600 });
  const variables = Object.entries(hostEnvironment(environment)).map(([key, value]) => `${key}=${value}`);
  const { code, output, holder } = await askOne(["hold", log, String(variables.length), ...variables, tool(name), ...args]);
  const pid = Number(output);
  const start = code === 0 ? parseStat(readProc(`/proc/${pid}/stat`))?.start : undefined;
  if (start === undefined) throw notStarted(log);
  let released = false;
  const say = (word: "release" | "commit" | "abandon") => {
    if (word === "release") released = true;
    else held.delete(pid);
    holder.tell([word, String(pid)]);
  };
  held.add(pid);
  return {
    pid,
    start,
    release: () => say("release"),
    commit: () => say("commit"),
    keep(why) {
      // Behind its gate it still has the privileges that it was started with.
      if (!released || !isAlive({ pid, start })) return false;
      // Before it is let live: at no moment it may be taken for one that stands.
      makeGroups(failed.groups);
      fs.writeFileSync(failed.file, why, { mode: 0o600 });
      say("commit");
      return true;
    },
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
