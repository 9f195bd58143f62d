import type { Request } from "../engine/planned.ts";
import type { Change } from "../model/change.ts";
import { CloisterError } from "../model/diagnostic.ts";
import { didYouMean } from "../model/nearest-name.ts";
import type { Scope } from "../model/resource.ts";
import { processNames } from "../model/resource.ts";
import { processPath } from "../resources/process-state.ts";
import type { Operand } from "./verb.ts";

/** The operand of verbs that work on processes: all of an environment where none is named. */
export const processesOperand: Operand = {
  spelling: "ENVIRONMENT[/PROCESS]...",
  description: "a process, as web/nginx, or all those of an environment",
};

/** What an operand names. */
export interface NamedProcess {
  readonly environment: string;
  /** Null: all of them. */
  readonly process: string | null;
}

/** Processes of one environment. */
export interface SelectedProcesses {
  readonly scope: Scope;
  readonly names: readonly string[];
}

/** `web` or `web/nginx` in its parts. */
export function namedProcess(operand: string): NamedProcess {
  const slash = operand.indexOf("/");
  return slash === -1
    ? { environment: operand, process: null }
    : { environment: operand.slice(0, slash), process: operand.slice(slash + 1) };
}

/** The processes that operands name, each once, in the order of their environments; throws `usage/unknown-process` with all that are not known. */
export function selectProcesses(operands: readonly NamedProcess[], scopes: readonly Scope[]): readonly SelectedProcesses[] {
  const selected = scopes.map((scope) => {
    const known = processNames(scope);
    const own = operands.filter(({ environment }) => environment === scope.name).map(({ process }) => process);
    const unknown = own.filter((process) => process !== null && !known.includes(process));
    return { scope, known, unknown, names: own.includes(null) ? known : known.filter((name) => own.includes(name)) };
  });
  const faults = selected.flatMap(({ scope, known, unknown }) =>
    unknown.map((process) => unknownProcess(scope.name, process ?? "", known)),
  );
  if (faults.length > 0) throw new CloisterError(faults);
  return selected;
}

function unknownProcess(environment: string, process: string, known: readonly string[]) {
  const none = "it has no processes: give it a `command:` in the manifest";
  return {
    code: "usage/unknown-process",
    severity: "error",
    message: `${environment} has no process "${process}"`,
    hint: didYouMean(process, known) ?? (known.length === 0 ? none : `there are ${known.join(", ")}`),
  } as const;
}

/** What is to become of which processes, and what is started before that. */
interface Wished {
  readonly verb: "start" | "stop" | "restart";
  readonly selected: readonly SelectedProcesses[];
  /** Those that do not run. */
  readonly needed: readonly SelectedProcesses[];
}

/** A request of which only these processes are to be started, stopped or started anew, and nothing else. */
export function processRequest(
  request: Request,
  { verb, selected, needed }: Wished,
): Request & { readonly hold: (change: Change) => boolean } {
  const all = [...selected, ...needed];
  const asked = new Set(all.flatMap(({ scope, names }) => names.map((name) => `${scope.name}.${processPath(name)}`)));
  const anew = new Map<string, Record<string, "ended" | "all">>();
  for (const one of all) {
    const how = verb === "restart" && selected.includes(one) ? "all" : "ended";
    anew.set(one.scope.name, { ...anew.get(one.scope.name), ...Object.fromEntries(one.names.map((name) => [name, how] as const)) });
  }
  return { ...request, ...(verb === "stop" ? {} : { anew }), hold: ({ address }) => !asked.has(address) };
}
