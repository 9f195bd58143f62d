import type { Diagnostic, Place } from "../model/diagnostic.ts";
import { parseEnvFile } from "./env-file.ts";
import type { ExpansionBudget } from "./expand.ts";
import { expansionBudget } from "./expand.ts";
import type { Source } from "./source.ts";

/** What a variable holds, and who says so: the environment of the caller, or a line of an env file. */
export interface FoundVariable {
  readonly value: string;
  readonly from: "environment" | Place;
}

/** The variables that a manifest may use. */
export interface Variables {
  find(name: string): FoundVariable | null;
  /** What is wrong with the env files that were read until now. */
  problems(): readonly Diagnostic[];
}

/** Where no variable is set. */
export const noVariables: Variables = { find: () => null, problems: () => [] };

/** The caller's environment, and under it env files, a later one over an earlier one; they are read when a variable is asked for that the environment lacks. */
export function variablesOf(environment: Readonly<Record<string, string | undefined>>, readFiles: () => readonly Source[]): Variables {
  const own = (name: string) => (Object.hasOwn(environment, name) ? environment[name] : undefined);
  let files: ReadonlyMap<string, FoundVariable> | null = null;
  let problems: readonly Diagnostic[] = [];
  const inFiles = () => {
    if (files !== null) return files;
    const budget: ExpansionBudget = expansionBudget();
    const found = new Map<string, FoundVariable>();
    for (const source of readFiles()) {
      const file = parseEnvFile(source, { find: (name) => own(name) ?? found.get(name)?.value, budget });
      problems = [...problems, ...file.problems];
      for (const [name, { value, at }] of file.values) found.set(name, { value, from: at });
    }
    files = found;
    return found;
  };
  return {
    find(name) {
      const value = own(name);
      return value === undefined ? (inFiles().get(name) ?? null) : { value, from: "environment" };
    },
    problems: () => problems,
  };
}
