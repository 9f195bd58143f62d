import type { Assembly } from "./assembly.ts";
import type { Fact, FactName } from "./fact.ts";
import type { Keeper, Machine, Places, Scope } from "./resource.ts";
import type { Root, RootPlan } from "./root.ts";
import type { BuildTool, FailedMark } from "./step.ts";

/** One life of an environment that was found on the machine: running, unfinished, or only its directories (no keeper). */
export interface Found {
  readonly name: string;
  readonly id: string;
  readonly keeper: Keeper | null;
  /** The manifest directory that its keeper was started for; null when that cannot be seen. */
  readonly directory: string | null;
  /** The name of its run directory, where that is another one: it was renamed. */
  readonly called?: string;
}

/** What is to be read inside namespaces that /proc does not show from outside. */
export interface InsideRequest {
  /** Of one without a keeper only what is not of an environment (`machine/...`) is read. */
  readonly scope: Scope;
  /** `hostname`, `domainname`, or a sysctl's name. */
  readonly names: readonly string[];
}

/** A command of a step, with all references resolved. */
export interface RunRequest {
  readonly command: readonly string[];
  readonly progress: BuildTool | null;
  readonly log: string | null;
  readonly tolerates: readonly number[];
  readonly input: string | null;
  /** Nobody can tell that it hangs. */
  readonly lasts: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** After so many ms it is ended, with all that it has started; absent: it may take its time. */
  readonly withinMs?: number;
  /** It only waits, and is ended where this says so; its first line tells what has not come about. */
  readonly waits?: () => boolean;
  /** Nothing of it counts before it has ended well: it is ended where this says so. */
  readonly ends?: () => boolean;
  readonly onProgress: (progress: { readonly stage: string; readonly fraction: number | null; readonly detail: string }) => void;
}

/** Lines of a network step; `inside`: the process whose network some of them are of. */
export interface NetworkRequest {
  readonly lines: readonly string[];
  readonly inside: { readonly pid: string; readonly start: string } | null;
}

/** An environment's keeper between its start and its commit. */
export interface HeldKeeper {
  readonly pid: number;
  readonly start: string;
  /** Lets it through its gate. */
  release(): void;
  /** Lets it outlive this process. */
  commit(): void;
  /** Lets it outlive this process half made, marked as what it is, with why that is so. False: it has not begun to live, or ended by itself. */
  keep(why: string): boolean;
  /** Ends it, and with it everything of the environment that the kernel holds; resolves when it is gone. */
  abandon(): Promise<void>;
}

/** A process to start inside: the command that enters, its output's file, and where it is seen to run or to have ended. */
export interface SpawnRequest {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly log: string;
  readonly group: string;
  readonly end: string;
}

/** A build directory that is this process's alone. */
export interface StagedBuild {
  commit(plan: RootPlan): Promise<Root>;
  abandon(): Promise<void>;
}

/** An environment that runs, as it is listened to: its keeper, its control groups and those of its processes (some may not be there). */
export interface Life {
  readonly name: string;
  readonly pid: number;
  readonly start: string;
  readonly groups: readonly { readonly path: string; readonly version: 1 | 2 }[];
  /** Whether it has an interface of ours, so that its network and the host's are listened to. */
  readonly network: boolean;
}

/** A hint that something may have happened; what did, only looking tells. */
export interface Heard {
  readonly environment: string;
  readonly what: "death" | "mounts" | "limits" | "network";
}

/** What listens to the kernel. */
export interface KernelEvents {
  /** Listens to these from now on, and to no others. One that was given before, the same object, is not looked at again. */
  follow(lives: readonly Life[]): void;
  close(): void;
}

/** The network of the machine, as far as a range of addresses is chosen by it. */
export interface NetworkSeen {
  /** Prefixes that the main table has a route to, with their interfaces: `10.213.0.0/24`; the default route is none. */
  readonly routes: readonly { readonly prefix: string; readonly interface: string }[];
  /** Whether interfaces get IPv6 addresses. */
  readonly ipv6: boolean;
}

