import type { Address } from "./address.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Environment } from "./environment.ts";
import type { FactName, Facts } from "./fact.ts";
import type { Step } from "./step.ts";

/** What the kernel shows of a running environment, verified: pid + start time + cgroup path + the environ of its parent outside. */
export interface Keeper {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, in clock ticks since boot. */
  readonly start: string;
  /** Whether it is the reaper on a root of its own; false is a remnant of an unfinished start. */
  readonly assembled: boolean;
  /** The process outside that waits for it (`sh`), and that its end also ends. */
  readonly parent: number;
  /** The id on the host of its root, as its uid_map says; 0 with the host's ids. */
  readonly base: number;
  /** The kinds of namespaces that it was started in and that are another's (`join:`, `path:`); not there where its parent, who can tell, is no more. */
  readonly borrowed?: readonly string[];
  /** It was kept after its start had failed, half made and for a look alone; `assembled` is false then. Absent: it was not. */
  readonly failed?: FailedStart;
}

/** A start that failed and was kept. */
export interface FailedStart {
  /** What failed, as it was told; "" where nobody has noted it. Untrusted text. */
  readonly why: string;
  /** Whether its root is there. */
  readonly rooted: boolean;
}

/** One environment, wanted or running or both. An orphan has no `environment`, nor has one that is `inactive`; one that is to be made has no `keeper`. */
export interface Scope {
  readonly project: string;
  readonly name: string;
  /** 8 base32 characters, random at birth; in cgroup path, environ and interface names. */
  readonly id: string;
  readonly environment: Environment | null;
  /** It runs and is left as it is, though it is not wanted: `profile`: none of its profiles is active; `command`: it stands for a `cloister run` that lives. */
  readonly inactive?: "profile" | "command";
  /** As it was last applied, where that is known: a list of what may be of ours, never a truth. */
  readonly last?: Environment | null;
  readonly keeper: Keeper | null;
  /** First id on the host of its range of 65,536 (root inside is this); 0 where it has the host's ids. */
  readonly base: number;
  /** What a process of it is to be told apart by: the manifest's directory. */
  readonly directory: string;
  /** The keepers of the other environments of the project, by name, for `join:`. */
  readonly keepers: ReadonlyMap<string, Keeper>;
  /** Directories of the host that environments of the project may write to, as their manifest names them. */
  readonly exposed?: readonly string[];
  readonly places: Places;
  readonly machine: Machine;
  /** What was written over its root is dropped before it starts. */
  readonly reset?: true;
  /** The name that it was born with, where it has another one now: what the kernel and the environs of its processes call it. */
  readonly birth?: string;
  /** How it was called until now and which of its directories still are, where it is to be renamed. */
  readonly renaming?: Renaming;
  /** Its place in the network of its project; absent where it has none there. */
  readonly lease?: Lease;
  /** Processes that are to stay ended until they are started, by name, with when that was asked for. Absent: none. */
  readonly stopped?: Readonly<Record<string, string>>;
  /** Processes that are to be started anew, by name: those that have ended, or also those that run. Absent: none. */
  readonly anew?: Readonly<Record<string, "ended" | "all">>;
}

/** An environment's place in the network of its project. Addresses are written with the length of their prefix (`10.213.0.2/24`), IPv4 first. */
export interface Lease {
  readonly addresses: readonly string[];
  /** Those that it has now, without prefixes, where these are others; absent: none. */
  readonly earlier?: readonly string[];
  /** Those of the project's bridge. */
  readonly gateways: readonly string[];
  /** Whether something in it is published at the host's ::1; absent: nothing. */
  readonly loopback?: true;
  /** The addresses of everybody in it, by name, without prefixes. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** Of everybody who was in it when it was last applied. */
  readonly namesBefore: ReadonlyMap<string, readonly string[]>;
}

/** What is to be done for an environment to have another name: no kernel object knows it. */
export interface Renaming {
  readonly from: string;
  readonly moves: readonly {
    readonly title: string;
    readonly from: string;
    readonly to: string;
    /** Whether something of an earlier environment lies there, which it takes the place of. */
    readonly replaces: boolean;
  }[];
}

/** The name that the kernel knows an environment by. */
export function birthName({ birth, name }: Pick<Scope, "birth" | "name">): string {
  return birth ?? name;
}

/** The processes of an environment that have names in the manifest, or had them when it was last applied. */
export function processNames({ environment, last }: Pick<Scope, "environment" | "last">): readonly string[] {
  return [...new Set([environment, last].flatMap((one) => Object.keys(one?.processes ?? {})))];
}

/** The directories and files of one environment on the host. All absolute. */
export interface Places {
  /** Hints and the files that steps need: fstab, enter, process ends, logs. */
  readonly run: string;
  readonly store: string;
  readonly uppers: string;
  readonly volumes: string;
  readonly logs: string;
  /** The environment's control group in each hierarchy. */
  readonly cgroups: readonly { readonly hierarchy: Hierarchy; readonly path: string }[];
}

/** One mounted cgroup hierarchy. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** v1: the controllers, or `name=NAME`; v2: those of cgroup.controllers. */
  readonly controllers: readonly string[];
  readonly mountPoint: string;
}

/** Our own programs and what they need to know of the machine; the same for every environment. */
export interface Machine {
  readonly shim: string;
  /** `process.arch`: x64 or arm64. */
  readonly architecture: string;
  /** The highest capability number that the kernel knows. */
  readonly lastCapability: number;
  /** Whether this root may raise a hard resource limit of a process: it has SYS_RESOURCE. */
  readonly raisesLimits: boolean;
  /** Small builds of sh, cat and sleep, where there are any: for what waits outside as long as something runs. */
  readonly small?: { readonly sh: string; readonly cat: string; readonly sleep: string };
  /** Whether nothing may be fetched from the network in this run. */
  readonly offline?: boolean;
}

