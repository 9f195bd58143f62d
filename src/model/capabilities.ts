import type { NamespaceKind } from "./environment.ts";

/** What a machine can do, as it was found out by trying, not by version; texts are for people, and untrusted. */
export interface Capabilities {
  readonly kernel: string;
  readonly node: string;
  readonly root: boolean;
  /** Capabilities that root lacks here (a container, a hardened service), without `CAP_`. */
  readonly lacking: readonly string[];
  /** For each kind, null where one can be made, else why not. */
  readonly namespaces: Readonly<Record<NamespaceKind, string | null>>;
  /** Limits of user.max_*_namespaces that are 0. */
  readonly forbiddenNamespaces: readonly string[];
  /** Settings (`NAME=VALUE`) that keep everybody but root from making user namespaces. */
  readonly rootOnly: readonly string[];
  /** System calls and flags by name, null where they are there, else why not. */
  readonly calls: Readonly<Record<KernelCall, string | null>>;
  readonly fileSystems: Readonly<Record<"overlay" | "erofs" | "squashfs" | "tmpfs", "present" | "loadable" | "absent">>;
  /** Whether an erofs image can be mounted from its file: yes, no (a loop device is needed), or not known. */
  readonly erofsFromFile: boolean | null;
  readonly loopDevices: boolean;
  readonly cgroups: { readonly layout: "v2" | "v1" | "hybrid" | "none"; readonly controllers: readonly string[] };
  readonly tools: readonly FoundTool[];
  readonly ids: { readonly free: number; readonly total: number };
  readonly data: DataPlace;
  /** Directories that must be writable, with why they are not. */
  readonly unwritable: readonly string[];
  readonly keyrings: boolean;
  /** Where a firewall of the host drops what is forwarded, and what lets it through; null: nowhere. */
  readonly forwarding: { readonly where: string; readonly fix: string } | null;
  /** Null: a user namespace has a binfmt_misc of its own; else why not. */
  readonly binfmt: string | null;
}

/** System calls, and one flag, that are newer than the oldest kernel that we meet. */
export const kernelCalls = [
  "openat2",
  "open_tree",
  "move_mount",
  "fsopen",
  "mount_setattr",
  "close_range",
  "id-mapped mounts",
  "mounts beneath",
] as const;
export type KernelCall = (typeof kernelCalls)[number];

/** One program of the host that cloister runs. */
export interface FoundTool {
  readonly name: string;
  readonly package: string;
  /** `always`, or what cannot be done without it. */
  readonly neededFor: string;
  /** The program that it is taken for where that one is not installed. */
  readonly insteadOf?: string;
  /** Null: not installed. */
  readonly path: string | null;
  /** Of its package; null where dpkg does not know. */
  readonly version: string | null;
  /** Options that we use and that it does not have. */
  readonly lackingOptions: readonly string[];
}

/** Where roots and overlays are kept. */
export interface DataPlace {
  readonly path: string;
  /** Bytes that can still be written; null where that could not be asked. */
  readonly free: number | null;
  /** `ext4`, `overlay` ...; null when not known. */
  readonly fileSystem: string | null;
  /** Null where its files can be shown with other owners, else why not. */
  readonly idMapping: string | null;
}

/** One thing that cloister needs of a machine, and whether it is there. */
export interface Requirement {
  /** `AREA/NAME`, stable. */
  readonly id: string;
  readonly title: string;
  /** `warn`: something does not work, and `found` says what. */
  readonly result: "ok" | "warn" | "fail";
  readonly found: string;
  /** The command, or the deed, that mends it; null where nothing is to be mended. */
  readonly fix: string | null;
}
