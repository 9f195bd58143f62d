import * as fs from "node:fs";
import type { Root, RootUse } from "../model/root.ts";
import { chainName, digest16, layerNames } from "../model/root.ts";
import { readLink, readNames, readPids, readProc } from "./proc-reader.ts";

/** Where something may need a root. */
export interface Evidence {
  readonly type: RootUse["type"];
  /** The environment, file or process, for people. */
  readonly by: string;
  /** A text in which the root's digest, the start of it, or its key stands. */
  readonly text: string;
}

/** What needs a root: whatever names it. A text that names it by chance keeps it, which does no harm. */
export function usesOf(root: Pick<Root, "key" | "digest" | "lowers">, evidence: readonly Evidence[]): readonly RootUse[] {
  const names = [root.key, digest16(root), chainName(layerNames(root))];
  const uses = evidence.filter(({ text }) => names.some((name) => text.includes(name))).map(({ type, by }) => ({ type, by }));
  return [...new Map(uses.map((use) => [`${use.type} ${use.by}`, use])).values()];
}

/** The mount table of each mount namespace that a process is in, and the files behind loop devices. */
export function mountEvidence(): readonly Evidence[] {
  const tables = new Map<string, Evidence>();
  for (const pid of readPids()) {
    const namespace = readLink(`/proc/${pid}/ns/mnt`) ?? `pid ${pid}`;
    const known = tables.get(namespace);
    // Who waits outside for an environment is in its mount namespace, too.
    if (known?.by.startsWith("pid ") === false) continue;
    const [by, text] = [nameOf(pid), known?.text ?? readProc(`/proc/${pid}/mountinfo`)];
    // Of a zombie there is nothing; another process of the same namespace may tell.
    if (text !== "" && (known === undefined || !by.startsWith("pid "))) tables.set(namespace, { type: "mount", by, text });
  }
  const devices = readNames("/sys/block").map((name) => ({ name, text: readProc(`/sys/block/${name}/loop/backing_file`) }));
  return [
    ...tables.values(),
    ...devices.flatMap(({ name, text }): readonly Evidence[] => (text === "" ? [] : [{ type: "mount", by: `/dev/${name}`, text }])),
  ];
}

/** The environment that a process is in, by its control group; else its number. */
function nameOf(pid: number): string {
  const [, project, name] =
    /\/cloister\/([a-z][a-z0-9-]*)\/([a-z][a-z0-9-]*)-[a-z2-7]{8}(?:\/|$)/m.exec(readProc(`/proc/${pid}/cgroup`)) ?? [];
  return project === undefined ? `pid ${pid}` : `${project}/${name}`;
}

/** An overlay that was kept: what an environment wrote over one root. */
export interface KeptUpper {
  readonly project: string;
  readonly environment: string;
  /** The first 16 digits of the root's digest (of a directory: of its identity). */
  readonly layer: string;
  readonly path: string;
  /** When it was begun, or its root was last set aside; milliseconds since 1970. */
  readonly changedMs: number;
}

/** Every upper on disk; of environments that have ended too. Ephemeral ones are none. */
export function keptUppers(uppers: string): readonly KeptUpper[] {
  return readNames(uppers).flatMap((owner) => {
    const [, project, environment] = /^([a-z][a-z0-9-]*)\.([a-z][a-z0-9-]*)$/.exec(owner) ?? [];
    if (project === undefined || environment === undefined) return [];
    return readNames(`${uppers}/${owner}`).flatMap((name) => {
      const path = `${uppers}/${owner}/${name}`;
      const stat = fs.lstatSync(path, { throwIfNoEntry: false });
      if (stat?.isDirectory() !== true || !/^[0-9a-f]{16}(\.|$)/.test(name)) return [];
      return [{ project, environment, layer: name.slice(0, 16), path, changedMs: stat.mtimeMs }];
    });
  });
}

/** Each upper needs the root that it lies over. */
export function upperEvidence(uppers: readonly KeptUpper[]): readonly Evidence[] {
  return uppers.map(({ project, environment, layer }) => ({ type: "upper", by: `${project}/${environment}`, text: layer }));
}
