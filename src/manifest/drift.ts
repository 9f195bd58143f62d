import { child, keysOf } from "../model/address.ts";
import type { DriftRules } from "../model/drift-rules.ts";
import type { Environment as WrittenEnvironment } from "../model/manifest.gen.ts";
import { didYouMean } from "../model/nearest-name.ts";
import type { Reading } from "./reading.ts";
import { keysIn, schemaAt } from "./schema-at.ts";
import { quoted } from "./shown.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";

/** What the manifest says of drift; its addresses stay as they are written. */
export function readDrift(reading: Reading, written: WrittenEnvironment["drift"] = {}): DriftRules {
  const at = inside(reading.at, "drift");
  const ignore = (written.ignore ?? []).filter((text, index) => checkAddress(reading, inside(inside(at, "ignore"), index), text));
  const policies = Object.entries(written.policies ?? {}).filter(([text]) =>
    checkAddress(reading, inside(inside(at, "policies"), text), text),
  );
  return { policy: written.policy ?? "repair", ignore: [...new Set(ignore)].sort(), policies: Object.fromEntries(policies) };
}

function checkAddress({ name, findings }: Reading, at: Pointer, text: string): boolean {
  if (findings.marked(at)) return false;
  const fault = faultOf(name, text);
  if (fault === null) return true;
  findings.report({ code: "manifest/bad-address", at, on: "key", ...fault });
  return false;
}

/** Why something can be no address, or none of anything that an environment has. */
export interface AddressFault {
  readonly message: string;
  readonly hint?: string;
}

/** Why a text, with or without the environment's name before it, is the address of nothing that drifts in it; null where it may be. */
export function faultOf(environment: string, text: string): AddressFault | null {
  const keys = keysOf(text);
  if (keys === null)
    return { message: `${quoted(text)} is no address`, hint: 'write it as plan and drift show it: hostname, mounts["/tmp"].size' };
  return addressFault(keys[0] === environment ? keys.slice(1) : keys);
}

/** What drifts and is not a key of the manifest. */
const seenOnly = ["devices", "cgroups"];
/** Keys that nothing in the kernel can differ from. */
const saidOnly = ["description", "labels", "extends", "profiles", "unsafe", "drift", "lifecycle", "moved_from"];
/** Keys whose drift is seen at another address. */
const elsewhere: Readonly<Record<string, string>> = {
  ...{
    command: "processes.main",
    environment: "processes",
    working_dir: "processes",
    user: "processes",
    env_file: "processes",
  },
  ...{ overlay: "rootfs", read_only: "rootfs", users: "namespaces", time_offsets: "namespaces" },
};

/** Of keys inside an environment; none are the environment itself. */
function addressFault(keys: readonly string[]): AddressFault | null {
  const [first, second] = keys;
  if (first === undefined) return null;
  const written = keysIn(schemaAt("/environments/x"));
  const known = [...written.filter((key) => !saidOnly.includes(key) && !Object.hasOwn(elsewhere, key)), ...seenOnly];
  const other = Object.hasOwn(elsewhere, first) ? elsewhere[first] : undefined;
  if (other !== undefined) return { message: `${quoted(first)} is part of ${other}`, hint: `write "${other}"` };
  if (!known.includes(first)) return unknown(first, "an environment", known);
  if ((first === "mounts" || first === "devices") && second !== undefined && !second.startsWith("/")) {
    return { message: `${quoted(second)} is no path inside`, hint: `write ${child(first, `/${second}`)}` };
  }
  return first === "resources" ? unknownInside(keys) : null;
}

// Whatever has names of its own, and is a number: the schema knows all of them.
function unknownInside(keys: readonly string[]): AddressFault | null {
  let at: Pointer = "/environments/x";
  for (const [index, key] of keys.entries()) {
    const known = keysIn(schemaAt(at));
    if (known.length === 0) return null;
    if (!known.includes(key)) return unknown(key, keys.slice(0, index).reduce(child, ""), known);
    at = inside(at, key);
  }
  return null;
}

function unknown(key: string, where: string, known: readonly string[]): AddressFault {
  const hint = didYouMean(key, known) ?? `there are ${known.join(", ")}`;
  return { message: `nothing at ${quoted(key)} in ${where} can drift`, hint };
}
