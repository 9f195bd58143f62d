import { faultOf } from "../manifest/drift.ts";
import { keysOf } from "../model/address.ts";
import { environmentsBefore } from "../model/dependency.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import { didYouMean, nearestName } from "../model/nearest-name.ts";
import type { Guard } from "../plan/protect.ts";
import type { Flag } from "./flag.ts";
import type { Operand, Verb } from "./verb.ts";

/** The operand of verbs that work on environments: all of them where none is named. */
export const environmentsOperand: Operand = {
  spelling: "[ENVIRONMENT...]",
  description: "the environments; all of the manifest where none is named",
};
/** The operand of verbs that work on one environment. */
export const environmentOperand: Operand = { spelling: "ENVIRONMENT", description: "the environment" };

/** The flag of verbs that may end what is not in the manifest. */
export const pruneFlag: Flag = { spelling: "--prune", description: "end environments that run and are no longer in the manifest" };

/** The flag of verbs that may leave what takes a restart. */
export const noRestartFlag: Flag = {
  spelling: "--no-restart",
  description: "leave whatever would recreate an environment or end its process; apply ends with 5 where something is left",
};
/** The flag of verbs that may end what a lifecycle protects. */
export const forceProtectedFlag: Flag = {
  spelling: "--force-protected NAME",
  description: "let through what the lifecycle of this environment forbids",
  repeatable: true,
};

/** The flag of verbs that may build only what a lock says. */
export const lockedFlag: Flag = {
  spelling: "--locked",
  description:
    "end with 2 before anything is done where cloister.lock does not describe a root (without it such a root is of what the mirror has)",
};

/** The flag of verbs that may fetch packages. */
export const offlineFlag: Flag = { spelling: "--offline", description: "fetch nothing: what is not kept in the store is missing" };

/** The flag of verbs that look at drift. */
export const ignoreFlag: Flag = {
  spelling: "--ignore ADDRESS",
  description: "ignore drift at this address or inside it, this time",
  repeatable: true,
};

/** These addresses; throws `usage/invalid-value` for what is the address of nothing in the environments. */
export function checkIgnored(addresses: readonly string[], known: () => readonly string[]): readonly string[] {
  const names = addresses.length === 0 ? [] : known();
  for (const address of addresses) {
    const [name] = keysOf(address) ?? [];
    const fault = name === undefined || names.includes(name) ? faultOf(name ?? "", address) : noSuchEnvironment(name, names);
    if (fault === null) continue;
    throw new CloisterError({ code: "usage/invalid-value", severity: "error", ...fault, message: `--ignore: ${fault.message}` });
  }
  return addresses;
}

function noSuchEnvironment(name: string, names: readonly string[]): { readonly message: string; readonly hint: string } {
  const hint = didYouMean(name, names) ?? `it begins with an environment's name: ${names.join(", ") || "there are none"}`;
  return { message: `there is no environment "${name}"`, hint };
}

/** The flag of verbs that may unmount what is in use. */
export const lazyFlag: Flag = {
  spelling: "--lazy",
  description: "detach mounts that are in use instead of leaving them as they are; processes keep what they have open",
};

/** The flag of verbs that may lower a limit of memory below what is in use. */
export const allowOomFlag: Flag = {
  spelling: "--allow-oom",
  description: "lower a limit of memory below what is in use too, even if processes are ended for want of memory",
};

/** Throws `usage/missing-operand` or `usage/too-many-operands`. */
export function checkOperands(verb: Verb, given: readonly string[]): void {
  const needed = verb.operands.filter(({ spelling }) => !spelling.startsWith("["));
  const missing = needed[given.length];
  if (missing !== undefined) {
    throw new CloisterError({
      code: "usage/missing-operand",
      severity: "error",
      message: `${verb.name} needs ${missing.spelling.replace("...", "")}: ${missing.description}`,
      hint: `usage: ${usageLine(verb)}`,
    });
  }
  const most = verb.operands.some(({ spelling }) => spelling.includes("...")) ? Infinity : verb.operands.length;
  const extra = given[most];
  if (extra === undefined) return;
  throw new CloisterError({
    code: "usage/too-many-operands",
    severity: "error",
    message: `${verb.name} does not know what to do with "${extra}"`,
    hint: `usage: ${usageLine(verb)}`,
  });
}

