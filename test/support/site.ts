import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { readProc } from "../../src/host/proc-reader.ts";
import { parseHierarchies } from "../../src/kernel/cgroup.ts";
import { limitFiles, parseLimit } from "../../src/kernel/cgroup-limit.ts";
import type { MountLine } from "../../src/kernel/mountinfo.ts";
import { parseMountinfo } from "../../src/kernel/mountinfo.ts";
import { parseStat } from "../../src/kernel/proc.ts";
import type { StandingCondition } from "../../src/model/condition.ts";
import { busyboxRoot } from "./busybox.ts";
import { leaks } from "./leaks.ts";
import type { Result, Rig, RigOptions } from "./rig.ts";
import { withRig } from "./rig.ts";

/** The keys of one environment in a manifest, as values; its root is busybox where it names none. */
export type Declared = Readonly<Record<string, unknown>>;

/** A rig with a root of busybox and a manifest, for tests of what stands on the machine. */
export interface Site {
  readonly rig: Rig;
  /** The busybox root. */
  readonly root: string;
  /** Writes the manifest. */
  declare(environments: Readonly<Record<string, Declared>>): void;
  /** `apply -y` that must succeed, and after which nothing is left to do. */
  apply(...names: readonly string[]): Promise<void>;
  /** As `declare` and `apply` of one environment, `web`. */
  stand(declared?: Declared): Promise<void>;
  /** What a plan would do: `update web.hostname` ..., in order. */
  changes(): Promise<readonly string[]>;
  /** `status --json`, for one environment. */
  status(name?: string): Promise<Status>;
  /** What the kernel shows of an environment that runs. */
  seen(name?: string): Promise<Seen>;
  /** `exec -T web -- COMMAND...` */
  exec(command: readonly string[], flags?: readonly string[], input?: string): Promise<Result>;
  /** What of it is on the machine, data too, when it should all be gone. */
  left(): readonly string[];
  /** The output of a command inside `web` that must end with 0, without the last line break. */
  inside(...command: readonly string[]): Promise<string>;
}

/** One environment of `status --json`. */
export interface Status {
  readonly name: string;
  readonly state: string;
  readonly synced: boolean;
  readonly drifted: readonly string[];
  readonly pending: readonly string[];
  readonly ignored: readonly string[];
  readonly conditions: readonly StandingCondition[];
  readonly id: string | null;
  readonly pid: number | null;
  readonly uptime_seconds: number | null;
  readonly root: string | null;
  readonly memory_bytes: number | null;
  readonly process: ProcessStatus | null;
  readonly processes: Readonly<Record<string, ProcessStatus>>;
}

/** One process of `status --json`. */
export interface ProcessStatus {
  readonly type: string;
  readonly pid?: number;
  readonly code?: number | null;
}

/** An environment as /proc and cgroupfs show it, read by the test itself. */
export interface Seen {
  readonly name: string;
  readonly id: string;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat. */
  readonly start: string;
  /** `mnt`, `uts` ...: the link's text. */
  readonly namespaces: Readonly<Record<string, string>>;
  /** pid, start time and namespaces in one text: the same as long as nothing was made anew. */
  readonly identity: string;
  readonly mounts: readonly MountLine[];
}

const namespaceNames = ["mnt", "uts", "ipc", "net", "pid", "user", "cgroup", "time"];

/** Runs `body` with a site; nothing of it may be left behind (see `withRig`). */
export function withSite(body: (site: Site) => Promise<void>, options: RigOptions = {}): Promise<void> {
  return withRig((rig) => body(makeSite(rig)), options);
}

function makeSite(rig: Rig): Site {
  const root = busyboxRoot(join(rig.directory, "root"));
  const site: Site = {
    ...{ rig, root },
    declare: (environments) => {
      const rooted = Object.entries(environments).map(([name, declared]) => [name, { rootfs: { directory: "./root" }, ...declared }]);
      rig.write("cloister.yaml", JSON.stringify({ api_version: "cloister/v1", name: "site", environments: Object.fromEntries(rooted) }));
    },
    apply: async (...names) => {
      await rig.expect(0, "apply", "--yes", ...names);
      if (names.length === 0) assert.equal(await site.changes(), [], "after an apply there is nothing to do");
    },
    stand: (declared = {}) => {
      site.declare({ web: declared });
      return site.apply();
    },
    changes: async () => {
      const { changes }: PlanDocument = JSON.parse((await rig.expect(0, "plan", "--json")).stdout);
      return changes.map(({ action, address }) => `${action} ${address}`);
    },
    status: async (name = "web") => {
      const { environments }: StatusDocument = JSON.parse((await rig.expect(0, "status", "--json")).stdout);
      const found = environments.find((one) => one.name === name);
      if (found === undefined) throw new Error(`status does not know ${name}`);
      return found;
    },
    seen: async (name = "web") => seenOf(await site.status(name)),
    exec: (command, flags = [], input = "") => rig.run(["exec", "-T", ...flags, "web", "--", ...command], { input }),
    left: () => {
      const kept = ["uppers", "volumes", "store/tmp"].map((name) => join(rig.dataDir, name));
      return leaks({ ...rig.owner, directories: [rig.dataDir, rig.stateDir], mustBeEmpty: [...rig.owner.mustBeEmpty, ...kept] });
    },
    inside: async (...command) => {
      const { code, stdout, stderr } = await site.exec(command);
      if (code !== 0) throw new Error(`inside, ${command.join(" ")} ended with ${code}\n${stdout}\n${stderr}`);
      return stdout.replace(/\n$/, "");
    },
  };
  return site;
}

