import * as fs from "node:fs";
import { namespaceFiles, parseNamespaceLink } from "../kernel/namespace.ts";
import type { NamespaceKind } from "../model/environment.ts";

/** A file of /proc or cgroupfs; "" where it is not there, is not ours to read, or its process has ended. */
export function readProc(path: string): string {
  return orNull(() => fs.readFileSync(path, "utf8")) ?? "";
}

/** The text of a link, or null. */
export function readLink(path: string): string | null {
  return orNull(() => fs.readlinkSync(path));
}

/** The names in a directory; [] where there is none. */
export function readNames(path: string): readonly string[] {
  return orNull(() => fs.readdirSync(path)) ?? [];
}

/** What a path leads to, or null. */
export function readStat(path: string): fs.Stats | null {
  return orNull(() => fs.statSync(path));
}

/** The processes of this pid namespace, without the kernel's own threads (on a small machine, four of five): those have no namespace and no environ of ours. */
export function readPids(): readonly number[] {
  const kernel = new Set(readProc("/proc/2/comm") === "kthreadd\n" ? ["2", ...readProc("/proc/2/task/2/children").split(" ")] : []);
  return readNames("/proc")
    .filter((name) => /^\d+$/.test(name) && !kernel.has(name))
    .map(Number);
}

/** The processes that a process has started and not waited for, and those that were left to it. */
export function childrenOf(pid: number): readonly number[] {
  return readProc(`/proc/${pid}/task/${pid}/children`)
    .split(" ")
    .filter((text) => text !== "")
    .map(Number);
}

/** The inode of each namespace of a process; null where it is gone or the kernel has no such namespace. */
export function namespacesOf(pid: number | "self"): Readonly<Record<NamespaceKind, string | null>> {
  const inode = (kind: NamespaceKind) => parseNamespaceLink(readLink(`/proc/${pid}/ns/${namespaceFiles[kind]}`) ?? "");
  return {
    mount: inode("mount"),
    uts: inode("uts"),
    ipc: inode("ipc"),
    net: inode("net"),
    pid: inode("pid"),
    user: inode("user"),
    cgroup: inode("cgroup"),
    time: inode("time"),
  };
}

/** `DEVICE:INODE` of what a path leads to, as stat(2) counts; "" where it cannot be looked at. */
export function identity(path: string): string {
  const stat = readStat(path);
  return stat === null ? "" : `${stat.dev}:${stat.ino}`;
}

/** The number that stat(2) gives for the `major:minor` of mountinfo (makedev(3)). */
export function deviceNumber(device: string): number {
  const [major = 0, minor = 0] = device.split(":").map(Number);
  return (minor & 0xff) + (major & 0xfff) * 0x100 + (minor >> 8) * 0x100000;
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
