import { setTimeout as delay } from "node:timers/promises";
import type { Fact } from "../model/fact.ts";
import type { Use } from "../model/holder.ts";
import type { LookingHost } from "../model/host.ts";
import type { Plan } from "../model/plan.ts";
import type { Uses } from "../plan/busy.ts";
import { unmountedBy, withBlocked, withLazyUnmounts } from "../plan/busy.ts";
import type { Target } from "../plan/plan-request.ts";

/** A plan, with what it was made from. */
interface Made {
  readonly plan: Plan;
  readonly targets: readonly Target[];
}

/** How often is looked at those that were there: whoever only opens and closes files is not there each time, and the unmount finds a moment between. */
const looks = 20;
const betweenMs = 2;

/** The plan, in which each change that would unmount what is in use names who uses it; where `lazy`, it is detached all the same. Looks at processes only where something is unmounted. */
export async function withHolders(host: Pick<LookingHost, "collect">, { plan, targets }: Made, lazy: boolean): Promise<Plan> {
  const asked = targets
    .map((target) => ({ target, paths: pathsOf(plan, target) }))
    .filter(({ target, paths }) => target.scope.keeper !== null && paths.length > 0);
  if (asked.length === 0) return plan;
  if (lazy) return withLazyUnmounts(plan);
  let seen: Seen | null = null;
  for (let look = 0; look < looks; look++) {
    if (look > 0) await delay(betweenMs);
    seen = staying(seen, lookAt(host, asked, seen));
    if ([...seen.values()].every((uses) => uses.length === 0)) return plan;
  }
  const uses: Uses = (environment, path) => seen?.get(`${environment} ${path}`) ?? [];
  return withBlocked(plan, uses);
}

function pathsOf({ groups }: Plan, { scope }: Target): readonly string[] {
  const changes = groups.find(({ name }) => name === scope.name)?.changes ?? [];
  return [...new Set(changes.flatMap(unmountedBy))];
}

interface Asked {
  readonly target: Target;
  readonly paths: readonly string[];
}

type Seen = ReadonlyMap<string, readonly Use[]>;

/** At every process that comes into question, and then at those only that were there. */
function lookAt(host: Pick<LookingHost, "collect">, asked: readonly Asked[], before: Seen | null): Seen {
  const uses = asked.flatMap(({ target: { scope }, paths }) => {
    const pids =
      before === null ? null : new Set(paths.flatMap((path) => (before.get(`${scope.name} ${path}`) ?? []).map(({ pid }) => pid)));
    const family = pids === null ? "holders" : `holders:${[...pids].join(",")}`;
    const facts = host.collect(
      scope,
      paths.map((path) => `${family}/${path}`),
    );
    return paths.map((path) => [`${scope.name} ${path}`, parseUses(facts.get(`${family}/${path}`))] as const);
  });
  return new Map(uses);
}

function parseUses(fact: Fact | undefined): readonly Use[] {
  return fact !== undefined && "text" in fact ? JSON.parse(fact.text) : [];
}

/** What is used now, by those that used it before as well. */
function staying(before: Seen | null, now: Seen): Seen {
  if (before === null) return now;
  return new Map([...now].map(([key, uses]) => [key, uses.filter(({ pid }) => before.get(key)?.some((one) => one.pid === pid) === true)]));
}
