import type { MountLine } from "../kernel/mountinfo.ts";
import { locate, parseMountinfo } from "../kernel/mountinfo.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";

/** The six device nodes that every /dev of ours has, bound from the host's. */
export const deviceNames = ["full", "null", "random", "tty", "urandom", "zero"] as const;

/** Which resource a line of an environment's mount table belongs to. */
export type MountRole = "root" | "device" | "mask" | "read-only-path" | "mount";

/** What lies on top at each target, with its role, and how many mounts lie there. Everything in an environment's mount table is ours: a line that nobody wants is drift. */
export function mountTable(
  facts: Facts,
): ReadonlyMap<string, { readonly line: MountLine; readonly role: MountRole; readonly depth: number }> {
  const table = new Map<string, { line: MountLine; role: MountRole; depth: number }>();
  const lines = parseMountinfo(text(facts, "keeper/mountinfo") ?? "");
  for (const line of lines) {
    table.set(line.target, { line, role: role(line, lines), depth: (table.get(line.target)?.depth ?? 0) + 1 });
  }
  return table;
}

function role(line: MountLine, lines: readonly MountLine[]): MountRole {
  if (line.target === "/") return "root";
  if (line.fstype === "devtmpfs") return line.root === "/null" && line.target !== "/dev/null" ? "mask" : "device";
  if (line.fstype === "tmpfs" && line.source === "mask") return "mask";
  if ((line.fstype === "proc" || line.fstype === "sysfs") && line.root !== "/") return "read-only-path";
  return isOverItself(line, lines) ? "read-only-path" : "mount";
}

/** What a read-only path of the root looks like; all four flags on a bind of what lies there anyway is nothing that a manifest's mounts are for. */
function isOverItself(line: MountLine, lines: readonly MountLine[]): boolean {
  if (!["ro", "nosuid", "nodev", "noexec"].every((flag) => line.options.includes(flag))) return false;
  const covered = lines.find(({ id }) => id === line.parent);
  const below = covered === undefined ? null : locate([covered], line.target);
  return below !== null && below.device === line.device && below.root === line.root;
}

/** The per-mount flags of a line, in the manifest's words, sorted; `relatime` is the kernel's default and left out. */
export function mountFlags(line: MountLine): readonly string[] {
  return line.options.filter((option) => knownFlags.has(option)).sort();
}

const knownFlags = new Set(["ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "nosymfollow"]);
