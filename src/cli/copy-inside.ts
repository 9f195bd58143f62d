import { resolve as absolute, basename } from "node:path";
import { resolve } from "../engine/outputs.ts";
import { runCopy } from "../host/copy-process.ts";
import { readProc } from "../host/proc-reader.ts";
import { capabilityNumbers } from "../kernel/capability.ts";
import { parseIdMap } from "../kernel/idmap.ts";
import type { Host } from "../model/host.ts";
import { enterKeys } from "../resources/enter.ts";
import type { CopyPlaces } from "./copy-operands.ts";
import type { RunningScope } from "./running-scope.ts";

/** A copy, and whether owners stay who they are. */
export interface Copying extends CopyPlaces {
  readonly keepsOwners: boolean;
}

// What root of the environment needs to read and write all of its files; over nothing but its own user namespace.
const capabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"];

/** Copies between the host and an environment that runs. `warn` is given a line for whatever is left out. Throws `engine/copy-failed`. */
export async function copyInside(
  copying: Copying,
  host: Host,
  { scope, warn }: { readonly scope: RunningScope; readonly warn: (text: string) => void },
) {
  const { way, keepsOwners, outside } = copying;
  const [group] = scope.places.cgroups;
  if (group !== undefined) host.makeGroups([`${group.path}/exec`]);
  const entry = { group: "exec", user: "0", workingDirectory: "/" };
  const keys = enterKeys(scope, entry).map((text) => resolve({ outputs: new Map() }, text));
  const own = keys.filter((key) => !/^(caps|no_new_privs)=/.test(key));
  const ids = `ids=${keepsOwners ? "keep" : "root"}`;
  // Nothing that is copied out becomes a program that runs as its owner, what is taken out of a stream included.
  const bits = way === "out" ? ["mode=1777"] : [];
  const inner = {
    keys: [...own, `caps=${capabilityNumbers(capabilities).join(",")}`, "no_new_privs=1", ids, ...bits],
    path: copying.inside,
  };
  const streams = outside === "-";
  const map = (kind: "uid" | "gid") => `${kind}s=${idMap(scope.keeper.pid, kind)}`;
  const outer = { keys: [ids, map("uid"), map("gid"), ...bits], path: absolutePath(outside) };
  const [from, to] = way === "out" ? [inner, outer] : [outer, inner];
  const name = /(^|\/)\.?$/.test(from.path) ? "" : basename(from.path);
  await runCopy({
    machine: scope.machine,
    keeper: scope.keeper.pid,
    way,
    send: streams && way === "in" ? null : [...from.keys, `as=${streams ? name || "." : "x"}`, "--", "send", from.path],
    receive: streams && way === "out" ? null : [...to.keys, streams ? "whole=1" : `name=${name}`, "--", "receive", to.path],
    warn,
  });
}

/** Absolute, and still a directory where it was written as one. */
function absolutePath(path: string): string {
  const ending = /(^|\/)(\.?)$/.exec(path);
  const whole = absolute(path);
  return ending === null || path === "-" ? whole : `${whole === "/" ? "" : whole}/${ending[2] ?? ""}`;
}

function idMap(pid: number, kind: "uid" | "gid"): string {
  return parseIdMap(readProc(`/proc/${pid}/${kind}_map`))
    .map(({ inside, outside, count }) => `${inside}:${outside}:${count}`)
    .join(",");
}
