import { createHash } from "node:crypto";
import { isRecord } from "../engine/generation.ts";
import { child } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import type { Plan } from "../model/plan.ts";
import type { Ground, Sight } from "../plan/grounds.ts";
import { groundNow, groundsOf } from "../plan/grounds.ts";
import { changeRecord } from "../ui/plan-json.ts";
import { printable } from "../ui/printable.ts";
import { completed } from "./records.ts";
import { cloisterVersion } from "./version.ts";

/** One change of a saved plan: what it does, and the digests of what it rests on. */
export interface SavedChange {
  readonly address: string;
  readonly action: string;
  readonly environment: string | null;
  readonly rests_on: readonly SavedGround[];
}

/** One thing that was seen. `sha256` is of `value` as JSON. */
export type SavedGround = Ground & { readonly sha256: string };

/** A plan that was written to a file: everything that it takes to carry it out, and it alone (schemas/output/saved-plan-v1.json). */
export interface SavedPlan {
  readonly schema: "cloister/saved-plan/v1";
  /** The version that wrote it. */
  readonly cloister: string;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly project: string;
  readonly directory: string;
  readonly prune: boolean;
  readonly no_restart: boolean;
  readonly changes: readonly SavedChange[];
  /** What was wanted: every environment of the manifest with all defaults. */
  readonly environments: Readonly<Record<string, Environment>>;
}

/** What a plan is saved with. */
export interface Saving<Shared> extends Pick<SavedPlan, "prune" | "no_restart"> {
  readonly manifest: Manifest;
  readonly sight: Sight<Shared>;
}

/** A plan as it is written to a file: readable JSON that ends in its own checksum. */
export function savedPlanText<Shared>(plan: Plan, { manifest, sight, prune, no_restart }: Saving<Shared>): string {
  const changes = plan.groups.flatMap((group) => {
    const grounds = groundsOf(sight, group);
    return group.changes.map((change) => ({
      ...changeRecord(change),
      rests_on: (grounds.get(change) ?? []).map((ground) => ({ ...ground, sha256: digestOf(ground.value) })),
    }));
  });
  const document = {
    ...{ schema: "cloister/saved-plan/v1", cloister: cloisterVersion, date: new Date().toISOString() },
    ...{ project: manifest.project, directory: manifest.directory, prune, no_restart, changes },
    environments: Object.fromEntries(manifest.environments),
  };
  return `${JSON.stringify({ ...document, sha256: digestOf(document) }, null, 2)}\n`;
}

/** What a saved plan's file says. Throws `plan/unusable` with what is wrong, `plan/newer-version`. */
export function parseSavedPlan(file: string, text: string): SavedPlan {
  const { sha256, ...document } = objectIn(file, text);
  const { schema } = document;
  const version = /^cloister\/saved-plan\/v(\d+)$/.exec(String(schema))?.[1];
  if (version === undefined)
    throw unusable(file, `is no saved plan${schema === undefined ? "" : ` (its schema is ${printable(String(schema))})`}`);
  if (version !== "1") {
    throw new CloisterError({
      code: "plan/newer-version",
      severity: "error",
      message: `${file} was written by a newer cloister (${printable(String(document.cloister))}, ${printable(String(schema))})`,
      hint: "use that version, or make the plan again with this one",
    });
  }
  if (sha256 !== digestOf(document)) throw unusable(file, "is not what was written: its checksum differs");
  if (!isSavedPlan(document)) throw unusable(file, "lacks something that a saved plan has");
  const environments = Object.entries(document.environments).map(([name, one]) => [name, completed(one, undefined)] as const);
  return { ...document, environments: Object.fromEntries(environments) };
}

function objectIn(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    throw unusable(file, "was cut, or is no JSON", error instanceof Error ? error.message : undefined);
  }
  throw unusable(file, "is no saved plan");
}

// What was written is told by its checksum; this tells what it is.
function isSavedPlan(document: object): document is SavedPlan {
  const { project, directory, changes, environments }: Partial<SavedPlan> = document;
  const texts = typeof project === "string" && typeof directory === "string";
  return texts && Array.isArray(changes) && typeof environments === "object" && environments !== null;
}

