import type { Address } from "../model/address.ts";
import { fieldAddress } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { Drift, DriftFinding } from "../model/drift.ts";
import { rulingOf } from "../model/drift-rules.ts";
import type { Environment } from "../model/environment.ts";
import type { LookingHost } from "../model/host.ts";
import type { Scope } from "../model/resource.ts";
import { differencesOf } from "../plan/plan.ts";
import type { Target } from "../plan/plan-request.ts";
import type { Kinds } from "./kinds.ts";
import { observe } from "./observe.ts";
import type { Last } from "./origin.ts";
import { pendingOf } from "./origin.ts";
import type { Subject } from "./subject.ts";
import { lastAsNamed } from "./subject.ts";

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
  const findings = targets.flatMap((target) => {
    const { environment } = target.scope;
    return findingsOf(kinds, target, last).map((finding) => ({ ...finding, ...judged(environment, finding.address, subject.ignore) }));
  });
  return {
    basis: last === null ? "manifest" : "generation",
    findings,
    pending: targets.flatMap((target) => pendingOf(target, last)),
  };
}

function judged(
  environment: Environment | null,
  address: Address,
  ignore: readonly Address[],
): Pick<DriftFinding, "ignored" | "ignoredBy"> {
  const ruling = environment === null ? null : rulingOf(environment, address, ignore);
  return ruling?.policy === "ignore" ? { ignored: true, ignoredBy: ruling.by } : { ignored: false, ignoredBy: null };
}

type Seen = Omit<DriftFinding, "ignored" | "ignoredBy">;

function findingsOf<Shared>(kinds: Kinds<Shared>, target: Target, last: Last): readonly Seen[] {
  const { scope } = target;
  const { keeper, environment, project, name } = scope;
  const known = last?.has(name) === true;
  // What was never applied is not missing.
  if (environment === null || (keeper === null && last !== null && !known)) return [];
  const about = { environment: name, address: name, wanted: "running" };
  if (keeper === null)
    return [{ ...about, found: "not running", evidence: `no first process in a control group cloister/${project}/${name}-*` }];
  if (keeper.failed !== undefined)
    return [{ ...about, found: "a failed start that was kept", evidence: `pid ${keeper.pid} has a control group "failed" beside it` }];
  if (!keeper.assembled)
    return [{ ...about, found: "an unfinished start", evidence: `pid ${keeper.pid} is no reaper on a root of its own` }];
  const wanted = differencesOf(kinds.resources, target);
  const open = new Set(wanted.map(({ address }) => address));
  // What the kernel has as the manifest wants it is none: an apply that was cut made it.
  const drifted =
    known && target.applied !== undefined
      ? differencesOf(kinds.resources, target.applied).filter(({ address }) => open.has(address))
      : wanted;
  const places = placesSeen(kinds, scope);
  return drifted.flatMap(({ change, absence }) => describe(change, absence ?? nothingIn(places.get(change.resource), keeper.pid)));
}

function nothingIn(place: string | undefined, pid: number): string | null {
  return place === undefined ? null : `nothing of it in ${place.replace("/PID/", `/${pid}/`)}`;
}

function describe({ address, environment, action, description, differences }: Change, absence: string | null): readonly Seen[] {
  const about = { environment: environment ?? address };
  if (differences.length > 0) {
    return differences.map(({ field, want, have, evidence }) => ({
      ...{ ...about, address: fieldAddress(address, field) },
      ...{ wanted: want, found: have, evidence: evidence ?? null },
    }));
  }
  if (action === "destroy") return [{ ...about, address, wanted: "nothing", found: description, evidence: null }];
  return [{ ...about, address, wanted: description, found: "nothing", evidence: absence }];
}

/** Where the kernel shows each kind of thing, by the facts that it asks for first. */
function placesSeen<Shared>(kinds: Kinds<Shared>, scope: Scope): ReadonlyMap<string, string> {
  const places = kinds.resources({
    visit: (resource): readonly (readonly [string, string])[] => {
      const fact = resource.facts(scope).find((name) => name.startsWith("keeper/"));
      return fact === undefined ? [] : [[resource.name, fact.replace("keeper/", "/proc/PID/")]];
    },
  });
  return new Map(places.flat());
}