/** `cloister exec [FLAGS] ENVIRONMENT COMMAND...` */
export function usageLine(verb: Verb): string {
  return ["cloister", verb.name, "[FLAGS]", ...verb.operands.map((operand) => operand.spelling)].join(" ");
}

/**
 * The environments that the operands name, in the order of `known`; all where none is named. `inactive`: the profiles of those that are not there now.
 * Throws `usage/unknown-environment` with all that are not known.
 */
export function selectEnvironments(
  operands: readonly string[],
  known: readonly string[],
  inactive: Manifest["inactive"] = {},
): readonly string[] {
  const unknown = operands.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new CloisterError(
      unknown.map(
        (name) => inactiveEnvironment(name, Object.hasOwn(inactive, name) ? inactive[name] : undefined) ?? unknownEnvironment(name, known),
      ),
    );
  }
  return operands.length === 0 ? known : known.filter((name) => operands.includes(name));
}

/** What protects the environments, but for those that `--force-protected` names. Throws `usage/unknown-environment`. */
export function guardOf({ environments, origins }: Manifest, last: Guard["last"], forced: readonly string[]): Guard {
  if (forced.length > 0) selectEnvironments(forced, [...new Set([...environments.keys(), ...(last?.keys() ?? [])])]);
  // What is to be renamed is protected by what it was applied as.
  const renamed = [...environments].flatMap(([name, { moved_from }]) => {
    const before = moved_from === null || last?.has(name) === true ? undefined : last?.get(moved_from);
    return before === undefined ? [] : [[name, before] as const];
  });
  return { wanted: environments, last: last === null ? null : new Map([...last, ...renamed]), forced: new Set(forced), origins };
}

/** The named environments with those that they need: whose namespaces they join, or on whose processes theirs depend; [] stays [], which is all. */
export function withNeeded(names: readonly string[], known: ReadonlyMap<string, Environment>): readonly string[] {
  const all = new Set(names);
  // What is added while it is gone through is gone through as well.
  for (const name of all) {
    const environment = known.get(name);
    if (environment === undefined) continue;
    const settings = Object.values(environment.namespaces);
    const joined = settings.flatMap((setting) => (setting.startsWith("join:") ? [setting.slice(5)] : []));
    for (const needed of [...joined, ...environmentsBefore(environment)]) all.add(needed);
  }
  return [...all];
}

/** Throws `usage/unknown-environment` where one is named that is in no active profile, whether it runs or not. */
export function refuseInactive(operands: readonly string[], { inactive = {} }: Manifest): void {
  const named = operands.filter((name) => Object.hasOwn(inactive, name));
  if (named.length > 0) selectEnvironments(named, [], inactive);
}

function inactiveEnvironment(name: string, profiles: readonly string[] | undefined) {
  if (profiles === undefined) return null;
  const message = `environment "${name}" is not active: it is in ${profiles.length === 1 ? "profile" : "the profiles"} ${profiles.join(", ")}`;
  return { code: "usage/unknown-environment", severity: "error", message, hint: `make it active: --profile ${profiles[0]}` } as const;
}

function unknownEnvironment(name: string, known: readonly string[]) {
  const message = `the manifest has no environment "${name}"`;
  return { code: "usage/unknown-environment", severity: "error", message, hint: meantBy(name, known) } as const;
}

function meantBy(name: string, known: readonly string[]): string {
  const whole = known.find((one) => name.startsWith(`${one}/`));
  if (whole !== undefined) return `this is about an environment, not about one of its processes: ${whole}`;
  if (name.includes("/") || /\.ya?ml$/.test(name)) return `a manifest is given with --file: --file ${name}`;
  const near = nearestName(name, known);
  const list = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
  return near === null ? list : `did you mean "${near}"? ${list}`;
}
