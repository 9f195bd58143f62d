import { createHash } from "node:crypto";
import type { MountLine } from "../kernel/mountinfo.ts";
import { isBelow, locate, option, parseMountinfo } from "../kernel/mountinfo.ts";
import { totalMemory } from "../kernel/proc.ts";
import { isRelease } from "../kernel/release.ts";
import type { Mount, MountIdmap } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Difference, Replacement, Resource, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { hostId, namespacesAddress, shimStep, stageStep } from "./keeper.ts";
import { mountFlags, mountPropagation, mountTable } from "./mount-table.ts";
import type { SourceFact } from "./source.ts";
import { parseSource } from "./source.ts";

/** A mount as both sides can be compared: what the kernel will show, or shows. */
export interface MountState {
  readonly fstype: string;
  /** bind and volume: `major:minor` and path in that file system; overlay: the name of its lower; else "". */
  readonly source: string;
  readonly flags: readonly string[];
  /** `size` in bytes and `mode` as octal digits, where the file system has them. */
  readonly size: number | null;
  readonly mode: string | null;
  readonly idmapped: boolean;
  /** `private`, `unbindable`, or in the kernel's words with whom what is mounted below it is shared. */
  readonly propagation: string;
  /** How many lie there, one on top of the other. */
  readonly depth: number;
  /** The kernel's side only: the lowest of several, where nothing lies on those above it, so that they can go alone. */
  readonly lowest?: MountState | undefined;
  /** The kernel's line; absent on the wanted side. */
  readonly line?: string;
  /** What the manifest says; absent on the kernel's side. */
  readonly mount?: Mount;
}

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

function unmountSteps(scope: Scope, target: string, times: number): readonly Step[] {
  return Array.from({ length: times }, () => shimStep(scope, `unmount ${target}`, ["detach", target, "0"]));
}

interface Replacing {
  readonly target: string;
  readonly want: MountState;
  readonly have: MountState;
  readonly facts: Facts;
}

/**
 * Another mount in the place of one: put beneath it, which is unmounted then, so that there is always one; where the kernel cannot (before 6.5), one
 * after the other in one process. Put on top, the old one could not be taken away any more: umount(2) takes what lies on top.
 */
function replacement(scope: Scope, { target, want, have, facts }: Replacing): Replacement {
  if (!isRelease(text(facts, "host/osrelease") ?? "", [6, 5]))
    return { steps: [...unmountSteps(scope, target, have.depth), ...createSteps(scope, { target, state: want, facts })], gap: "short" };
  const upper = unmountSteps(scope, target, have.depth - 1);
  const beneath = createSteps(scope, { target, state: want, facts, beneath: true });
  const links = want.mount === undefined ? [] : linkSteps(scope, target, want.mount);
  return { steps: [...upper, ...beneath, ...unmountSteps(scope, target, 1), ...links], gap: "none" };
}

/** A mount as the kernel shows it. A tmpfs or an overlay that the host has mounted as well came by a bind. */
function seenState(line: MountLine, hostDevices: ReadonlySet<string>): MountState {
  const foreign = hostDevices.has(line.device);
  const ownTmpfs = line.fstype === "tmpfs" && line.root === "/" && line.source === "tmpfs" && !foreign;
  const bound = line.fstype === "overlay" ? foreign : line.fstype === "tmpfs" ? !ownTmpfs : !ownTypes.has(line.fstype);
  const size = option(line.superOptions, "size");
  const mode = option(line.superOptions, "mode");
  return {
    fstype: bound ? "bind" : line.fstype,
    source: bound ? `${line.device} ${line.root}` : line.fstype === "overlay" ? lowerName(line.superOptions) : "",
    flags: mountFlags(line),
    size: ownTmpfs && size !== null ? Number.parseInt(size, 10) * 1024 : null,
    mode: ownTmpfs ? (mode ?? "1777").padStart(4, "0") : null,
    idmapped: line.options.includes("idmapped"),
    propagation: mountPropagation(line),
    depth: 1,
    line: line.line,
  };
}

