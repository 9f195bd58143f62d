import * as fs from "node:fs";
import { assemblyWords, keeperLog, stagingDirectory, stagingMounts, stagingTable } from "../model/assembly.ts";
import { CloisterError } from "../model/diagnostic.ts";
import { holdersInWords } from "../model/holder.ts";
import type { AssemblyRequest } from "../model/host.ts";
import type { Ask } from "./assistant.ts";
import { holdersOf } from "./holders.ts";
import { readPids, readProc } from "./proc-reader.ts";
import { isAlive } from "./process-end.ts";
import type { Secrets } from "./secrets.ts";

/**
 * Makes file systems in a staging directory and has the shim place them in the environment.
 * Works in the environment's uts, ipc and net namespaces, with the host's credentials and the host's binaries. Throws `engine/assembly-failed`, `engine/keeper-failed`.
 */
export async function assemble(request: AssemblyRequest, ask: Ask, secrets: Pick<Secrets, "value">): Promise<void> {
  // The run directory holds hints only: whoever took it away took nothing that is needed.
  fs.mkdirSync(stagingDirectory(request.run), { recursive: true, mode: 0o700 });
  fs.writeFileSync(stagingTable(request.run), stagingMounts(request), { mode: 0o600 });
  const { words, operations } = assemblyWords({ ...request, pid: String(request.pid) });
  const { code, output } = await ask([...words, ...operations.flatMap((operation) => valued(operation, secrets))]);
  if (code === 0) return;
  const own = /^shim: (.*)$/m.exec(output)?.[1];
  if (!isAlive(request)) throw keeperEnded(own ?? output.trim(), keeperLog(request.run));
  throw new CloisterError({
    code: "engine/assembly-failed",
    severity: "error",
    message: own ?? "a file system could not be made",
    ...hintFor(own ?? "", request.pid),
    ...(own === undefined ? { cause: output.trim() } : {}),
  });
}

/** Where a secret is to be written, its digest gives way to its value. `operation`: how many words it has, then these. */
function valued(operation: readonly string[], secrets: Pick<Secrets, "value">): readonly string[] {
  const [count = "", name = "", target = "", digest = "", ...rest] = operation;
  if (name !== "secret") return operation;
  const value = secrets.value(digest);
  if (value !== null) return [count, name, target, Buffer.from(value).toString("hex"), ...rest];
  throw new CloisterError({
    code: "engine/assembly-failed",
    severity: "error",
    message: `secret ${target}: its source was not read`,
    hint: "apply it: cloister apply",
  });
}

/** Who was to be given a file system is no more: its own words tell why, if anything does. */
function keeperEnded(what: string, log: string): CloisterError {
  return new CloisterError({
    code: "engine/keeper-failed",
    severity: "error",
    message: `the keeper ended meanwhile (${what})`,
    cause: readProc(log).trim(),
    hint: "somebody may have ended it: apply again",
  });
}

function hintFor(message: string, keeper: number): { readonly hint?: string } {
  const [, leadsTo] = /is or goes through a symbolic link, which leads to (.*)$/.exec(message) ?? [];
  if (leadsTo !== undefined) return { hint: `write ${leadsTo} instead` };
  if (/does not exist/.test(message)) return { hint: "make it in the root first; with `overlay: none` nothing is made" };
  const [, target] = /^unmount (.*): Device or resource busy$/.exec(message) ?? [];
  if (target !== undefined) return { hint: busyHint(keeper, target) };
  return {};
}

/** It came into use after it was looked at; whoever may have it, in the environment or not. */
function busyHint(keeper: number, target: string): string {
  const holders = holdersOf({ keeper, targets: [target], pids: readPids() }).get(target) ?? [];
  return holders.length === 0
    ? "something uses it and is not seen in /proc: a file on its way through a socket, or a file system mounted on it; --lazy detaches it all the same"
    : `${holdersInWords(holders)}; end that first, or detach it all the same with --lazy`;
}
