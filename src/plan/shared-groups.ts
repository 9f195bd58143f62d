import type { Address } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { Facts } from "../model/fact.ts";
import type { Group } from "../model/plan.ts";
import type { SharedResource } from "../model/resource.ts";
import type { Ordered } from "./order.ts";
import type { PlanRequest, Target } from "./plan-request.ts";

interface SharedNeed<Shared> {
  readonly address: string;
  readonly key: string;
  readonly want: Shared;
  readonly resource: SharedResource<Shared>;
  readonly facts: Facts;
  /** What it is made from, of what is not there. */
  readonly needs: readonly Address[];
}

/** What of the things that are shared an environment needs and is not there, or all that it needs, where `refresh`. */
export function sharedOf<Shared>(request: PlanRequest<Shared>, { scope, facts }: Target, refresh = false): readonly SharedNeed<Shared>[] {
  const { environment } = scope;
  if (environment === null || request.destroy.has(scope.name)) return [];
  return request.shared.flatMap((resource) => {
    const missing = resource.want(environment, facts).filter(({ key, want }) => refresh || !resource.have(key, want, facts));
    const addresses = missing.map(({ key, want }) => resource.address(key, want));
    return missing.map(({ key, want }, index) => {
      const address = resource.address(key, want);
      return { address, key, want, resource, facts, needs: addresses.slice(0, index) };
    });
  });
}

/** One group for each shared thing that is not there, whichever environments need it. */
export function sharedGroups<Shared>(
  request: PlanRequest<Shared>,
  starting: ReadonlySet<string>,
  refresh = false,
): readonly (Group & Ordered)[] {
  const groups = new Map<string, Group & Ordered>();
  for (const target of request.targets) {
    if (!starting.has(target.scope.name)) continue;
    const { places, machine } = target.scope;
    for (const { address, key, want, resource, facts, needs } of sharedOf(request, target, refresh)) {
      if (groups.has(address)) continue;
      const because = target.origins.get(`${target.scope.name}.rootfs`);
      const change: Change = {
        address,
        environment: null,
        resource: resource.name,
        action: "create",
        description: resource.describe(want),
        differences: [],
        liveUpdate: "rebuild",
        pids: [],
        steps: resource.create({ key, address, want, facts, places, machine, building: new Set(needs) }),
        ...(because === undefined ? {} : { because }),
      };
      groups.set(address, { name: address, address, changes: [change], needs, after: needs });
    }
  }
  return [...groups.values()];
}
