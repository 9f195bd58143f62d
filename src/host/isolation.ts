import * as fs from "node:fs";
import type { CgroupHierarchy } from "../kernel/cgroup.ts";
import { parseCgroupPaths, parseHierarchies } from "../kernel/cgroup.ts";
import { limitFiles, parseLimit } from "../kernel/cgroup-limit.ts";
import { parseIdMap } from "../kernel/idmap.ts";
import { parseMountinfo } from "../kernel/mountinfo.ts";
import { parseTimeOffsets } from "../kernel/namespace.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { InsideProcess, Isolation, ObservedCgroup, ObservedLimits } from "../model/isolation.ts";
import type { IsolationRequest } from "./isolation-attempts.ts";
import { attemptInside } from "./isolation-attempts.ts";
import { insideProcesses, otherIdMaps } from "./isolation-processes.ts";
import { deviceNumber, identity, namespacesOf, readLink, readProc } from "./proc-reader.ts";

/**
 * Looks at one process and what is around it, from outside by /proc and from inside by the shim's probes. Changes nothing, neither on the host nor
 * inside. Throws `verify/no-process` and `verify/cannot-enter`.
 */
export function observeIsolation(request: IsolationRequest): Isolation {
  const { pid } = request;
  const namespaces = namespacesOf(pid);
  if (namespaces.pid === null) {
    throw new CloisterError({ code: "verify/no-process", severity: "error", message: `process ${pid} is not there or has ended` });
  }
  const host = namespacesOf("self");
  const processes = insideProcesses(pid, namespaces.pid === host.pid);
  const hostMounts = parseMountinfo(readProc("/proc/self/mountinfo"));
  const groups = cgroupsOf(pid, parseHierarchies(hostMounts));
  const inside = attemptInside(request, { hostMounts, processes });
  return {
    pid,
    namespaces: {
      mount: { inside: namespaces.mount, host: host.mount },
      uts: { inside: namespaces.uts, host: host.uts },
      ipc: { inside: namespaces.ipc, host: host.ipc },
      net: { inside: namespaces.net, host: host.net },
      pid: { inside: namespaces.pid, host: host.pid },
      user: { inside: namespaces.user, host: host.user },
      cgroup: { inside: namespaces.cgroup, host: host.cgroup },
      time: { inside: namespaces.time, host: host.time },
    },
    uidMap: parseIdMap(readProc(`/proc/${pid}/uid_map`)),
    gidMap: parseIdMap(readProc(`/proc/${pid}/gid_map`)),
    setgroups: readProc(`/proc/${pid}/setgroups`).trim(),
    otherMaps: otherIdMaps(processes),
    mounts: parseMountinfo(inside.mountinfo),
    hostMounts,
    roots: {
      namespace: inside.namespaceRoot,
      process: identity(`/proc/${pid}/root`),
      host: identity("/"),
      path: readLink(`/proc/${pid}/root`) ?? "/",
    },
    processes,
    cgroups: groups.map((group) => withStrangers(group, processes)),
    limits: limitsOf(groups),
    timeOffsets: parseTimeOffsets(readProc(`/proc/${pid}/timens_offsets`)),
    host: {
      hostname: readProc("/proc/sys/kernel/hostname").trim(),
      abstractSockets: readProc("/proc/net/unix")
        .split("\n")
        .flatMap((line) => / (@\S+)$/.exec(line)?.[1] ?? []),
      devpts: hostMounts.filter((mount) => mount.fstype === "devpts").map((mount) => deviceNumber(mount.device)),
    },
    kernelPaths: [...request.maskedPaths, ...request.readOnlyPaths].filter((path) => fs.existsSync(path)),
    attempts: inside.attempts,
  };
}

interface Group {
  readonly hierarchy: CgroupHierarchy;
  readonly name: string;
  readonly path: string;
}

function cgroupsOf(pid: number, hierarchies: readonly CgroupHierarchy[]): readonly Group[] {
  const paths = parseCgroupPaths(readProc(`/proc/${pid}/cgroup`));
  return hierarchies.flatMap((hierarchy) => {
    const key = [...paths.keys()].find((name) =>
      hierarchy.version === 2 ? name === "" : sameControllers(name.split(","), hierarchy.controllers),
    );
    const path = key === undefined ? undefined : paths.get(key);
    return path === undefined ? [] : [{ hierarchy, name: key === "" ? "unified" : (key ?? ""), path }];
  });
}

function sameControllers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}

function withStrangers({ hierarchy, name, path }: Group, processes: readonly InsideProcess[]): ObservedCgroup {
  const own = new Set(processes.map((process) => process.pid));
  const members = readProc(`${hierarchy.mountPoint}${path}/cgroup.procs`)
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);
  return { hierarchy: name, path, strangers: members.filter((pid) => !own.has(pid)) };
}

/** The strictest limit of each kind in the process's group and those above it. */
function limitsOf(groups: readonly Group[]): ObservedLimits {
  const strictest = (name: keyof typeof limitFiles): number | null => {
    const values = groups.flatMap(({ hierarchy, path }) =>
      levels(path).flatMap((level) => {
        const files = limitFiles[name][hierarchy.version === 2 ? "v2" : "v1"];
        const texts = files.map((file) => readProc(`${hierarchy.mountPoint}${level}/${file}`));
        const limit = texts.includes("") ? null : parseLimit(name, texts);
        return limit === null ? [] : [limit];
      }),
    );
    return values.length === 0 ? null : Math.min(...values);
  };
  return { memory: strictest("memory"), cpus: strictest("cpus"), pids: strictest("pids") };
}

/** A control group and those above it: `/a/b`, `/a`, `` (the root). */
function levels(path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return [...parts.keys()]
    .map((index) => `/${parts.slice(0, index + 1).join("/")}`)
    .concat("")
    .reverse();
}
