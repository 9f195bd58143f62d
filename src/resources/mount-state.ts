import { createHash } from "node:crypto";
import type { MountLine } from "../kernel/mountinfo.ts";
import { locate, option, parseMountinfo } from "../kernel/mountinfo.ts";
import { totalMemory } from "../kernel/proc.ts";
import type { Mount, MountIdmap } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Scope } from "../model/resource.ts";
import { hostId } from "./keeper.ts";
import { mountFlags, mountPropagation } from "./mount-table.ts";
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

/** A mount as the kernel shows it. A tmpfs or an overlay that the host has mounted as well came by a bind. */
export function seenState(line: MountLine, hostDevices: ReadonlySet<string>): MountState {
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

/** The host directory that a mount shows, or null where it has none. */
export function sourcePath(scope: Scope, mount: Mount): string | null {
  if (mount.source === undefined) return null;
  return mount.type === "volume" ? `${scope.places.volumes}/${scope.project}.${mount.source}` : mount.source;
}

/** Those of all mounts. */
export function sources(scope: Scope): readonly string[] {
  return Object.values(scope.environment?.mounts ?? {}).flatMap((mount) => sourcePath(scope, mount) ?? []);
}

/** What is there of it. */
export function source(scope: Scope, mount: Mount, facts: Facts): SourceFact | null {
  const path = sourcePath(scope, mount);
  return path === null ? null : parseSource(text(facts, `source/${path}`));
}

/** Whether a bind has nothing to show. */
export function missing(scope: Scope, mount: Mount, facts: Facts): boolean {
  return mount.type === "bind" && source(scope, mount, facts) === null;
}

/** What the kernel is to show of a mount. */
export function wantedState(scope: Scope, mount: Mount, facts: Facts): MountState {
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

/** A size in bytes. tmpfs counts whole pages and shows KiB. */
export function bytes(size: Mount["size"], facts: Facts): number | null {
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

/** The shim's IDMAP operand (see src/host/shim.pl). */
export function idmapOperand(scope: Scope, mount: Mount, found: SourceFact | null): string {
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
