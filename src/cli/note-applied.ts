import type { Result } from "../engine/apply.ts";
import type { Generation } from "../engine/generation.ts";
import { nextGeneration } from "../engine/generation.ts";
import type { NamedLife } from "../engine/lives.ts";
import { bornOf } from "../engine/lives.ts";
import { partlyApplied } from "../engine/partly-applied.ts";
import type { Request } from "../engine/planned.ts";
import { commitOf } from "../host/commit.ts";
import type { ProjectRecord } from "../host/record.ts";
import type { Change } from "../model/change.ts";
import type { Pause } from "../model/condition.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import type { Plan } from "../model/plan.ts";
import type { PlanRequest } from "../plan/plan-request.ts";
import type { RecordedChange, RecordedEvent } from "../ui/render-events.ts";
import { lastApplied } from "./records.ts";

/** How a run ended that changed environments, or found them as the manifest wants them. */
export interface Ended {
  readonly verb: string;
  readonly manifest: Manifest;
  /** What was carried out; its changes may be none. */
  readonly plan: Plan;
  /** Environments that are as the manifest wants them now. */
  readonly names: readonly string[];
  /** Environments that are no more. */
  readonly gone: readonly string[];
  /** Names of the groups that were done. */
  readonly changed: readonly string[];
  readonly exitCode: number;
  readonly durationMs: number;
  /** Everything of the project that runs now, in the manifest or not. */
  readonly running: ReadonlySet<string>;
  /** How those of them are called in the kernel that were born with another name. */
  readonly born: ReadonlyMap<string, string>;
}

/** A run that is over: what was asked for, what was carried out of it, and what was found afterwards. */
export interface Run extends Pick<Ended, "verb" | "manifest" | "plan"> {
  readonly request: Pick<Request, "only" | "destroy">;
  readonly result: Pick<Result, "changed" | "failed" | "skipped">;
  readonly found: readonly NamedLife[];
  /** What is applied of environments of which something was held back. */
  readonly partly: ReadonlyMap<string, Environment>;
}

/** What a run did to which environments. Those that were to be ended and of which nothing was left are gone as well. */
export function endedOf({ verb, manifest: asked, plan, request, result, found, partly }: Run): Ended {
  const open = new Set([...result.failed, ...result.skipped].filter((name) => !partly.has(name)));
  const manifest = partly.size === 0 ? asked : { ...asked, environments: new Map([...asked.environments, ...partly]) };
  const named = [...(request.only ?? manifest.environments.keys())].filter((name) => !open.has(name));
  const names = named.filter((name) => !request.destroy.has(name));
  const lives = found.filter(({ keeper }) => keeper !== null);
  const ended = plan.groups.filter(({ name, changes }) => changes.some((one) => one.action === "destroy" && one.address === name));
  return {
    ...{ verb, manifest, plan, changed: result.changed, exitCode: 0, durationMs: 0 },
    names,
    gone: [...ended.map(({ name }) => name), ...request.destroy].filter((name) => !open.has(name)),
    running: new Set(lives.map(({ name, former }) => (former === null || names.includes(name) ? name : former))),
    born: bornOf(lives.filter(({ name, former }) => former === null || names.includes(name))),
  };
}

/** Environments that a look left as they are, so that they are not known to be as the manifest wants them: held back, paused, perhaps edited, or ended. */
export function undoneIn(
  { environments, left = [] }: Plan,
  { held, paused }: { readonly held: readonly Change[]; readonly paused: readonly Pause[] },
): readonly string[] {
  const absent = new Set(environments.flatMap(({ name, state }) => (state === "absent" ? [name] : [])));
  const undone = left
    .map(({ change }) => change)
    .filter(({ origin, environment }) => origin === "unknown" || absent.has(environment ?? ""));
  return [...[...held, ...undone].flatMap(({ environment }) => environment ?? []), ...paused.map(({ environment }) => environment)];
}

