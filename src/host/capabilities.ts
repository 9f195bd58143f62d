import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { release } from "node:os";
import { dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import { capabilityNames, parseCapabilityMask } from "../kernel/capability.ts";
import type { CgroupHierarchy } from "../kernel/cgroup.ts";
import { parseHierarchies } from "../kernel/cgroup.ts";
import { forwardingBlocked } from "../kernel/firewall.ts";
import { configured } from "../kernel/kernel-config.ts";
import type { MountLine } from "../kernel/mountinfo.ts";
import { parseMountinfo } from "../kernel/mountinfo.ts";
import { parseChains, parseRules } from "../kernel/nftables.ts";
import { parseColonLines } from "../kernel/proc.ts";
import type { Capabilities, DataPlace, FoundTool, KernelCall } from "../model/capabilities.ts";
import type { NamespaceKind } from "../model/environment.ts";
import { codeOf } from "../model/errno.ts";
import { anyBridge, ownTables } from "../model/network.ts";
import type { Machine } from "../model/resource.ts";
import { fileSystemFinder } from "./file-systems.ts";
import { takenRanges } from "./id-ranges.ts";
import { packageVersions } from "./packages.ts";
import { readNames, readProc } from "./proc-reader.ts";
import { toolList } from "./tool-list.ts";
import { findTool, hostEnvironment, lackingOptions } from "./tools.ts";

/** Where cloister keeps, or will keep, what it keeps. */
export interface CapabilityPlaces {
  readonly data: string;
  readonly state: string;
  readonly run: string;
}

const firstId = 0x70000000;
const lastId = 0x7ffdffff;
const block = 65_536;

/** Debian's own setting, and Ubuntu's since 23.10. */
const rootOnlySettings = [
  { name: "kernel.unprivileged_userns_clone", value: "0" },
  { name: "kernel.apparmor_restrict_unprivileged_userns", value: "1" },
];

/** What this machine can do, by trying. Changes nothing, and starts a handful of short processes: about 50 ms. */
export function readCapabilities(machine: Machine, places: CapabilityPlaces): Capabilities {
  const mounts = parseMountinfo(readProc("/proc/self/mountinfo"));
  const data = existing(places.data);
  const tried = tryKernel(machine, data);
  const namespace = (kind: NamespaceKind) => tried(`namespace ${kind}`);
  const call = (name: KernelCall) => tried(name);
  const fileSystem = fileSystemFinder();
  return {
    kernel: release(),
    node: process.versions.node,
    root: process.geteuid?.() === 0,
    lacking: lackingCapabilities(machine),
    namespaces: {
      mount: namespace("mount"),
      uts: namespace("uts"),
      ipc: namespace("ipc"),
      net: namespace("net"),
      pid: namespace("pid"),
      user: namespace("user"),
      cgroup: namespace("cgroup"),
      time: namespace("time"),
    },
    forbiddenNamespaces: readNames("/proc/sys/user").filter(
      (name) => name.endsWith("_namespaces") && readProc(`/proc/sys/user/${name}`).trim() === "0",
    ),
    rootOnly: rootOnlySettings.flatMap(({ name, value }) =>
      readProc(`/proc/sys/${name.replaceAll(".", "/")}`).trim() === value ? [`${name}=${value}`] : [],
    ),
    calls: {
      openat2: call("openat2"),
      open_tree: call("open_tree"),
      move_mount: call("move_mount"),
      fsopen: call("fsopen"),
      mount_setattr: call("mount_setattr"),
      close_range: call("close_range"),
      "id-mapped mounts": call("id-mapped mounts"),
      "mounts beneath": call("mounts beneath"),
    },
    fileSystems: {
      overlay: fileSystem("overlay"),
      erofs: fileSystem("erofs"),
      squashfs: fileSystem("squashfs"),
      tmpfs: fileSystem("tmpfs"),
    },
    erofsFromFile: configured(kernelConfig(), "CONFIG_EROFS_FS_BACKED_BY_FILE"),
    loopDevices: fs.statSync("/dev/loop-control", { throwIfNoEntry: false })?.isCharacterDevice() === true,
    cgroups: cgroupsOf(parseHierarchies(mounts)),
    tools: tools(),
    ids: { free: freeBlocks(takenRanges(`${places.data}/uppers`)), total: (lastId - firstId + 1) / block },
    data: dataPlace(data, mounts, tried("data id-mapped")),
    unwritable: [places.data, places.state, places.run, "/run/lock"].map(existing).flatMap(unwritable),
    keyrings: tried("keyctl") === null,
    forwarding: forwardingOf(tried),
    binfmt: tried("binfmt_misc"),
  };
}

function forwardingOf(told: (name: string) => string | null): Capabilities["forwarding"] {
  const [chains = "", rules = ""] = ["all-chains", "all-rules"]
    .map((name) => told(name) ?? "")
    .map((hex) => (/^[0-9a-f]*$/.test(hex) ? hex : ""));
  const seen = { chains: parseChains(chains), rules: () => parseRules(rules) };
  return forwardingBlocked(seen, { bridge: anyBridge, families: ["inet", "ip"], own: ownTables });
}

/** Asks the kernel, by one process; the answer to a name is null where it can be done, else why not. */
function tryKernel({ shim, architecture }: Machine, directory: string): (name: string) => string | null {
  const perl = findTool("perl");
  const operands = [shim, architecture, "probe", `${dirname(shim)}/capabilities.pl`, directory];
  const output =
    perl === null
      ? ""
      : spawnSync(perl, operands, {
          cwd: "/",
          env: { ...hostEnvironment() },
          stdio: ["ignore", "pipe", "ignore"],
          encoding: "utf8",
          timeout: 10_000,
        }).stdout;
  const answers = new Map(output.split("\n").map((line) => [line.split("\t")[0] ?? "", line.split("\t")[1] ?? ""]));
  return (name) => {
    const answer = answers.get(name);
    if (answer === undefined) return perl === null ? "perl is not installed, so it could not be tried" : "could not be tried";
    return answer === "" ? null : answer;
  };
}

function lackingCapabilities({ lastCapability }: Machine): readonly string[] {
  const held = new Set(parseCapabilityMask(parseColonLines(readProc("/proc/self/status")).get("CapEff") ?? "0"));
  return capabilityNames.slice(0, lastCapability + 1).filter((name) => !held.has(name));
}

function kernelConfig(): string {
  try {
    return gunzipSync(fs.readFileSync("/proc/config.gz")).toString("latin1");
  } catch {
    return readProc(`/boot/config-${release()}`);
  }
}

function cgroupsOf(hierarchies: readonly CgroupHierarchy[]): Capabilities["cgroups"] {
  const controllers = hierarchies.flatMap(({ version, controllers: own, mountPoint }) =>
    version === 1
      ? own.filter((name) => !name.startsWith("name="))
      : readProc(`${mountPoint}/cgroup.controllers`)
          .split(/\s+/)
          .filter((name) => name !== ""),
  );
  const versions = new Set(hierarchies.map(({ version }) => version));
  const layout = versions.size === 2 ? "hybrid" : versions.has(2) ? "v2" : versions.has(1) ? "v1" : "none";
  return { layout, controllers: [...new Set(controllers)].sort() };
}

function tools(): readonly FoundTool[] {
  const versions = packageVersions(toolList.map((one) => one.package));
  return toolList.map((one) => {
    const path = findTool(one.name);
    return {
      name: one.name,
      package: one.package,
      neededFor: one.neededFor,
      ...(one.insteadOf === undefined ? {} : { insteadOf: one.insteadOf }),
      path,
      version: versions.get(one.package) ?? null,
      lackingOptions: path === null ? [] : unknownOptions(path, one.options),
    };
  });
}

/** Of a tool that does not even answer, all of them. */
function unknownOptions(path: string, options: readonly string[]): readonly string[] {
  try {
    return lackingOptions(path, options);
  } catch {
    return options;
  }
}

function freeBlocks(taken: ReadonlySet<number>): number {
  const used = [...taken].filter((id) => id >= firstId && id <= lastId);
  return (lastId - firstId + 1) / block - used.length;
}

function dataPlace(path: string, mounts: readonly MountLine[], idMapping: string | null): DataPlace {
  const below = mounts.filter((mount) => mount.target === "/" || path === mount.target || path.startsWith(`${mount.target}/`));
  const holder = below.reduce<MountLine | null>((best, mount) => (mount.target.length >= (best?.target.length ?? 0) ? mount : best), null);
  return { path, free: freeBytes(path), fileSystem: holder?.fstype ?? null, idMapping };
}

function freeBytes(path: string): number | null {
  try {
    const { bavail, bsize } = fs.statfsSync(path);
    return bavail * bsize;
  } catch {
    return null;
  }
}

/** The directory itself, or the nearest one above it that is there. */
function existing(path: string): string {
  let place = path;
  while (!fs.existsSync(place) && place !== "/") place = dirname(place);
  return place;
}

function unwritable(path: string): readonly string[] {
  try {
    fs.accessSync(path, fs.constants.W_OK);
    return [];
  } catch (error) {
    return [`${path}: ${codeOf(error) || "not writable"}`];
  }
}
