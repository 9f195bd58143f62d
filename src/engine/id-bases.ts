import { CloisterError } from "../model/diagnostic.ts";
import type { Environment } from "../model/environment.ts";
import { fnv1a } from "../model/fnv.ts";
import type { LookingHost } from "../model/host.ts";
import type { Keeper } from "../model/resource.ts";

/** Gives environments their ranges of ids. */
export interface Allocator {
  /** The first id outside. */
  baseOf(request: { readonly environment: Environment | null; readonly keeper: Keeper | null; readonly uppers: string }): number;
}

const firstBase = 0x70000000;
/** The one after it is for builds of layers (src/resources/rootfs-layer.ts). */
const lastBase = 0x7ffc0000;
const rangeSize = 65536;

/**
 * Ranges of ids: what runs keeps its own, what has an upper keeps that one's owner, anything new gets the first that nobody has, from a place on that
 * its uppers' path decides: what one project has kept of an environment that was ended is seldom what another project would take next.
 */
export function allocator(host: LookingHost): Allocator {
  let taken: Set<number> | null = null;
  const given = new Map<string, number>();
  const free = (uppers: string): number => {
    taken ??= new Set(host.takenRanges());
    const count = (lastBase - firstBase) / rangeSize + 1;
    for (let index = 0; index < count; index += 1) {
      const base = firstBase + ((fnv1a(uppers) + index) % count) * rangeSize;
      if (taken.has(base)) continue;
      taken.add(base);
      return base;
    }
    throw new CloisterError({
      code: "engine/step-failed",
      severity: "error",
      message: "all id ranges from 0x70000000 on are taken",
      hint: "destroy environments that are not needed, with --volumes",
    });
  };
  return {
    baseOf({ environment, keeper, uppers }) {
      if (environment?.users.mode === "host") return 0;
      if (environment?.users.mode === "map") return environment.users.uid_mappings.find(({ inside }) => inside === 0)?.outside ?? 0;
      const own = keeper !== null && keeper.base >= firstBase && keeper.base <= lastBase ? keeper.base : null;
      const known = own ?? given.get(uppers) ?? host.upperOwner(uppers);
      const base = known ?? (environment === null ? 0 : free(uppers));
      given.set(uppers, base);
      return base;
    },
  };
}
