import type { Generation } from "../engine/generation.ts";
import { fieldDifferences } from "../engine/generation.ts";
import { assertOwned } from "../host/owned.ts";
import type { ProjectRecord } from "../host/record.ts";
import { recordAt } from "../host/record.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment } from "../model/environment.ts";
import type { ListedGeneration } from "../ui/render-history.ts";
import type { Context } from "./context.ts";
import { directoriesOf } from "./directories.ts";
import { loadManifest } from "./load-manifest.ts";
import { plainEnvironment } from "./plain-environment.ts";

/** The record of the project that the flags name: by `-p` alone, so that it can be read where the manifest cannot, else by the manifest. */
export function openRecord(context: Context): { readonly project: string; readonly record: ProjectRecord } {
  const { state } = directoriesOf(context.settings);
  assertOwned(state);
  const project = context.settings.project ?? loadManifest(context).project;
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(project)) throw noSuchProject(project);
  return { project, record: recordAt(`${state}/${project}`) };
}

/** What was last applied: null where that is not known, with a warning where there should be something. */
export interface LastApplied {
  readonly generation: Generation | null;
  readonly warnings: readonly Diagnostic[];
  /** The number that the next generation gets. */
  readonly next: number;
}

/** Reads the newest generation; one that is damaged is not replaced by an older one, which was not what was last applied. `like`: see `readGeneration`. */
export function lastApplied(record: ProjectRecord, like?: Environment): LastApplied {
  const number = record.numbers().at(-1);
  if (number === undefined) return { generation: null, warnings: [], next: 1 };
  const read = readGeneration(record, number, like);
  if (typeof read !== "string") return { generation: read, warnings: [], next: number + 1 };
  const warning: Diagnostic = {
    code: "record/damaged",
    severity: "warning",
    message: `what was last applied is not known: ${read}`,
    hint: "nothing is believed of it; the next apply writes a new record",
  };
  return { generation: null, warnings: [warning], next: number + 1 };
}

/** One generation, or why it is not believed. `like`: any environment as it is written today, where there is one. Throws `record/newer-version`. */
function readGeneration(record: ProjectRecord, number: number, like?: Environment): Generation | string {
  const read = record.read(number);
  if ("damaged" in read) return read.damaged;
  if (!isGeneration(read.document) || read.document.number !== number) return `generation ${number} is no generation`;
  const environments = Object.entries(read.document.environments).map(([name, one]) => [name, completed(one, like)] as const);
  return { ...read.document, environments: Object.fromEntries(environments) };
}

/** As `readGeneration`, of one that must be there. Throws `record/no-generation`. */
export function generationAt(record: ProjectRecord, number: number): Generation {
  const numbers = record.numbers();
  const read = numbers.includes(number) ? readGeneration(record, number) : `there is no generation ${number}`;
  if (typeof read !== "string") return read;
  const list = numbers.length === 0 ? "there are none yet: apply writes them" : `there are ${numbers.join(", ")}`;
  throw new CloisterError({ code: "record/no-generation", severity: "error", message: read, hint: list });
}

/** The number of the generation before the last. Throws `record/no-generation`. */
export function generationBefore(record: ProjectRecord): number {
  const number = record.numbers().at(-2);
  if (number !== undefined) return number;
  throw new CloisterError({
    code: "record/no-generation",
    severity: "error",
    message: "there is no generation before the last one to go back to",
    hint: "cloister history lists what there is",
  });
}

/** All generations, oldest first, each with what it changed. */
export function listGenerations(record: ProjectRecord): readonly ListedGeneration[] {
  let before: Generation["environments"] = {};
  return record.numbers().map((number) => {
    const read = readGeneration(record, number);
    if (typeof read === "string") return { number, damaged: read };
    const changed = fieldDifferences(before, read.environments);
    before = read.environments;
    const { date, by } = read;
    return { number, damaged: null, date, uid: by.uid, commit: by.commit, environments: Object.keys(before), changed };
  });
}

/** The number that an operand says. Throws `usage/invalid-value`. */
export function generationNumber(given: string): number {
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new CloisterError({
    code: "usage/invalid-value",
    severity: "error",
    message: `"${given}" is no number of a generation`,
    hint: "cloister history lists them",
  });
}

// What was written is checked by its checksum; this tells what it is.
function isGeneration(document: unknown): document is Generation {
  if (typeof document !== "object" || document === null) return false;
  const { schema, number, environments, directory }: Partial<Generation> = document;
  return (
    schema === "cloister/generation/v1" && typeof number === "number" && typeof directory === "string" && typeof environments === "object"
  );
}

const shapes = ["namespaces", "time_offsets", "security", "network", "lifecycle", "drift"] as const;

/** An environment as it is written today: what an earlier version did not know of has its default. */
export function completed(environment: Environment, like: Environment | undefined): Environment {
  // Mostly the same version wrote it, and to make out the defaults takes longer than all the rest.
  if (like !== undefined && !lacks(environment, like)) return environment;
  const today = plainEnvironment();
  const parts = shapes.map((key) => [key, { ...today[key], ...environment[key] }] as const);
  const processes = environment.processes ?? formerProcesses(environment, today);
  const { command, ...known }: Former = environment;
  const limits = { ...today.resources.limits, ...environment.resources.limits };
  const resources = { ...today.resources, ...environment.resources, limits };
  return { ...today, ...known, ...Object.fromEntries(parts), processes, resources };
}

/** Before there were several processes, an environment had a command of its own. */
type Former = Environment & { readonly command?: readonly string[] | null };

function formerProcesses(environment: Former, today: Environment) {
  const { command = null, working_dir = today.working_dir, user = today.user } = environment;
  const ending = { restart: "no", stop_signal: "SIGTERM", stop_grace_period: 10 } as const;
  return command === null ? {} : { main: { command, environment: {}, working_dir, user, ...ending, ulimits: {} } };
}

function lacks(environment: Environment, like: Environment): boolean {
  const without = (one: object, other: object) => Object.keys(other).some((key) => !(key in one));
  return (
    without(environment, like) ||
    shapes.some((key) => without(environment[key], like[key])) ||
    without(environment.resources, like.resources) ||
    without(environment.resources.limits, like.resources.limits)
  );
}

function noSuchProject(project: string): CloisterError {
  return new CloisterError({
    code: "usage/invalid-value",
    severity: "error",
    message: `-p is "${project}", which is no name of a project`,
    hint: "lower case, digits and dashes",
  });
}
