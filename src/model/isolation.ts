import type { IdMapping, NamespaceKind, NamespaceSetting, NetworkMode } from "./environment.ts";

/** How one check ended. `not-applicable`: there is nothing to prove here, and the evidence says why. */
export type FindingResult = "pass" | "fail" | "not-applicable";

/** One claim about an environment, and what was seen of it. */
export interface Finding {
  /** `AREA/NAME`, stable. */
  readonly id: string;
  /** The claim, as it should be: `root inside is nobody outside`. */
  readonly title: string;
  /** The rule of the security documentation that it proves (`S02`), or `tutorial` for a claim that people know from there. */
  readonly rule: string;
  readonly result: FindingResult;
  /** What was seen, in words and the kernel's own text; untrusted. */
  readonly evidence: string;
  /** What to do about it; null where it passed. */
  readonly hint: string | null;
}

/** What one thing that was tried inside came to. */
export interface Attempt {
  readonly probe: string;
  /** The error's name (`EPERM`), or "" where it was allowed. */
  readonly outcome: string;
  /** What it was tried on, or what was read; untrusted. */
  readonly detail: string;
}

/** One line of a mount table, as far as isolation goes (fields as in mountinfo). */
export interface MountEntry {
  readonly id: number;
  readonly device: string;
  readonly root: string;
  readonly target: string;
  readonly options: readonly string[];
  readonly propagation: readonly string[];
  readonly fstype: string;
  readonly line: string;
}

/** What the host's /proc says of one process that shares the environment's pid namespace. */
export interface InsideProcess {
  readonly pid: number;
  /** Its number inside. */
  readonly insidePid: number;
  /** Untrusted. */
  readonly comm: string;
  /** Real, effective, saved and file-system user ids, as the host counts them. */
  readonly uids: readonly number[];
  readonly capabilities: CapabilitySets;
  readonly noNewPrivileges: boolean;
  /** 0: no controlling terminal. */
  readonly tty: number;
  /** Inode of each namespace it is in; null where it could not be read. */
  readonly namespaces: Readonly<Record<NamespaceKind, string | null>>;
  readonly descriptors: readonly Descriptor[];
  /** Its control group in each hierarchy, by the hierarchy's name as in `ObservedCgroup`. */
  readonly cgroups: Readonly<Record<string, string>>;
  /** Names in its environment, without values. */
  readonly environment: readonly string[];
  /** Soft and hard limit of the size of core files; -1 is unlimited. */
  readonly coreLimit: { readonly soft: number; readonly hard: number };
  readonly oomScoreAdj: number;
}

/** Capability names without `CAP_`. */
export interface CapabilitySets {
  readonly inheritable: readonly string[];
  readonly permitted: readonly string[];
  readonly effective: readonly string[];
  readonly bounding: readonly string[];
  readonly ambient: readonly string[];
}

/** One open file of a process. */
export interface Descriptor {
  readonly number: number;
  /** The text of its link; untrusted. */
  readonly link: string;
  /** The mount that it was opened on (an id of mountinfo). */
  readonly mount: number | null;
  /** Whether it is the null device, from wherever: what a process has that was given nothing. */
  readonly isNull: boolean;
}

/** The strictest limit on the way from a process's control group up; null is none. Bytes, processors, processes. */
export interface ObservedLimits {
  readonly memory: number | null;
  readonly cpus: number | null;
  readonly pids: number | null;
}

/** The control group of the observed process in one hierarchy. */
export interface ObservedCgroup {
  /** `memory`, `cpu,cpuacct`, `unified`. */
  readonly hierarchy: string;
  readonly path: string;
  /** Processes in the same group that are not of the environment (pids on the host). */
  readonly strangers: readonly number[];
}

/** Everything that was seen of one process and of what is around it, from outside and from inside. Records only: judging is verify's. */
export interface Isolation {
  readonly pid: number;
  readonly namespaces: Readonly<Record<NamespaceKind, { readonly inside: string | null; readonly host: string | null }>>;
  readonly uidMap: readonly IdMapping[];
  readonly gidMap: readonly IdMapping[];
  /** `allow` or `deny`. */
  readonly setgroups: string;
  /** The id maps of the other user namespaces that live on this machine, one process of each. */
  readonly otherMaps: readonly { readonly pid: number; readonly uidMap: readonly IdMapping[] }[];
  /** All mounts of the namespace, also those that a chroot hides. */
  readonly mounts: readonly MountEntry[];
  readonly hostMounts: readonly MountEntry[];
  /** `DEVICE:INODE` of the mount namespace's root directory, of the process's, and of the host's; and where the second lies in the first. */
  readonly roots: { readonly namespace: string; readonly process: string; readonly host: string; readonly path: string };
  readonly processes: readonly InsideProcess[];
  readonly cgroups: readonly ObservedCgroup[];
  readonly limits: ObservedLimits;
  readonly timeOffsets: { readonly monotonic: number; readonly boottime: number };
  readonly host: { readonly hostname: string; readonly abstractSockets: readonly string[]; readonly devpts: readonly number[] };
  /** Which of the kernel's paths (masked, read-only) there are on this machine. */
  readonly kernelPaths: readonly string[];
  readonly attempts: readonly Attempt[];
}

/** What an environment is meant to be: from its manifest, or what every environment of ours is where there is none. */
export interface IsolationClaim {
  readonly namespaces: Readonly<Record<NamespaceKind, NamespaceSetting>>;
  readonly users: "auto" | "map" | "host";
  readonly hostname: string | null;
  readonly timeOffsets: { readonly monotonic: number; readonly boottime: number };
  /** By target; null where nobody declared any, and then no mount may show a file system of the host. */
  readonly mounts: ReadonlyMap<string, { readonly type: string; readonly readOnly: boolean; readonly optional: boolean }> | null;
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly maskedPaths: readonly string[];
  readonly readOnlyPaths: readonly string[];
  readonly network: NetworkMode;
  /** Null: none was asked for. A lower one is as good. */
  readonly limits: ObservedLimits;
  readonly oomScoreAdj: number;
  readonly coreLimit: number;
}
