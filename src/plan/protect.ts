import type { Change } from "../model/change.ts";
import type { Diagnostic, Place } from "../model/diagnostic.ts";
import type { Environment, Lifecycle } from "../model/environment.ts";
import { endingOf } from "./ending.ts";

/** What protects the environments of a project: what the manifest says, what was last applied, and for whom it does not count this time. */
export interface Guard {
  readonly wanted: ReadonlyMap<string, Environment>;
  /** What was last applied, by name; null: not known. */
  readonly last: ReadonlyMap<string, Environment> | null;
  /** Environments to which everything may be done, by `--force-protected`. */
  readonly forced: ReadonlySet<string>;
  /** Where the manifest says what, by address. */
  readonly origins: ReadonlyMap<string, Place>;
}

/** A change that may not be done, and why: one diagnostic for each field that forbids it. */
export interface Refusal {
  readonly change: Change;
  readonly diagnostics: readonly Diagnostic[];
}

/** The changes that a lifecycle forbids. */
export function refusalsOf(changes: readonly Change[], guard: Guard): readonly Refusal[] {
  return changes.flatMap((change) => {
    const diagnostics = diagnosticsOf(change, guard);
    return diagnostics.length === 0 ? [] : [{ change, diagnostics }];
  });
}

function diagnosticsOf(change: Change, guard: Guard): readonly Diagnostic[] {
  const name = change.environment;
  if (name === null || guard.forced.has(name)) return [];
  return forbidding(change).flatMap((field) => {
    const wanted = guard.wanted.get(name)?.lifecycle[field] === true;
    if (!wanted && guard.last?.get(name)?.lifecycle[field] !== true) return [];
    return [refusal(change, { name, field, at: wanted ? guard.origins.get(`${name}.lifecycle.${field}`) : undefined, wanted })];
  });
}

/** To make an environment anew is to end it and to start it. */
function forbidding(change: Change): readonly (keyof Lifecycle)[] {
  if (change.resource === "overlay") return ["prevent_destroy"];
  switch (endingOf(change)) {
    case "environment":
      return change.action === "destroy" ? ["prevent_destroy"] : ["prevent_destroy", "prevent_restart"];
    case "process":
      return ["prevent_restart"];
    case null:
      return [];
  }
}

interface Forbidden {
  readonly name: string;
  readonly field: keyof Lifecycle;
  readonly at: Place | undefined;
  /** Whether the manifest says so; else what was last applied does. */
  readonly wanted: boolean;
}

function refusal(change: Change, { name, field, at, wanted }: Forbidden): Diagnostic {
  const whole = change.address === name ? "" : ` (${change.address})`;
  const verb = { recreate: "make it anew", destroy: "destroy it", "restart-process": "restart its process", create: "", update: "" };
  const part = change.resource === "overlay" ? "throw away what was written inside" : "end its process";
  const doing = change.action === "destroy" && whole !== "" ? part : verb[change.action];
  const source = wanted ? "" : ", as it was last applied";
  const also = change.because === undefined ? [] : [{ message: "what forces it", at: change.because }];
  const lift = wanted ? "" : `apply ${name} without it first, or `;
  return {
    code: "plan/protected",
    severity: "error",
    message: `${name}.lifecycle.${field}${source}: this would ${doing}${whole}: ${forcing(change)}`,
    ...(at === undefined ? {} : { at }),
    ...(also.length === 0 ? {} : { also }),
    hint: `${lift}let it through: --force-protected ${name}`,
  };
}

/** What makes a change necessary, in words: `web.namespaces.net host -> private`. */
function forcing({ environment, address, differences, reason, action }: Change): string {
  if (reason !== undefined) return reason;
  if (differences.length === 0) return action === "destroy" ? "it was asked for" : "it is to be made anew";
  const inside = address === environment ? `${address}.` : `${address} `;
  return differences.map(({ field, want, have }) => `${`${inside}${field}`.trimEnd()} ${have} -> ${want}`).join("; ");
}