/** What is applied of the environments that were changed and of which something was held back, by name; those of which that cannot be told are not in it. */
export function partlyDone<Shared>(
  resources: PlanRequest<Shared>["resources"],
  {
    held,
    changed,
    last,
    manifest,
  }: Pick<Ended, "changed" | "manifest"> & { readonly held: readonly Change[]; readonly last: Generation | null },
): ReadonlyMap<string, Environment> {
  const done = new Map<string, Environment>();
  for (const name of changed) {
    const [wanted, before] = [manifest.environments.get(name), last?.environments[name]];
    const own = held.filter(({ environment }) => environment === name);
    if (wanted === undefined || before === undefined || own.length === 0) continue;
    const applied = partlyApplied(resources, { name, last: before, wanted, held: own });
    if (applied !== null) done.set(name, applied);
  }
  return done;
}

/** Notes what is applied now; to be called under the lock. Where nothing stands any more nothing is kept either. Throws `record/not-written`. */
export function noteApplied(record: ProjectRecord, ended: Ended): void {
  const { plan, changed, running } = ended;
  const { last, generation, number, date, by } = following(record, ended);
  const changes = plan.groups.filter(({ name }) => changed.includes(name)).flatMap((group) => recorded(group.name, group.changes));
  const standing = Object.keys((generation ?? last)?.environments ?? {});
  if (standing.length === 0 && running.size === 0) {
    record.remove();
    return;
  }
  if (generation !== null) record.write(number, generation);
  if (generation === null && changes.length === 0) return;
  record.append(eventOf(ended, { generation, changes, date, by }));
}

/** Whether there is something to note where nothing was changed: the manifest says something new, or the record was lost. Needs no lock. */
export function isNews(record: ProjectRecord, ended: Ended): boolean {
  const { last, generation } = following(record, ended);
  return generation !== null || (last === null && record.numbers().length > 0);
}

function following(record: ProjectRecord, { manifest, names, gone, running, born }: Ended) {
  const { generation: last, next: number } = lastApplied(record, [...manifest.environments.values()][0]);
  const left = Object.keys(last?.environments ?? {}).filter((name) => !manifest.environments.has(name) && !running.has(name));
  const date = new Date().toISOString();
  const by = { uid: callingUser(), commit: commitOf(manifest.directory) };
  const generation = nextGeneration(last, { number, manifest, names, gone: [...gone, ...left], date, by, born });
  return { last, generation, number, date, by };
}

interface Noted extends Pick<Generation, "date" | "by"> {
  readonly generation: Generation | null;
  readonly changes: readonly RecordedChange[];
}

function eventOf({ verb, exitCode, durationMs }: Ended, { generation, changes, date, by }: Noted): RecordedEvent {
  return {
    ...{ schema: "cloister/events/v1", date, verb, uid: by.uid, commit: by.commit, generation: generation?.number ?? null },
    ...{ exit_code: exitCode, duration_ms: Math.round(durationMs), changed: changes },
  };
}

/** Who is at the keyboard: sudo tells whom it made root. */
function callingUser(): number {
  const uid = process.getuid?.() ?? 0;
  const { SUDO_UID: sudo = "" } = process.env;
  return uid === 0 && /^\d{1,10}$/.test(sudo) ? Number(sudo) : uid;
}

/** An environment that is made anew or ended is one change, whatever it consists of. */
function recorded(name: string, changes: readonly Change[]): readonly RecordedChange[] {
  const whole = changes.find(({ address }) => address === name);
  const starts = changes.some(({ steps }) => steps.some(({ type }) => type === "hold"));
  if (whole === undefined && !starts) return changes.flatMap(recordedChange);
  const ends = whole !== undefined;
  const action = whole?.action ?? "create";
  const origin = (whole ?? changes[0])?.origin ?? null;
  return [
    { address: name, action, origin, before: ends ? "running" : null, after: starts ? "running" : null },
    ...(whole === undefined || whole.differences.length === 0 ? [] : recordedChange(whole)),
  ];
}

function recordedChange({ address, action, origin, description, differences }: Change): readonly RecordedChange[] {
  const about = { action, origin: origin ?? null };
  if (action === "destroy") return [{ ...about, address, before: description, after: null }];
  if (differences.length === 0) return [{ ...about, address, before: null, after: description }];
  return differences.map(({ field, want, have }) => {
    const inside = field === "" ? "" : `${field.startsWith("[") ? "" : "."}${field}`;
    return { ...about, address: `${address}${inside}`, before: have, after: want };
  });
}
