import type { Change } from "../../model/change.ts";
import type { Pause } from "../../model/condition.ts";
import { pauseMessage } from "../../model/condition.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Condition, Event } from "../../model/event.ts";
import { holdersInWords } from "../../model/holder.ts";

/** A condition as it is told; without changes and diagnostics where it has none. Since when it is so is told with it, but by a pause, which knows. */
export type Told = Omit<Condition, "changes" | "diagnostics" | "since" | "generation"> &
  Partial<Pick<Condition, "changes" | "diagnostics" | "since">>;

/** The time, and the number of what was last applied, which go with whatever is told. */
export interface Now {
  date(): string;
  generation(): number | null;
}

/** Remembers how everything stands and tells only what is news. */
export class Conditions {
  readonly #report: (event: Event) => void;
  readonly #now: Now;
  readonly #standing = new Map<string, { readonly told: Told; readonly text: string; readonly since: string }>();

  constructor(report: (event: Event) => void, now: Now) {
    this.#report = report;
    this.#now = now;
  }

  /** It is so now. Said again in the same way, it is not told. */
  set(told: Told): void {
    const key = `${told.condition} ${told.environment}`;
    const text = textOf(told);
    const had = this.#standing.get(key);
    if (had?.text === text) return;
    // Another reason is no other status.
    const since = told.since ?? had?.since ?? this.#now.date();
    this.#standing.set(key, { told, text, since });
    this.#report({ type: "condition", changes: [], diagnostics: [], ...told, since, generation: this.#now.generation() });
  }

  /** It is not so any more. */
  clear(condition: Condition["condition"], environment: string | null): void {
    if (!this.#standing.delete(`${condition} ${environment}`)) return;
    const good = condition === "Synced";
    this.#report({
      type: "condition",
      condition,
      environment,
      status: good,
      reason: good ? "AsWanted" : "Recovered",
      message: good ? "it is as wanted" : "it is over",
      since: this.#now.date(),
      generation: this.#now.generation(),
      changes: [],
      diagnostics: [],
    });
  }

  /** Clears it for everything but these. */
  clearOthers(condition: Condition["condition"], but: readonly (string | null)[]): void {
    for (const { told } of [...this.#standing.values()])
      if (told.condition === condition && !but.includes(told.environment)) this.clear(condition, told.environment);
  }

  /** Some of what is held back would do to processes what nobody asked for: it is told for each environment, until it is no more. */
  setRisky(held: readonly Change[]): void {
    const risky = new Map<string, Diagnostic[]>();
    for (const { environment, hazard } of held) {
      if (environment === null || hazard === undefined) continue;
      risky.set(environment, [...(risky.get(environment) ?? []), hazard]);
    }
    for (const [environment, diagnostics] of risky) this.set(refused(environment, diagnostics));
    for (const { told } of [...this.#standing.values()])
      if (told.condition === "Degraded" && told.reason === "InUse" && !risky.has(told.environment ?? ""))
        this.clear(told.condition, told.environment);
  }

  has(condition: Condition["condition"], environment: string | null): boolean {
    return this.#standing.has(`${condition} ${environment}`);
  }

  /** What is told of these environments, or of something in them. */
  of(environments: readonly string[]): readonly Told[] {
    const isOne = (name: string | null) => environments.some((one) => name === one || name?.startsWith(`${one}.`) === true);
    return [...this.#standing.values()].map(({ told }) => told).filter(({ environment }) => isOne(environment));
  }

  /** Of whom it is told for that reason. */
  named(condition: Condition["condition"], reason: string): readonly string[] {
    return [...this.#standing.values()].flatMap(({ told }) =>
      told.condition === condition && told.reason === reason ? (told.environment ?? []) : [],
    );
  }

  /** Whether some of these changes have not been told in the same words. */
  isNews(changes: readonly Change[]): boolean {
    const known = new Set([...this.#standing.values()].flatMap(({ told }) => (told.changes ?? []).map(nameOf)));
    return changes.some((change) => !known.has(nameOf(change)));
  }
}

// How long something takes to be tried again is in the message, and makes no news.
function textOf({ reason, changes = [], diagnostics = [], since = "" }: Told): string {
  return JSON.stringify([reason, since, changes.map(nameOf), diagnostics.map(({ code, message, at }) => [code, message, at])]);
}

function nameOf({ action, address, differences }: Change): string {
  return JSON.stringify([action, address, differences.map(({ field, want, have }) => [field, want, have])]);
}

/** The manifest's files are broken; what they said before holds on. */
export function invalid(diagnostics: readonly Diagnostic[]): Told {
  const message = "the manifest cannot be used; what it said before holds on";
  return { condition: "ManifestInvalid", environment: null, status: true, reason: "Invalid", message, diagnostics };
}

/** Why an environment is not as wanted. */
export type Unsynced = keyof typeof unsyncedMessages;

const unsyncedMessages = {
  Edited: "the manifest wants it otherwise",
  Drifted: "it is not as it was applied",
  RepairOff: "it is not as wanted, and nothing is repaired",
  Refused: "what is left to do could end processes",
  NeedsRestart: "it takes a restart, which is done with -y, or by apply",
  Protected: "it takes what its lifecycle forbids, which is left; cloister apply --force-protected does it",
  Warned: "it is not as it was applied, and its drift policy is to warn",
  InUse: "a mount that is to go is in use, which is awaited; apply --lazy detaches it all the same",
  KeepsBreaking: "it keeps breaking and is left alone for a while",
} as const;

/** An environment is not as wanted. */
export function unsynced(
  environment: string,
  { reason, changes, diagnostics = [] }: Pick<Told, "diagnostics"> & { readonly reason: Unsynced; readonly changes: readonly Change[] },
): Told {
  const holders = reason === "InUse" ? changes.flatMap(({ blocked }) => blocked?.holders ?? []) : [];
  const by = holders.length === 0 ? "" : `: ${holdersInWords(holders)}`;
  return { condition: "Synced", environment, status: false, reason, message: `${unsyncedMessages[reason]}${by}`, changes, diagnostics };
}

/** What was to be done failed. */
export function degraded(
  environment: string,
  { diagnostics, retryMs }: { readonly diagnostics: readonly Diagnostic[]; readonly retryMs: number },
): Told {
  const message = `it could not be changed; the next try is in ${retryMs / 1000} s`;
  return { condition: "Degraded", environment, status: true, reason: "StepFailed", message, diagnostics };
}

function refused(environment: string, diagnostics: readonly Diagnostic[]): Told {
  const message = "a change that could end processes is left until it could not, or apply is told to do it";
  return { condition: "Degraded", environment, status: true, reason: "InUse", message, diagnostics };
}

/** An address was repaired too often. */
export function flapping(address: string, pauseMs: number): Told {
  const message = `it was repaired 3 times within a minute and is left alone for ${pauseMs / 1000} s: something else keeps changing it`;
  return { condition: "Flapping", environment: address, status: true, reason: "KeepsBreaking", message };
}

/** Somebody wishes that an environment is left alone. */
export function paused(pause: Pause): Told {
  const { environment, since } = pause;
  return { condition: "Paused", environment, status: true, reason: "Asked", message: pauseMessage(pause), since };
}