/** Another program of ours, which lies in the shim's directory. */
export function besideShim(shim: string, name: string): string {
  return shim.replace(/[^/]*$/, name);
}

/** One field that is not as wanted. Values are as they are shown to people. */
export interface Difference {
  /** The field inside the instance (`size`), or "" for the instance itself. */
  readonly field: string;
  readonly want: string;
  readonly have: string;
  /** The kernel's own line that shows it, untrusted text. */
  readonly evidence?: string;
}

/** What a change costs, from cheapest to dearest; the words of `x-liveupdate`. */
export const liveUpdates = ["in-place", "restart-process", "recreate", "rebuild"] as const;
export type LiveUpdate = (typeof liveUpdates)[number];

/**
 * Whether there is a moment without a mount while another one takes its place: `none`, or `short` (about a millisecond: umount(2) waits for the kernel before it
 * returns). `connections`: what goes through an interface that is made anew breaks.
 */
export type Gap = "none" | "short" | "connections";

/** How a mount, or an interface, gives way to another one; what lies on it, or goes through it, goes with it. */
export interface Replacement {
  readonly steps: readonly Step[];
  readonly gap: Gap;
}

/** A kind of thing that environments share: a root in the store. Pure, as every resource. */
export interface SharedResource<Want> {
  readonly name: string;
  facts(environment: Environment): readonly FactName[];
  /** The instances that this environment needs, each made from those before it. */
  want(environment: Environment, facts: Facts): readonly { readonly key: string; readonly want: Want }[];
  /** How plans and steps call it. */
  address(key: string, want: Want): Address;
  /** Whether it is there. */
  have(key: string, want: Want, facts: Facts): boolean;
  describe(want: Want): string;
  create(change: {
    readonly key: string;
    readonly address: Address;
    readonly want: Want;
    readonly facts: Facts;
    readonly places: Places;
    readonly machine: Machine;
    /** What the same plan makes. */
    readonly building: ReadonlySet<Address>;
  }): readonly Step[];
}

/** What is asked for evidence: an instance, and the field that differs ("" for the instance itself). */
export interface Looked {
  readonly scope: Scope;
  readonly key: string;
  readonly field: string;
  readonly facts: Facts;
}

/**
 * One kind of thing in an environment. Every function is pure: it sees facts and returns data; none can touch the machine.
 * Both sides are normalised before they are compared, or a second apply would not be empty.
 */
export interface Resource<Want, Have = Want> {
  readonly name: string;
  /** `assembly`: before the environment is committed, in one transaction; `running`: after it. */
  readonly stage: "assembly" | "running";
  /** Nothing may run inside without it: it bounds what a process can reach or use up. */
  readonly confines?: true;
  /** Its instances are mounts, each with its target as key: what lies below one that comes or goes is made anew with it. */
  readonly mounted?: true;
  /** The fields of an environment, relative, that decide what it is, where these are not those of its own address. */
  readonly decidedBy?: readonly string[];
  /** Its instances lie on mounts, each with its path as key: what lies below a mount that comes or goes is made again behind it. */
  readonly placed?: true;
  /** The address of an instance inside its environment, relative: `mounts["/tmp"]`, `hostname`. */
  path(key: string, scope: Scope): string;
  /** What it must see, for this scope. */
  facts(scope: Scope): readonly FactName[];
  /** What the manifest wants, by identity (a mount's target). */
  want(scope: Scope & { readonly environment: Environment }, facts: Facts): ReadonlyMap<string, Want>;
  /** What the kernel has of ours, by the same identity. */
  have(scope: Scope & { readonly keeper: Keeper }, facts: Facts): ReadonlyMap<string, Have>;
  /** What must stand before it: absolute addresses, other environments' too. */
  needs(scope: Scope, key: string, want: Want): readonly Address[];
  /** What must end before it, where it is taken away: absolute addresses. Absent: nothing. */
  endsAfter?(scope: Scope, key: string): readonly Address[];
  /** [] = in sync. */
  compare(want: Want, have: Have): readonly Difference[];
  /** One line for a plan: what is to be made, or what was there. */
  describe(value: Want | Have): string;
  create(change: { readonly scope: Scope; readonly key: string; readonly want: Want; readonly facts: Facts }): readonly Step[];
  /** The kernel's own line of what is there, where it has one. */
  evidence?(have: Have): string | undefined;
  /** The kernel's word on an instance that is not as wanted, or on where there is none of it: for differences that bring none of their own. */
  seen?(looked: Looked): string | undefined;
  /** What setting it now would do to processes that nobody asked for; null: nothing. It is done only where that is allowed. */
  hazard?(change: { readonly scope: Scope; readonly key: string; readonly want: Want; readonly facts: Facts }): Diagnostic | null;
  /** How a difference is mended: steps in place, or the dearer class that it takes. */
  update(change: {
    readonly scope: Scope;
    readonly key: string;
    readonly want: Want;
    readonly have: Have;
    readonly facts: Facts;
    // `replace`: in place, by taking it away and making it anew.
  }): readonly Step[] | Replacement | "replace" | Exclude<LiveUpdate, "in-place">;
  remove(change: { readonly scope: Scope; readonly key: string; readonly have: Have; readonly facts: Facts }): readonly Step[];
}
