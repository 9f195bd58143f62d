import * as fs from "node:fs";
import { parseMountinfo, stacked } from "../kernel/mountinfo.ts";
import { mountIdOf } from "../kernel/proc.ts";
import type { Use } from "../model/holder.ts";
import type { Scope } from "../model/resource.ts";
import { groupPids } from "./cgroup-files.ts";
import { readLink, readNames, readPids, readProc } from "./proc-reader.ts";

/** What is asked: in whose mount table, which targets, and which processes may be the ones. */
export interface HolderQuery {
  readonly keeper: number;
  readonly targets: readonly string[];
  readonly pids: readonly number[];
}

/** The longest piece of a command line that is told. */
const commandLength = 200;

/**
 * Who uses the mounts at these targets inside: by an open file, a mapped one, its working or root directory, or its program, deleted ones too. By the
 * number of the mount, not by path: a path may look the same on another mount. Opens nothing but the links of /proc, and those without following what
 * they lead to (O_PATH), which has no effect on it.
 */
export function holdersOf({ keeper, targets, pids }: HolderQuery): ReadonlyMap<string, readonly Use[]> {
  const places = new Map<number, { readonly target: string; readonly depth: number }>();
  const lines = parseMountinfo(readProc(`/proc/${keeper}/mountinfo`));
  for (const target of targets) {
    const stack = stacked(lines.filter((line) => line.target === target)).toReversed();
    for (const [depth, { id }] of stack.entries()) places.set(id, { target, depth });
  }
  const found = new Map<string, Use[]>(targets.map((target) => [target, []]));
  for (const pid of pids) {
    for (const { id, link, by } of usesOf(pid)) {
      const place = places.get(id);
      if (place === undefined) continue;
      found.get(place.target)?.push({ pid, command: commandOf(pid), path: readLink(link) ?? "", by, depth: place.depth });
    }
  }
  return found;
}

/** The processes that can have a mount of this environment open: those in its control groups or in its mount namespace. */
export function processesIn({ places, keeper }: Scope): readonly number[] {
  const own = keeper === null ? null : readLink(`/proc/${keeper.pid}/ns/mnt`);
  const grouped = new Set(places.cgroups.flatMap(({ path }) => groupPids(path)));
  return readPids().filter((pid) => pid !== process.pid && (grouped.has(pid) || (own !== null && readLink(`/proc/${pid}/ns/mnt`) === own)));
}

interface Link {
  readonly id: number;
  readonly link: string;
  readonly by: string;
}

function* usesOf(pid: number): Iterable<Link> {
  const directory = `/proc/${pid}`;
  for (const fd of readNames(`${directory}/fdinfo`)) {
    const id = mountIdOf(readProc(`${directory}/fdinfo/${fd}`));
    if (id !== null) yield { id, link: `${directory}/fd/${fd}`, by: `fd ${fd}` };
  }
  const links = [
    ["cwd", "working directory"],
    ["root", "root directory"],
    ["exe", "program"],
  ] as const;
  for (const [name, by] of links) yield* behind(`${directory}/${name}`, by);
  // A mapped file is told once, however many pieces of it are mapped.
  const mapped = new Set<string>();
  for (const name of readNames(`${directory}/map_files`)) {
    for (const one of behind(`${directory}/map_files/${name}`, "mapped")) {
      const key = `${one.id} ${readLink(one.link)}`;
      if (!mapped.has(key)) yield one;
      mapped.add(key);
    }
  }
}

/** These links have no fdinfo; a descriptor of our own on the same place has. */
function* behind(link: string, by: string): Iterable<Link> {
  let fd: number;
  try {
    fd = fs.openSync(link, openPath);
  } catch {
    return;
  }
  try {
    const id = mountIdOf(readProc(`/proc/self/fdinfo/${fd}`));
    if (id !== null) yield { id, link, by };
  } finally {
    fs.closeSync(fd);
  }
}

/** O_PATH | O_CLOEXEC of open(2), on x64 and arm64. */
const openPath = 0x280000;

function commandOf(pid: number): string {
  const words = readProc(`/proc/${pid}/cmdline`).replace(/\0+$/, "").replaceAll("\0", " ");
  return (words === "" ? readProc(`/proc/${pid}/comm`).trim() : words).slice(0, commandLength);
}
