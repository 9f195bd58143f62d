import { parseCapabilityMask } from "../kernel/capability.ts";
import { parseCgroupPaths } from "../kernel/cgroup.ts";
import { parseIdMap } from "../kernel/idmap.ts";
import { parseColonLines, parseEnviron, parseLimits, parseStat } from "../kernel/proc.ts";
import type { Descriptor, InsideProcess, Isolation } from "../model/isolation.ts";
import { namespacesOf, readLink, readNames, readPids, readProc, readStat } from "./proc-reader.ts";

/** The processes in the pid namespace of `pid`, itself first; itself alone where that is the host's own. */
export function insideProcesses(pid: number, isHosts: boolean): readonly InsideProcess[] {
  const namespace = readLink(`/proc/${pid}/ns/pid`);
  const members = isHosts ? [pid] : readPids().filter((one) => readLink(`/proc/${one}/ns/pid`) === namespace);
  return [...members].sort((a, b) => Number(b === pid) - Number(a === pid) || a - b).flatMap((one) => insideProcess(one) ?? []);
}

function insideProcess(pid: number): InsideProcess | null {
  const stat = parseStat(readProc(`/proc/${pid}/stat`));
  const status = parseColonLines(readProc(`/proc/${pid}/status`));
  if (stat === null || stat.ended) return null;
  const mask = (name: string) => parseCapabilityMask(status.get(name) ?? "0");
  return {
    pid,
    insidePid: Number(numbers(status.get("NSpid")).at(-1) ?? pid),
    comm: stat.comm,
    uids: numbers(status.get("Uid")),
    capabilities: {
      inheritable: mask("CapInh"),
      permitted: mask("CapPrm"),
      effective: mask("CapEff"),
      bounding: mask("CapBnd"),
      ambient: mask("CapAmb"),
    },
    noNewPrivileges: status.get("NoNewPrivs") === "1",
    tty: stat.tty,
    namespaces: namespacesOf(pid),
    descriptors: descriptors(pid),
    cgroups: Object.fromEntries(
      [...parseCgroupPaths(readProc(`/proc/${pid}/cgroup`))].map(([name, path]) => [name === "" ? "unified" : name, path]),
    ),
    environment: [...parseEnviron(readProc(`/proc/${pid}/environ`)).keys()],
    coreLimit: parseLimits(readProc(`/proc/${pid}/limits`)).get("Max core file size") ?? { soft: -1, hard: -1 },
    oomScoreAdj: Number(readProc(`/proc/${pid}/oom_score_adj`)),
  };
}

function descriptors(pid: number): readonly Descriptor[] {
  return readNames(`/proc/${pid}/fd`).flatMap((name) => {
    const text = readLink(`/proc/${pid}/fd/${name}`);
    const mount = parseColonLines(readProc(`/proc/${pid}/fdinfo/${name}`)).get("mnt_id");
    return text === null
      ? []
      : [
          {
            number: Number(name),
            link: text,
            mount: mount === undefined ? null : Number(mount),
            isNull: isNullDevice(`/proc/${pid}/fd/${name}`),
          },
        ];
  });
}

function isNullDevice(path: string): boolean {
  const stat = readStat(path);
  return stat?.isCharacterDevice() === true && stat.rdev === 0x103;
}

/** The id maps of the user namespaces that are neither the environment's, nor ours, nor made by a process of the environment. */
export function otherIdMaps(processes: readonly InsideProcess[]): Isolation["otherMaps"] {
  const own = new Set(processes.map((process) => process.pid));
  const seen = new Set([processes[0], { pid: "self" }].map((process) => readLink(`/proc/${process?.pid ?? 0}/ns/user`)));
  return readPids().flatMap((pid) => {
    const namespace = readLink(`/proc/${pid}/ns/user`);
    if (namespace === null || seen.has(namespace) || ancestors(pid).some((one) => own.has(one))) return [];
    seen.add(namespace);
    return [{ pid, uidMap: parseIdMap(readProc(`/proc/${pid}/uid_map`)) }];
  });
}

// A process, its parent, and so on up to the first.
function ancestors(pid: number): readonly number[] {
  const line = [pid];
  for (
    let stat = parseStat(readProc(`/proc/${pid}/stat`));
    stat !== null && stat.parent > 0;
    stat = parseStat(readProc(`/proc/${stat.parent}/stat`))
  ) {
    line.push(stat.parent);
  }
  return line;
}

function numbers(text: string | undefined): readonly number[] {
  return text === undefined ? [] : text.split(/\s+/).map(Number);
}