/** The code `plan/unusable`, for one file. */
export function unusable(file: string, why: string, cause?: string): CloisterError {
  return new CloisterError({
    code: "plan/unusable",
    severity: "error",
    message: `${file} ${why}`,
    hint: "make it again: cloister plan -o FILE",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What a saved plan wants, as a manifest; nothing of it stands in a file, so it has no origins. */
export function manifestOfSaved({ project, directory, environments }: SavedPlan): Manifest {
  return { project, directory, environments: new Map(Object.entries(environments)), origins: new Map(), files: [], warnings: [] };
}

/** The environments that something is done to. */
export function concerned({ changes }: SavedPlan): ReadonlySet<string> {
  return new Set(changes.flatMap(({ environment }) => environment ?? []));
}

/** Whether a change is one of a saved plan's. */
export function hasChange({ changes }: SavedPlan): (change: Change) => boolean {
  const keys = new Set(changes.map(({ action, address }) => `${action} ${address}`));
  return ({ action, address }) => keys.has(`${action} ${address}`);
}

/** Refuses a saved plan when something that it rests on has moved, or when it would have to be done in another way by now. Throws `plan/stale`, naming what. */
export function refuseStale<Shared>(saved: SavedPlan, now: Plan, sight: Sight<Shared>): void {
  const isOfPlan = hasChange(saved);
  const left = now.changes.filter(isOfPlan);
  const hint =
    left.length === 0 && saved.changes.length > 0
      ? "nothing of it is left to do: it was carried out already, or something else did it"
      : "look at what is to be done by now: cloister plan";
  const moved = new Map<string, Diagnostic>();
  for (const ground of saved.changes.flatMap(({ rests_on }) => rests_on)) {
    const { value, seen } = groundNow(sight, ground);
    if (digestOf(value) === ground.sha256) continue;
    const message = `${ground.address} is not as it was when the plan was made: ${movement(ground, value)}`;
    const cause = [`was: ${ground.seen ?? "nothing"}`, `is:  ${seen ?? "nothing"}`].join("\n");
    moved.set(message, { code: "plan/stale", severity: "error", message, hint, cause });
  }
  for (const { message, hint: why } of changedSecrets(saved, sight))
    moved.set(message, { code: "plan/stale", severity: "error", message, hint: why });
  if (moved.size > 0) throw new CloisterError([...moved.values()]);
  const missing = saved.changes.find(({ action, address }) => !left.some((one) => one.action === action && one.address === address));
  if (missing === undefined) return;
  const instead = now.changes.find(({ address, environment }) => address === missing.address || address === environment);
  const message = `${missing.address} would not be ${missing.action} any more${instead === undefined ? "" : `: ${instead.address} would be ${instead.action}`}`;
  throw new CloisterError({ code: "plan/stale", severity: "error", message, hint });
}

/** The secrets whose sources hold something else than when the plan was made; what, only their digests tell. */
function changedSecrets<Shared>(
  saved: SavedPlan,
  { targets }: Sight<Shared>,
): readonly { readonly message: string; readonly hint: string }[] {
  const now = new Map(targets.map(({ scope }) => [scope.name, scope.environment?.secrets]));
  return [...concerned(saved)].flatMap((name) =>
    Object.entries(saved.environments[name]?.secrets ?? {})
      .filter(([key, { held }]) => now.get(name)?.[key]?.held !== held)
      .map(([key]) => ({
        message: `${child(child(name, "secrets"), key)} is not what it was when the plan was made: its source holds something else`,
        hint: "make the plan again: cloister plan -o FILE",
      })),
  );
}

/** `size was 1048576, is 2097152`: the fields that moved. */
function movement({ fact, value: was }: Ground, is: unknown): string {
  const what = fact === "have" ? "" : fact === "keeper" ? "its keeper " : `${printable(fact)} `;
  if (!isRecord(was) || !isRecord(is)) return `${what}was ${shown(was)}, is ${shown(is)}`;
  const fields = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => stable(was[key]) !== stable(is[key]));
  return fields.map((key) => `${what}${printable(key)} was ${shown(was[key])}, is ${shown(is[key])}`).join("; ");
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return printable(
    typeof value === "string" ? JSON.stringify(value) : isRecord(value) && "pid" in value ? `pid ${String(value.pid)}` : stable(value),
  );
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(stable(value)).digest("hex");
}

/** JSON in which the order of keys means nothing. */
function stable(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => (isRecord(part) ? Object.fromEntries(Object.entries(part).sort(byKey)) : part));
  return text ?? "null";
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