/** File systems that are always ours when their root is mounted; everything else came by a bind. */
const ownTypes = new Set(["proc", "sysfs", "devpts", "mqueue", "tmpfs"]);

function describe(state: MountState): string {
  const { mount } = state;
  if (mount === undefined) return [state.fstype, state.source, state.flags.join(",")].filter((part) => part !== "").join(" ");
  const size = mount.size === undefined ? [] : [`size=${mount.size}`];
  return [mount.type, mount.source ?? "", ...size, mount.read_only ? "read-only" : ""].filter((part) => part !== "").join(" ");
}

/** The host directory that a mount shows, or null where it has none. */
function sourcePath(scope: Scope, mount: Mount): string | null {
  if (mount.source === undefined) return null;
  return mount.type === "volume" ? `${scope.places.volumes}/${scope.project}.${mount.source}` : mount.source;
}

function sources(scope: Scope): readonly string[] {
  return Object.values(scope.environment?.mounts ?? {}).flatMap((mount) => sourcePath(scope, mount) ?? []);
}

function source(scope: Scope, mount: Mount, facts: Facts): SourceFact | null {
  const path = sourcePath(scope, mount);
  return path === null ? null : parseSource(text(facts, `source/${path}`));
}

function missing(scope: Scope, mount: Mount, facts: Facts): boolean {
  return mount.type === "bind" && source(scope, mount, facts) === null;
}

function wantedState(scope: Scope, mount: Mount, facts: Facts): MountState {
  const bound = mount.type === "bind" || mount.type === "volume";
  const found = source(scope, mount, facts);
  const path = found?.realPath ?? sourcePath(scope, mount) ?? "";
  const place = locate(parseMountinfo(text(facts, "host/mountinfo") ?? ""), path);
  return {
    fstype: bound ? "bind" : mount.type,
    source: bound ? (place === null ? path : `${place.device} ${place.root}`) : mount.type === "overlay" ? overlayName(path, found) : "",
    flags: [...new Set([...mount.options, ...(mount.read_only ? ["ro"] : [])])].filter((flag) => flag !== "relatime").sort(),
    size: mount.type === "tmpfs" ? bytes(mount.size, facts) : null,
    mode: mount.type === "tmpfs" ? (mount.mode ?? "1777") : null,
    idmapped: bound && idmapOperand(scope, mount, found) !== "none",
    propagation: mount.propagation ?? "private",
    depth: 1,
    mount,
  };
}

// tmpfs counts whole pages and shows KiB.
function bytes(size: Mount["size"], facts: Facts): number | null {
  if (size === undefined) return null;
  const amount = typeof size === "number" ? size : ((totalMemory(text(facts, "host/meminfo") ?? "") ?? 0) * Number.parseFloat(size)) / 100;
  return Math.ceil(amount / 4096) * 4096;
}

/** The name under which an overlay's lower is mounted, so that mountinfo tells which directory it is. */
function overlayName(path: string, found: SourceFact | null): string {
  return createHash("sha256")
    .update(`${path}\0${found?.device ?? ""}:${found?.inode ?? ""}`)
    .digest("hex")
    .slice(0, 16);
}

