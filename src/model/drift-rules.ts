import type { Address } from "./address.ts";
import { child, keysOf, within } from "./address.ts";

/** What becomes of drift: put back, told and left, or left and only listed. */
export type DriftPolicy = "repair" | "warn" | "ignore";

/** What an environment's manifest says of drift. Addresses are as they are written: with the environment's name before them, or without. */
export interface DriftRules {
  readonly policy: DriftPolicy;
  readonly ignore: readonly Address[];
  readonly policies: Readonly<Record<Address, DriftPolicy>>;
}

/** Why something is left as it is: asked for by a flag, by the list `ignore`, or by a policy. */
export type LeftBy = "flag" | "list" | "policy";

/** What holds of an address, and what says so. */
export interface Ruling {
  readonly policy: DriftPolicy;
  readonly by: LeftBy;
}

/** An environment, as far as its drift is judged. */
export interface Judged {
  readonly name: string;
  readonly drift: DriftRules;
}

/** What holds of the drift at an address: the longest address that fits decides, of two that are the same the list. `flags`: to be ignored in this run. */
export function rulingOf({ name, drift }: Judged, address: Address, flags: readonly Address[] = []): Ruling {
  if (flags.some((prefix) => within(prefix, address))) return { policy: "ignore", by: "flag" };
  let longest = 0;
  let ruling: Ruling = { policy: drift.policy, by: "policy" };
  const consider = (written: Address, own: Ruling) => {
    const prefix = absolute(name, written);
    if (prefix.length < longest || !within(prefix, address)) return;
    longest = prefix.length;
    ruling = own;
  };
  for (const [prefix, policy] of Object.entries(drift.policies)) consider(prefix, { policy, by: "policy" });
  for (const prefix of drift.ignore) consider(prefix, { policy: "ignore", by: "list" });
  return ruling;
}

/** Whether these rules leave anything as it is. */
export function leavesDrift({ policy, ignore, policies }: DriftRules): boolean {
  return policy !== "repair" || ignore.length > 0 || Object.values(policies).some((own) => own !== "repair");
}

/** In the one form, with the environment's name before it. */
function absolute(name: string, written: Address): Address {
  const keys = keysOf(written) ?? [written];
  return (keys[0] === name ? keys.slice(1) : keys).reduce(child, name);
}
