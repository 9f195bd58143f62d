import { existsSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseHierarchies } from "../../../src/kernel/cgroup.ts";
import { parseMountinfo } from "../../../src/kernel/mountinfo.ts";
import { groupOf, moveOut } from "../site.ts";
import type { DriftKind } from "./place.ts";
import { doing, fromOutside, sleepInside } from "./place.ts";

const strayed = { ...fromOutside, found: ["cgroups"] } as const;

/** What is done to control groups. */
export const groupKinds: readonly DriftKind[] = [
  { name: "the main process moved out of the control groups", ...strayed, inject: doing(({ main }) => moveOut(main)) },
  { name: "what the main process started moved out", ...strayed, inject: doing(({ child }) => moveOut(child)) },
  { name: "the first process moved out", ...strayed, inject: doing(({ seen }) => moveOut(seen.pid)) },
  {
    ...{ name: "a process moved out of one of its groups", ...strayed },
    inject: doing(({ child }) => {
      const { mountPoint } = parseHierarchies(parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8"))).at(-1) ?? { mountPoint: "" };
      writeFileSync(`${mountPoint}/cgroup.procs`, String(child));
    }),
  },
  {
    ...{ name: "a process moved into another environment's group", ...strayed },
    inject: async ({ site, child }) => {
      writeFileSync(join(groupOf(site.rig, await site.seen("busy"), "pids"), "cgroup.procs"), String(child));
      return undefined;
    },
  },
  {
    ...{ name: "a process that entered past the control groups", ...strayed },
    inject: (place) => sleepInside(place, "1000001"),
  },
  {
    ...{ name: "the same in a pid namespace of its own", ...strayed },
    inject: (place) => sleepInside(place, "1000002", "unshare", "-p", "-f"),
  },
  {
    ...{ name: "a control group removed", ...fromOutside, found: ["cgroups", "resources.limits.pids"] },
    inject: doing(({ site, seen, main, child }) => {
      const group = groupOf(site.rig, seen, "pids");
      for (const pid of [main, child, seen.pid]) writeFileSync(join(group, "../../../cgroup.procs"), String(pid));
      for (const below of ["keeper", "p-main", "exec", ""]) if (existsSync(join(group, below))) rmdirSync(join(group, below));
    }),
  },
];