function lowerName(superOptions: readonly string[]): string {
  return (option(superOptions, "lowerdir") ?? "").replace(/^l\//, "");
}

/** The shim's FLAGS operand. */
function settings({ flags, propagation }: MountState): string {
  return [...flags, ...(propagation === "unbindable" ? [propagation] : [])].join(",");
}

/** The shim's IDMAP operand (see src/host/shim.pl). */
function idmapOperand(scope: Scope, mount: Mount, found: SourceFact | null): string {
  if (scope.base === 0) return "none";
  const idmap: MountIdmap = mount.idmap ?? (mount.type === "bind" ? "owner" : "shift");
  if (idmap === "none") return "none";
  if (idmap === "shift") return "keeper";
  if (idmap === "owner") return `u:${found?.uid ?? 0}:${hostId(scope, 0)}:1;g:${found?.gid ?? 0}:${hostId(scope, 0)}:1`;
  const pairs = Object.entries(idmap)
    .map(([outside, inside]) => `${outside}:${hostId(scope, inside)}:1`)
    .join(",");
  return `u:${pairs};g:${pairs}`;
}

interface Creation {
  readonly target: string;
  readonly state: MountState;
  readonly facts: Facts;
  /** Beneath the mount that is there. */
  readonly beneath?: boolean;
}

function createSteps(scope: Scope, { target, state, facts, beneath = false }: Creation): readonly Step[] {
  const { mount } = state;
  if (mount === undefined) return [];
  const title = `mount ${target}`;
  const flags = settings(state);
  const create = beneath ? "beneath" : mount.create && mayMakeTarget(scope, target) ? "1" : "0";
  const found = source(scope, mount, facts);
  const path = found?.realPath ?? sourcePath(scope, mount) ?? "";
  const idmap = idmapOperand(scope, mount, found);
  const stage = stageName(target);
  switch (mount.type) {
    case "bind":
      return [shimStep(scope, title, ["bind", path, target, idmap, flags, create])];
    case "volume":
      return [
        { type: "mkdir", title: `volume ${mount.source ?? ""}`, path, mode: 0o755 },
        shimStep(scope, title, ["bind", path, target, idmap, flags, create]),
      ];
    case "overlay":
      return [
        stageStep(scope, title, {
          stage,
          fstype: "tmpfs",
          source: "tmpfs",
          options: ["mode=0755", ...sizeOption(bytes(mount.size, facts))],
        }),
        shimStep(scope, title, ["overlaid", state.source, stage, path, target, idmap, flags, create]),
      ];
    case "tmpfs":
    case "proc":
    case "sysfs":
    case "devpts":
    case "mqueue":
      return [
        stageStep(scope, title, { stage, fstype: mount.type, source: mount.type, options: superOptions(scope, mount, state) }),
        shimStep(scope, title, ["staged", stage, target, flags, create]),
        ...(beneath ? [] : linkSteps(scope, target, mount)),
      ];
  }
}

/** What is made on a mount of ours as soon as it shows. */
function linkSteps(scope: Scope, target: string, { type }: Mount): readonly Step[] {
  if (target !== "/dev" || type !== "tmpfs") return [];
  return deviceLinks.map(([path, text]) => shimStep(scope, `link ${path}`, ["link", path, text]));
}

/** Nothing is made in a root that is used as it is; what lies on a tmpfs of ours is. */
function mayMakeTarget({ environment }: Scope, target: string): boolean {
  const holder = Object.keys(environment?.mounts ?? {})
    .filter((other) => other !== target && isBelow(other, target))
    .reduce((longest, other) => (other.length > longest.length ? other : longest), "");
  return environment?.overlay !== "none" || environment.mounts[holder]?.type === "tmpfs";
}

const deviceLinks = [
  ["/dev/fd", "/proc/self/fd"],
  ["/dev/stdin", "/proc/self/fd/0"],
  ["/dev/stdout", "/proc/self/fd/1"],
  ["/dev/stderr", "/proc/self/fd/2"],
  ["/dev/ptmx", "pts/ptmx"],
] as const;

/** A name in the staging directory: one path component, told apart by target. */
function stageName(target: string): string {
  return `m${target.replace(/[^A-Za-z0-9.]/g, (character) => `_${character.codePointAt(0)?.toString(16) ?? ""}_`)}`;
}

function superOptions(scope: Scope, mount: Mount, state: MountState): readonly string[] {
  if (mount.type === "tmpfs")
    return [`mode=${state.mode ?? "1777"}`, `uid=${hostId(scope, 0)}`, `gid=${hostId(scope, 0)}`, ...sizeOption(state.size)];
  // 5 is the group tty on Debian and Ubuntu; a terminal's group must be a mapped one or grantpt fails.
  if (mount.type === "devpts") return ["newinstance", "ptmxmode=0666", `mode=${mount.mode ?? "0620"}`, `gid=${hostId(scope, 5)}`];
  return [];
}

function sizeOption(size: number | null): readonly string[] {
  return size === null ? [] : [`size=${size}`];
}
