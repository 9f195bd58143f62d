import { child, within } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { Environment } from "../model/environment.ts";
import type { PlanRequest } from "../plan/plan-request.ts";
import { fieldDifferences, isRecord } from "./generation.ts";

/** One environment that was changed, but for what was held back. */
export interface PartlyApplied {
  readonly name: string;
  /** As it was last applied, and as the manifest wants it. */
  readonly last: Environment;
  readonly wanted: Environment;
  readonly held: readonly Change[];
}

/**
 * What is applied of an environment now: as the manifest wants it, but for the fields that ask for what was held back, which are as they were last
 * applied. Null where that cannot be told: all of it was held back, or something that no edited field asks for.
 */
export function partlyApplied<Shared>(
  resources: PlanRequest<Shared>["resources"],
  { name, last, wanted, held }: PartlyApplied,
): Environment | null {
  if (held.some(({ address }) => address === name)) return null;
  const deciders = new Map(resources({ visit: ({ name: kind, decidedBy = [] }) => [kind, decidedBy] as const }));
  const asks = (field: string, { address, resource }: Change) =>
    within(address, field) || within(field, address) || (deciders.get(resource) ?? []).some((one) => within(`${name}.${one}`, field));
  const edited = fieldDifferences(last, wanted, name).map(({ address }) => address);
  if (!held.every((change) => edited.some((field) => asks(field, change)))) return null;
  const undone = new Set(edited.filter((field) => held.some((change) => asks(field, change))));
  const applied: Environment = JSON.parse(JSON.stringify(mixed({ last, wanted }, name, undone)));
  return applied;
}

/** As wanted, but for the addresses in `undone`, in the smallest parts that have addresses. */
function mixed(
  { last, wanted }: { readonly last: unknown; readonly wanted: unknown },
  address: string,
  undone: ReadonlySet<string>,
): unknown {
  if (undone.has(address)) return last;
  if (!isRecord(last) || !isRecord(wanted)) return wanted;
  const keys = [...new Set([...Object.keys(wanted), ...Object.keys(last)])];
  return Object.fromEntries(keys.map((key) => [key, mixed({ last: last[key], wanted: wanted[key] }, child(address, key), undone)]));
}