interface PlanDocument {
  readonly changes: readonly { readonly action: string; readonly address: string }[];
}

interface StatusDocument {
  readonly environments: readonly Status[];
}

/** What the kernel shows of the environment whose status this is; throws where it does not run. */
export function seenOf({ name, id, pid }: Status): Seen {
  if (pid === null || id === null) throw new Error(`${name} does not run`);
  const start = startOf(pid) ?? "";
  const namespaces = namespacesOf(pid);
  const mounts = parseMountinfo(readFileSync(`/proc/${pid}/mountinfo`, "utf8"));
  return { name, id, pid, start, namespaces, identity: JSON.stringify([pid, start, namespaces]), mounts };
}

/** The links below /proc/PID/ns; `self` are the host's. */
export function namespacesOf(pid: number | "self"): Readonly<Record<string, string>> {
  return Object.fromEntries(namespaceNames.map((name) => [name, readlinkSync(`/proc/${pid}/ns/${name}`)]));
}

/** The start time of a process (it and the pid name one process), or null where it is gone or a zombie. */
export function startOf(pid: number): string | null {
  const stat = parseStat(readProc(`/proc/${pid}/stat`));
  return stat === null || stat.state === "Z" || stat.state === "X" ? null : stat.start;
}

/** What lies on top at a target inside; throws where nothing does. */
export function mountAt({ mounts }: Pick<Seen, "mounts">, target: string): MountLine {
  const found = mounts.findLast((line) => line.target === target);
  if (found === undefined) throw new Error(`nothing is mounted at ${target}`);
  return found;
}

/** The control group of an environment in the hierarchy that has `controller` (v2 before v1). */
export function groupOf({ project }: Pick<Rig, "project">, { name, id }: Pick<Seen, "name" | "id">, controller: string): string {
  const hierarchies = parseHierarchies(parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8")));
  const hierarchy = hierarchies.find(({ version, controllers, mountPoint }) => {
    const had = version === 1 ? controllers : readFileSync(`${mountPoint}/cgroup.controllers`, "utf8").trim().split(" ");
    return had.includes(controller);
  });
  if (hierarchy === undefined) throw new Error(`no hierarchy has ${controller}`);
  return `${hierarchy.mountPoint}/cloister/${project}/${name}-${id}`;
}

/** A file of an environment's control group: of a controller the first of these names that is there (v2 has other names than v1). */
export function groupFile(
  rig: Pick<Rig, "project">,
  seen: Pick<Seen, "name" | "id">,
  [controller, ...names]: readonly [string, ...string[]],
): string {
  const group = groupOf(rig, seen, controller);
  const found = names.find((name) => existsSync(join(group, name)));
  if (found === undefined) throw new Error(`${group} has none of ${names.join(", ")}`);
  return readFileSync(join(group, found), "utf8").trim();
}

/** One limit as the kernel has it, in bytes, processors or processes; null is none. */
export function limitOf(rig: Pick<Rig, "project">, seen: Pick<Seen, "name" | "id">, name: keyof typeof limitFiles): number | null {
  const group = groupOf(rig, seen, { memory: "memory", cpus: "cpu", pids: "pids" }[name]);
  const { v1, v2 } = limitFiles[name];
  const files = v2.every((file) => existsSync(join(group, file))) ? v2 : v1;
  return parseLimit(
    name,
    files.map((file) => readFileSync(join(group, file), "utf8")),
  );
}

/** Takes a process out of every control group, as somebody on the host could. */
export function moveOut(pid: number): void {
  for (const { mountPoint } of parseHierarchies(parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8"))))
    writeFileSync(`${mountPoint}/cgroup.procs`, String(pid));
}

/** Every process in the control groups of a project, in every hierarchy. */
export function processesOf({ project }: Pick<Rig, "project">): readonly number[] {
  const hierarchies = parseHierarchies(parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8")));
  const pids = (path: string): number[] => {
    if (!existsSync(`${path}/cgroup.procs`)) return [];
    const own = readFileSync(`${path}/cgroup.procs`, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map(Number);
    const children = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...own, ...children.flatMap(({ name }) => pids(join(path, name)))];
  };
  return [...new Set(hierarchies.flatMap(({ mountPoint }) => pids(`${mountPoint}/cloister/${project}`)))];
}
