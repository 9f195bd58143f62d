import { within } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { LookingHost } from "../model/host.ts";
import type { Plan } from "../model/plan.ts";
import type { PlanRequest, Target } from "../plan/plan.ts";
import type { Kinds } from "./kinds.ts";
import type { Subject } from "./observe.ts";
import { lastAsNamed, observe } from "./observe.ts";
import type { Last } from "./origin.ts";
import { comparePlan } from "./origin.ts";

/** One thing that the kernel does not have as it was applied. Values are as they are shown to people; all of them untrusted text. */
export interface Finding {
  readonly address: string;
  readonly environment: string;
  readonly wanted: string;
  readonly found: string;
  /** The kernel's line, or where nothing of it was found; null where the address says it all. */
  readonly evidence: string | null;
  /** Asked not to be counted. */
  readonly ignored: boolean;
}

/** How a project stands against what was last applied. */
export interface Drift {
  /** Whether it was compared with what was applied; else that is not known, and the manifest stood in. */
  readonly basis: "generation" | "manifest";
  readonly findings: readonly Finding[];
  /** Addresses that the manifest says otherwise than what was applied: no drift. */
  readonly pending: readonly string[];
}

/** What looking for drift works with: nothing in it can change anything. */
export interface Looking<Shared> {
  readonly host: LookingHost;
  readonly kinds: Kinds<Shared>;
}

/** What is looked at, and which addresses are not to count. */
export interface DriftRequest extends Subject {
  readonly ignore: readonly string[];
}

/** last x have of a project. Reads only. */
export async function findDrift<Shared>({ host, kinds }: Looking<Shared>, subject: DriftRequest): Promise<Drift> {
  const targets = await observe(host, kinds, subject);
  const last = lastAsNamed(subject.last, targets);
  const request: PlanRequest<Shared> = {
    ...{ project: subject.project, targets, resources: kinds.resources, shared: kinds.shared },
    ...{ destroy: new Set(), prune: false, volumes: false, keptSteps: () => [], recordSteps: () => [], warnings: [] },
  };
  const { plan, drift } = comparePlan(request, last);
  const places = placesSeen(kinds, targets);
  const findings = targets.flatMap((target) => {
    const changes = leftOf(target, { plan, drift, last });
    return findingsOf(target, changes, places).map((finding) => ({
      ...finding,
      ignored: subject.ignore.some((prefix) => within(prefix, finding.address)),
    }));
  });
  return {
    basis: last === null ? "manifest" : "generation",
    findings,
    pending: plan.environments.flatMap(({ pending }) => pending),
  };
}

interface Sides {
  readonly plan: Plan;
  readonly drift: Plan;
  readonly last: Last;
}

/** The changes that would bring back what was applied. What the kernel has as the manifest wants it is none: an apply that was cut made it. */
function leftOf({ scope }: Target, { plan, drift, last }: Sides): readonly Change[] {
  const of = (side: Plan) => side.groups.find(({ name }) => name === scope.name)?.changes ?? [];
  if (scope.environment === null) return [];
  if (last === null) return of(plan);
  if (!last.has(scope.name)) return scope.keeper === null ? [] : of(plan);
  const open = new Set(of(plan).map(({ address }) => address));
  const anew = open.has(scope.name);
  return of(drift).filter(({ address }) => anew || open.has(address));
}

type Seen = Omit<Finding, "ignored">;

function findingsOf({ scope }: Target, changes: readonly Change[], places: ReadonlyMap<string, string>): readonly Seen[] {
  if (changes.length === 0) return [];
  const about = { environment: scope.name, address: scope.name, wanted: "running" };
  if (scope.keeper === null)
    return [{ ...about, found: "not running", evidence: `no first process in a control group cloister/${scope.project}/${scope.name}-*` }];
  const { pid } = scope.keeper;
  if (!scope.keeper.assembled)
    return [{ ...about, found: "an unfinished start", evidence: `pid ${pid} is no reaper on a root of its own` }];
  // What is made anew is listed with every part of it; only what forces that was found.
  const forcing = changes.find(({ address }) => address === scope.name);
  return (forcing === undefined ? changes : [forcing]).flatMap((change) => describe(change, { pid, place: places.get(change.resource) }));
}

interface Source {
  readonly pid: number;
  readonly place: string | undefined;
}

function describe({ address, action, description, differences }: Change, { pid, place }: Source): readonly Seen[] {
  const environment = address.split(/[.[]/)[0] ?? address;
  if (differences.length > 0) {
    return differences.map(({ field, want, have, evidence }) => ({
      address: field === "" ? address : `${address}${field.startsWith("[") ? "" : "."}${field}`,
      ...{ environment, wanted: want, found: have, evidence: evidence ?? null },
    }));
  }
  const at = place?.replace("/PID/", `/${pid}/`);
  if (action === "destroy") return [{ address, environment, wanted: "nothing", found: description, evidence: at ?? null }];
  return [{ address, environment, wanted: description, found: "nothing", evidence: at === undefined ? null : `nothing of it in ${at}` }];
}

/** Where the kernel shows each kind of thing, by the facts that it asks for first. */
function placesSeen<Shared>(kinds: Kinds<Shared>, targets: readonly Target[]): ReadonlyMap<string, string> {
  const scope = targets.find((target) => target.scope.keeper !== null)?.scope;
  if (scope === undefined) return new Map();
  const places = kinds.resources({
    visit: (resource): readonly (readonly [string, string])[] => {
      const fact = resource.facts(scope).find((name) => name.startsWith("keeper/"));
      return fact === undefined ? [] : [[resource.name, fact.replace("keeper/", "/proc/PID/")]];
    },
  });
  return new Map(places.flat());
}
