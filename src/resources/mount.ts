import { isBelow, parseMountinfo } from "../kernel/mountinfo.ts";
import { text } from "../model/fact.ts";
import type { Difference, Resource } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { namespacesAddress, shimStep } from "./keeper.ts";
import type { MountState } from "./mount-state.ts";
import { missing, seenState, sources, wantedState } from "./mount-state.ts";
import { createSteps, replacement, settings, unmountSteps } from "./mount-steps.ts";
import { mountTable } from "./mount-table.ts";

/** The mounts of an environment, by target. */
export const mounts: Resource<MountState> = {
  name: "mounts",
  stage: "assembly",
  mounted: true,
  path: (key) => `mounts[${JSON.stringify(key)}]`,
  facts: (scope) => [
    "keeper/mountinfo",
    "host/mountinfo",
    "host/meminfo",
    "host/osrelease",
    ...sources(scope).map((source) => `source/${source}`),
  ],
  want(scope, facts) {
    const wanted = new Map<string, MountState>();
    for (const target of Object.keys(scope.environment.mounts).sort()) {
      const mount = scope.environment.mounts[target];
      if (mount === undefined || (mount.optional && missing(scope, mount, facts))) continue;
      wanted.set(target, wantedState(scope, mount, facts));
    }
    return wanted;
  },
  have(_scope, facts) {
    const found = new Map<string, MountState>();
    const hostDevices = new Set(parseMountinfo(text(facts, "host/mountinfo") ?? "").map(({ device }) => device));
    for (const [target, { line, role, depth, lowest, burdened }] of mountTable(facts)) {
      if (role !== "mount") continue;
      const under = lowest === null || burdened ? undefined : seenState(lowest, hostDevices);
      found.set(target, { ...seenState(line, hostDevices), depth, lowest: under });
    }
    return found;
  },
  needs(scope, key) {
    const parents = Object.keys(scope.environment?.mounts ?? {}).filter((target) => target !== key && isBelow(target, key));
    return [namespacesAddress(scope.name), ...parents.map((target) => `${scope.name}.mounts[${JSON.stringify(target)}]`)];
  },
  compare(want, have) {
    const evidence = have.line === undefined ? {} : { evidence: have.line };
    const differences: Difference[] = [];
    const differ = (field: string, wanted: string, found: string) => {
      if (wanted !== found) differences.push({ field, want: wanted, have: found, ...evidence });
    };
    differ("type", want.fstype, have.fstype);
    differ("source", want.source, have.source);
    differ("propagation", want.propagation, have.propagation);
    differ("options", want.flags.join(",") || "rw", have.flags.join(",") || "rw");
    if (want.size !== null || have.size !== null) differ("size", String(want.size ?? "default"), String(have.size ?? "default"));
    if (want.mode !== null || have.mode !== null) differ("mode", want.mode ?? "", have.mode ?? "");
    differ("mounts at its target", String(want.depth), String(have.depth));
    differ("idmap", String(want.idmapped), String(have.idmapped));
    return differences;
  },
  describe,
  evidence: ({ line }) => line,
  create: ({ scope, key, want, facts }) => createSteps(scope, { target: key, state: want, facts }),
  update({ scope, key, want, have, facts }) {
    const fields = mounts.compare(want, have).map((difference) => difference.field);
    const steps: Step[] = [];
    if (fields.every((field) => field === "options" || field === "propagation" || (field === "size" && want.size !== null))) {
      if (fields.some((field) => field !== "size")) steps.push(shimStep(scope, `remount ${key}`, ["set", key, settings(want)]));
      if (fields.includes("size")) steps.push(shimStep(scope, `resize ${key}`, ["reconfigure", key, "size", String(want.size)]));
      return steps;
    }
    // What is wanted is there, under what somebody has put over it.
    if (have.lowest !== undefined && mounts.compare(want, have.lowest).length === 0) return unmountSteps(scope, key, have.depth - 1);
    return replacement(scope, { target: key, want, have, facts });
  },
  remove: ({ scope, key, have }) => unmountSteps(scope, key, have.depth),
};

function describe(state: MountState): string {
  const { mount } = state;
  if (mount === undefined) return [state.fstype, state.source, state.flags.join(",")].filter((part) => part !== "").join(" ");
  const size = mount.size === undefined ? [] : [`size=${mount.size}`];
  return [mount.type, mount.source ?? "", ...size, mount.read_only ? "read-only" : ""].filter((part) => part !== "").join(" ");
}
