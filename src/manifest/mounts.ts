import { resolve } from "node:path/posix";
import type { Mount, MountType, Users } from "../model/environment.ts";
import type { Mount as WrittenMount } from "../model/manifest.gen.ts";
import { defaultMounts, flagsOfType } from "./default-mounts.ts";
import { readIdmap } from "./idmap.ts";
import { modeOf } from "./mode.ts";
import { parseSize } from "./quantity.ts";
import type { Reading } from "./reading.ts";
import { exposedPath, pathFault } from "./reading.ts";
import { quoted } from "./shown.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";

type LongMount = Exclude<WrittenMount, string | null>;

/** All mounts of an environment by target, the default ones included, sorted so that a parent comes before what lies in it. */
export function readMounts(reading: Reading, written: Readonly<Record<string, WrittenMount>> = {}, users: Users): Record<string, Mount> {
  const at = inside(reading.at, "mounts");
  const mounts = new Map(Object.entries(defaultMounts));
  const targets = new Map<string, Pointer>();
  for (const [target, value] of Object.entries(written)) {
    const here = inside(at, target);
    if (!checkTarget(reading, here, { target, value, targets })) continue;
    mounts.delete(target);
    const long = typeof value === "string" ? fromShort(reading, here, value) : value;
    const mount = long === null ? null : readMount(reading, here, { written: long, target, users });
    if (mount !== null) mounts.set(target, mount);
  }
  return Object.fromEntries([...mounts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What stands in the minimal /dev beside what is mounted there. */
export const ownOfDev = ["null", "zero", "full", "random", "urandom", "tty", "ptmx", "fd", "stdin", "stdout", "stderr"].map(
  (name) => `/dev/${name}`,
);

interface Target {
  readonly target: string;
  readonly value: WrittenMount;
  /** The targets before it, by their canonical form. */
  readonly targets: Map<string, Pointer>;
}

function checkTarget({ findings }: Reading, at: Pointer, { target, value, targets }: Target): boolean {
  const refuse = (message: string, hint?: string): false => {
    findings.report({
      code: "manifest/bad-target",
      at,
      on: "key",
      message: `mount target ${quoted(target)} ${message}`,
      ...(hint === undefined ? {} : { hint }),
    });
    return false;
  };
  if ([...target].some((character) => character < " " || character === "\u007f")) return refuse("has control characters in it");
  if (target.length > 4095 || target.split("/").some((name) => name.length > 255)) return refuse("is longer than the kernel allows");
  const normal = resolve("/", target);
  const first = targets.get(normal);
  if (first !== undefined) {
    const message = `mount target ${quoted(target)} is ${quoted(normal)} once more`;
    findings.report({ code: "manifest/duplicate-target", at, on: "key", message, also: [{ message: "first here", at: first }] });
    return false;
  }
  targets.set(normal, at);
  const fault = pathFault(target);
  if (fault !== null) return refuse(fault.message, fault.hint);
  if (target === "/") return refuse("is the root itself", "the root is what rootfs says");
  if (ownOfDev.includes(target)) return refuse("is a device or a link that every environment has", "leave it out");
  return value === null || checkKernelTarget(target, value, refuse);
}

/** A second proc or sysfs would show what is masked in the first, and nothing may lie over a part of them but masks. */
function checkKernelTarget(target: string, value: Exclude<WrittenMount, null>, refuse: (message: string, hint?: string) => false): boolean {
  const type = typeof value === "string" ? "bind" : value.type;
  for (const [kernel, place] of [
    ["proc", "/proc"],
    ["sysfs", "/sys"],
  ] as const) {
    if (target.startsWith(`${place}/`))
      return refuse(`lies inside ${place}`, "security.masked_paths and security.read_only_paths cover parts of it");
    if ((type === kernel) !== (target === place) && type !== undefined) {
      return type === kernel
        ? refuse(`cannot be a ${kernel}`, `a ${kernel} goes to ${place}`)
        : refuse(`can only be a ${kernel}`, `null leaves ${place} out`);
    }
  }
  return true;
}

/** `./data`, `./data:ro` and `NAME`, as in compose. */
function fromShort({ findings }: Reading, at: Pointer, text: string): LongMount | null {
  const match = /^(.*?)(?::(ro|rw))?$/.exec(text);
  const [, source = "", access] = match ?? [];
  const read_only = access === "ro";
  if (/^(\/|\.\.?(\/|$))/.test(source) && !source.includes(":")) return { type: "bind", source, read_only };
  if (/^[a-z][a-z0-9-]*$/.test(source)) return { type: "volume", source, read_only };
  const message = `${quoted(text)} is no short form of a mount`;
  const hint = text.startsWith("~")
    ? "~ means nothing here: write the whole path"
    : 'write "./PATH", "./PATH:ro", "/PATH" or the name of a volume';
  findings.report({ code: "manifest/short-form", at, message, hint });
  return null;
}

interface Writing {
  readonly written: LongMount;
  readonly target: string;
  readonly users: Users;
}

function readMount(reading: Reading, at: Pointer, { written, target, users }: Writing): Mount | null {
  const { type, source } = written;
  if (type === undefined) return null;
  const optional = written.optional ?? false;
  const usual = defaultMounts[target]?.type === type ? defaultMounts[target] : undefined;
  const mode =
    readMode(reading, at, written) ??
    (type === "tmpfs" || type === "devpts" ? (usual?.mode ?? (type === "tmpfs" ? "0755" : "0620")) : undefined);
  const size = readSize(reading, inside(at, "size"), written.size);
  const idmap = readIdmap(reading, inside(at, "idmap"), { type, idmap: written.idmap, users });
  return {
    type,
    ...(source === undefined ? {} : { source: readSource(reading, inside(at, "source"), { type, source, optional, written }) }),
    read_only: written.read_only ?? type === "sysfs",
    options: readOptions(reading, inside(at, "options"), { type, options: written.options ?? [] }),
    ...(idmap === undefined ? {} : { idmap }),
    ...(size === undefined ? {} : { size }),
    ...(mode === undefined ? {} : { mode }),
    create: written.create ?? true,
    ...(written.propagation === "unbindable" ? { propagation: "unbindable" } : {}),
    optional,
    default: false,
  };
}

function readSource(
  reading: Reading,
  at: Pointer,
  mount: { readonly type: MountType; readonly source: string; readonly optional: boolean; readonly written: LongMount },
): string {
  const { type, source, optional, written } = mount;
  if (type === "volume") {
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(source)) {
      const message = `${quoted(source)} is no name of a volume: at most 63 of a-z, 0-9 and -, beginning with a letter`;
      reading.findings.report({
        code: "manifest/bad-name",
        at,
        message,
        ...(source.includes("/") ? { hint: "a path is mounted by type: bind" } : {}),
      });
    }
    return source;
  }
  const path = exposedPath(reading, at, { written: source, optional });
  if (type === "bind" && written.read_only !== true) warnOfOwnManifest(reading, at, path);
  return path;
}

/** A read-only path is its mount, shown over itself. */
export function checkUnbindable(
  { findings, at }: Reading,
  mounts: Readonly<Record<string, Mount>>,
  readOnlyPaths: readonly string[],
): void {
  for (const [target, { propagation }] of Object.entries(mounts)) {
    const path = propagation === "unbindable" ? readOnlyPaths.find((one) => one === target || one.startsWith(`${target}/`)) : undefined;
    if (path === undefined) continue;
    const message = `${quoted(target)} cannot be unbindable: ${quoted(path)} of security.read_only_paths is shown over itself there`;
    findings.report({ code: "manifest/conflict", at: inside(inside(inside(at, "mounts"), target), "propagation"), message });
  }
}

/** What the next apply does, it does as the host's root. */
function warnOfOwnManifest({ findings, directory, directories }: Reading, at: Pointer, path: string): void {
  const holds = [directory, ...directories.values()].some((one) => path === one || one.startsWith(`${path}/`));
  if (path === "/" || !holds) return;
  const message = `${quoted(path)} holds this manifest: whoever is root inside decides what the next apply does`;
  findings.report({
    code: "manifest/exposed-manifest",
    severity: "warning",
    at,
    message,
    hint: "bind it read-only, or keep the manifest elsewhere",
  });
}

function readOptions(
  reading: Reading,
  at: Pointer,
  mount: { readonly type: MountType; readonly options: readonly string[] },
): readonly string[] {
  const { type, options } = mount;
  if (options.includes("noatime") && options.includes("relatime")) {
    reading.findings.report({ code: "manifest/conflict", at, message: "noatime and relatime exclude each other" });
  }
  if (type === "devpts" && options.includes("nodev")) {
    reading.findings.report({ code: "manifest/conflict", at, message: "with nodev no terminal of devpts could be opened" });
  }
  return [...new Set([...flagsOfType[type], ...options])].sort();
}

function readSize(reading: Reading, at: Pointer, written: string | number | undefined): number | `${number}%` | undefined {
  if (written === undefined) return undefined;
  const size = parseSize(written);
  if (size !== null && size !== 0) return size;
  reading.findings.report({ code: "manifest/out-of-range", at, message: `${quoted(String(written))} is no size that a mount can have` });
  return undefined;
}

function readMode(reading: Reading, at: Pointer, { mode }: LongMount): string | undefined {
  return mode === undefined ? undefined : modeOf(reading, inside(at, "mode"), mode);
}
