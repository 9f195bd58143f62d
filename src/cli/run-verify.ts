import { claimOf, claimOfStranger } from "../engine/verify/claim.ts";
import { judgeIsolation } from "../engine/verify/verify.ts";
import { closeInherited } from "../host/inherited.ts";
import { observeIsolation } from "../host/isolation.ts";
import { machineOf } from "../host/machine.ts";
import { readProc } from "../host/proc-reader.ts";
import { availableProcessors } from "../host/processors.ts";
import { totalMemory } from "../kernel/proc.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment } from "../model/environment.ts";
import type { Keeper, Machine, Scope } from "../model/resource.ts";
import type { Text } from "../model/step.ts";
import { enterKeys } from "../resources/enter.ts";
import type { Verified } from "../ui/render-verify.ts";
import { renderVerify } from "../ui/render-verify.ts";
import { verifyDocument } from "../ui/verify-json.ts";
import type { Context } from "./context.ts";
import { plainEnvironment } from "./plain-environment.ts";

/** A running environment of the manifest. */
type RunningScope = Scope & { readonly environment: Environment; readonly keeper: Keeper };

/** Proves the isolation of environments of ours, by what their manifest says. */
export function verifyEnvironments(scopes: readonly RunningScope[]): readonly Verified[] {
  return scopes.map((scope) => {
    const { environment, keeper, machine } = scope;
    const entering = enterKeys(scope, { group: "exec", user: "0", workingDirectory: "/" }).map(resolved);
    const { masked_paths: maskedPaths, read_only_paths: readOnlyPaths } = environment.security;
    const seen = observeIsolation({ pid: keeper.pid, start: keeper.start, machine, entering, maskedPaths, readOnlyPaths });
    return {
      environment: scope.name,
      pid: keeper.pid,
      unsafe: environment.unsafe,
      findings: judgeIsolation(seen, claimOf(environment, totals())),
    };
  });
}

/** Judges any process by what an environment of ours is without a word in its manifest. */
export function verifyProcess(pid: number, machine: Machine): Verified {
  const plain = plainEnvironment();
  const { masked_paths: maskedPaths, read_only_paths: readOnlyPaths } = plain.security;
  const seen = observeIsolation({ pid, start: null, machine, entering: null, maskedPaths, readOnlyPaths });
  return { environment: null, pid, unsafe: [], findings: judgeIsolation(seen, claimOfStranger(plain, totals())) };
}

/** `verify --pid PID`: writes what was found about the process; returns the exit code. Throws `usage/invalid-value`. */
export function runVerifyProcess(given: string, context: Context): number {
  const pid = Number(given);
  if (!Number.isSafeInteger(pid) || pid <= 0 || context.operands.length > 0) {
    throw new CloisterError({
      code: "usage/invalid-value",
      severity: "error",
      message: context.operands.length > 0 ? "--pid stands instead of environments" : `--pid is "${given}", which is no process number`,
      hint: "cloister verify --pid 4711",
    });
  }
  closeInherited();
  return reportVerified([verifyProcess(pid, machineOf(`${import.meta.dirname}/shim.pl`))], context);
}

/** Writes what was found; returns the exit code: 2 where anything was. */
export function reportVerified(verified: readonly Verified[], { settings, terminal }: Context): number {
  if (settings.json) terminal.out(`${JSON.stringify(verifyDocument(verified))}\n`);
  else {
    const columns = terminal.isTerminal("stdout") ? terminal.columns() : null;
    terminal.out(verified.map((one) => renderVerify(one, { color: settings.color.out, columns })).join("\n"));
  }
  return verified.some(({ findings }) => findings.some(({ result }) => result === "fail")) ? 2 : 0;
}

function totals() {
  return { memory: totalMemory(readProc("/proc/meminfo")) ?? 0, cpus: availableProcessors(), architecture: process.arch };
}

function resolved(key: Text): string {
  if (typeof key === "string") return key;
  return ("of" in key ? [key] : key).map((part) => (typeof part === "string" ? part : unresolved(part.name))).join("");
}

function unresolved(name: string): never {
  throw new Error(`an environment that runs leaves nothing open, but ${name}`);
}