/** The part of a host that only looks: with it nothing can be changed. */
export type LookingHost = Pick<
  Host,
  "machine" | "newId" | "places" | "discover" | "takenRanges" | "upperOwner" | "networkSeen" | "addressesOf" | "collect" | "collectInside"
>;

/** The machine, as the engine sees it. Looking is synchronous and changes nothing; doing is what steps do. */
export interface Host {
  readonly machine: Machine;
  /** 8 random base32 characters. */
  newId(): string;
  places(project: string, name: string, id: string): Places;
  /** Every life of every environment of a project. `expected`: names whose absence is worth a search of all processes. */
  discover(project: string, expected: readonly string[]): readonly Found[];
  /** First ids of the ranges that are taken, by anything. */
  takenRanges(): ReadonlySet<number>;
  /** Keeps other runs on this machine from giving the same range away while this one lives; false where one of them has it already. */
  claimRange(base: number): boolean;
  releaseRanges(): void;
  /** First id of the owner of an environment's uppers, or null where it has none. */
  upperOwner(uppers: string): number | null;
  /** What an address for an environment is chosen by. */
  networkSeen(): NetworkSeen;
  /** The IPv4 addresses in the network namespace of a process, without those of lo. */
  addressesOf(pid: number): readonly string[];
  /** Facts of one environment. `machine`: those of the machine itself (`host/...`) that this look has read already; it is added to. */
  collect(scope: Scope, names: readonly FactName[], machine?: Map<FactName, Fact>): ReadonlyMap<FactName, Fact>;
  /** One read-only process for all environments. Keys are `keeper/hostname`, `keeper/sysctl/NAME`; one map for each request. */
  collectInside(requests: readonly InsideRequest[]): Promise<readonly ReadonlyMap<FactName, Fact>[]>;
  /** Listens to environments that run, without changing anything. */
  listen(told: (heard: Heard) => void): KernelEvents;

  /** What runs is about to be looked into, or something to be made: what that takes by itself begins now. Changes nothing. */
  prepare(purpose: "looking" | "making"): void;
  /** Something is about to be started: the kernel's wait before the first move between control groups is taken now, and the tools are looked for as soon as this process waits. */
  warm(): void;
  makeDirectory(path: string, mode: number, owner: number | undefined): void;
  makeGroups(paths: readonly string[]): void;
  makeLink(path: string, target: string): void;
  writeFile(path: string, content: string, mode: number): void;
  /** As `writeFile`, of what is used up by this process. */
  writeBriefly(path: string, content: string, mode: number): void;
  writeKernel(path: string, content: string): void;
  removeFile(path: string): void;
  removeEmpty(path: string): void;
  /** Renames a directory; one that is not there is left so. */
  move(from: string, to: string): void;
  removeTree(path: string): Promise<void>;
  removeGroup(path: string): Promise<void>;
  run(request: RunRequest): Promise<void>;
  /** Begins a short command, whose `run` then only waits for its end. */
  begin(request: Pick<RunRequest, "command" | "input">): void;
  network(request: NetworkRequest): Promise<void>;
  stage(store: string, key: string): Promise<StagedBuild>;
  hold(request: {
    readonly command: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    readonly log: string;
    readonly failed: FailedMark;
  }): Promise<HeldKeeper>;
  assemble(request: AssemblyRequest): Promise<void>;
  spawn(request: SpawnRequest): Promise<void>;
  /** Signals a process, identified by pid and start time, and awaits its end; after `graceMs` it is killed. One that is gone is done. */
  end(request: ProcessEnd): Promise<void>;
}

/** A process by pid and start time, and how it is to end. */
export interface ProcessEnd {
  readonly pid: number;
  readonly start: string;
  readonly signal: NodeJS.Signals;
  /** Time to end by itself before it is killed, in ms; 0 with SIGKILL. */
  readonly graceMs: number;
  /** The environment, `PROJECT/NAME`, whose waiting processes outside are awaited too. */
  readonly waiters?: string;
}

/** An assembly in which everything is known. */
export interface AssemblyRequest extends Omit<Assembly<string>, "pid"> {
  readonly pid: number;
}
