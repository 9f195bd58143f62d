import { createHash } from "node:crypto";
import type { Environment, Process } from "../model/environment.ts";

/** sha256 over everything that a change of restarts the process. */
export function processDigest(process: Process, environment: Environment): string {
  return digestOf(definition(process, environment));
}

/** As versions before this one would have called the same: the environment's ulimits and score were part of it. */
export function formerDigest(process: Process, environment: Environment): string {
  const { ulimits, oom_score_adj } = environment;
  return digestOf({ ...definition(process, environment), ulimits: sorted(ulimits), oom_score_adj });
}

function definition(process: Process, environment: Environment) {
  const { command, working_dir, user } = process;
  const { capabilities, no_new_privileges: nnp } = environment.security;
  const variables = sorted({ ...environment.environment, ...process.environment });
  const { tty, stdin_open } = process;
  // What is absent leaves the digest as it was.
  return { command, variables, working_dir, user, capabilities, nnp, tty, stdin_open };
}

function digestOf(parts: object): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function sorted<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
