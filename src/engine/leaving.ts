import type { Address } from "../model/address.ts";
import { fieldAddress } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { Judged, Ruling } from "../model/drift-rules.ts";
import { leavesDrift, rulingOf } from "../model/drift-rules.ts";
import type { Environment } from "../model/environment.ts";
import type { Left } from "../model/plan.ts";
import { differencesOf } from "../plan/plan.ts";
import type { PlanRequest, Target } from "../plan/plan-request.ts";

/** Which drift is to be left as it is. */
export interface Leaving {
  /** Addresses that are ignored in this run, whatever the manifest says. */
  readonly ignore: readonly Address[];
  /**
   * Nobody is there who asked for it. Then what is only to be told is left too, what may have drifted (it is not known what was applied), and an
   * environment that was ended; for somebody who asks for an apply, a start is what he asks for.
   */
  readonly unattended: boolean;
}

/** The drift of environments that run which is to be left as it is. What an edit of the manifest asks for as well is none: it is applied all the same. */
export function leftIn<Shared>(
  { targets, resources, destroy }: Pick<PlanRequest<Shared>, "targets" | "resources" | "destroy">,
  last: ReadonlyMap<string, Environment> | null,
  { ignore, unattended }: Leaving,
): readonly Left[] {
  return targets.flatMap((target) => {
    const { environment, keeper, name } = target.scope;
    if (environment === null || keeper?.assembled !== true || destroy.has(name)) return [];
    if (!leavesDrift(environment.drift) && ignore.length === 0) return [];
    const known = last?.has(name) === true;
    if (!known && !unattended) return [];
    const wanted = differencesOf(resources, target).map(({ change }) => change);
    const drifted = target.applied === undefined ? null : namesOf(differencesOf(resources, target.applied).map(({ change }) => change));
    return wanted.flatMap((change): readonly Left[] => {
      if (known && drifted?.has(nameOf(change)) === false) return [];
      const ruling = rulingOfChange(environment, change, ignore);
      const left = ruling.policy === "ignore" || (unattended && ruling.policy === "warn");
      return left ? [{ change: { ...change, origin: known ? "drift" : "unknown" }, ...ruling }] : [];
    });
  });
}

/** What holds of an environment that was ended, where nobody asks for it to be started. */
export function rulingOfEnd({ scope }: Target, { ignore, unattended }: Leaving): Ruling | null {
  const { environment, keeper } = scope;
  if (!unattended || environment === null || keeper !== null) return null;
  const ruling = rulingOf(environment, environment.name, ignore);
  return ruling.policy === "repair" ? null : ruling;
}

const strictness = { repair: 2, warn: 1, ignore: 0 } as const;

/** What is one change is left only where each difference in it is. */
function rulingOfChange(environment: Judged, { address, differences }: Change, ignore: readonly Address[]): Ruling {
  const addresses = differences.length === 0 ? [address] : differences.map(({ field }) => fieldAddress(address, field));
  const rulings = addresses.map((one) => rulingOf(environment, one, ignore));
  return rulings.reduce((strictest, ruling) => (strictness[ruling.policy] > strictness[strictest.policy] ? ruling : strictest));
}

function namesOf(changes: readonly Change[]): ReadonlySet<string> {
  return new Set(changes.map(nameOf));
}

// Also what would be done about it: an edit shows there where it does not show in words.
function nameOf({ action, address, description, differences, steps }: Change): string {
  return JSON.stringify([action, address, description, differences, steps]);
}
