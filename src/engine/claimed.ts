import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../model/clock.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Host } from "../model/host.ts";
import type { Planned } from "./planned.ts";

/** Time for what a killed run had begun to end by itself; until then it has the ids that are wanted, in ms. */
const endingMs = 2_000;

/**
 * Makes a plan and claims the id ranges that it gives to environments which are to start, again and again until no other run has claimed one of them.
 * Throws `engine/range-taken` where an overlay's files belong to a range that another run is giving away.
 */
export async function claimed(
  { host }: { readonly host: Pick<Host, "claimRange" | "upperOwner"> },
  make: () => Promise<Planned>,
  patienceMs = endingMs,
): Promise<Planned> {
  for (const until = monotonicMs() + patienceMs; ; ) {
    const planned = await make();
    const starting = new Set(
      planned.plan.groups
        .filter(({ changes }) => changes.some(({ steps }) => steps.some(({ type }) => type === "hold")))
        .map(({ name }) => name),
    );
    const fresh = planned.targets
      .map(({ scope }) => scope)
      .filter(({ name, keeper, environment }) => starting.has(name) && keeper === null && environment?.users.mode === "auto");
    const refused = fresh.filter(({ base }) => !host.claimRange(base));
    if (refused.length === 0) return planned;
    const bound = refused.find(({ base, places }) => host.upperOwner(places.uppers) === base);
    if (bound === undefined) continue;
    if (monotonicMs() < until) {
      await delay(20);
      continue;
    }
    throw new CloisterError({
      code: "engine/range-taken",
      severity: "error",
      message: `${bound.name}: the ids from ${bound.base} on, to which its overlay's files belong, are in use by another environment`,
      hint: "end that one first, or start anew: cloister destroy --volumes",
    });
  }
}
