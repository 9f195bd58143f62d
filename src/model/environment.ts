import type { Address } from "./address.ts";
import type { Prerequisite } from "./dependency.ts";
import type { Diagnostic, Place } from "./diagnostic.ts";
import type { DriftRules } from "./drift-rules.ts";
import type { ManagedFile } from "./managed-file.ts";
import type { Rootfs } from "./rootfs.ts";

/** The kernel's namespaces, in the words of /proc/PID/ns (`mount` is `mnt` there). */
export const namespaceKinds = ["mount", "uts", "ipc", "net", "pid", "user", "cgroup", "time"] as const;
export type NamespaceKind = (typeof namespaceKinds)[number];

/** Whose namespace: one of its own, the host's, another environment's, or one pinned at a path. */
export type NamespaceSetting = "private" | "host" | `join:${string}` | `path:${string}`;

/** How a bind's owners are shown inside: as root, shifted by the whole range, not at all, or by a map of single ids (outside -> inside). */
export type MountIdmap = "owner" | "shift" | "none" | Readonly<Record<string, number>>;

export type MountType = "bind" | "volume" | "tmpfs" | "overlay" | "proc" | "sysfs" | "devpts" | "mqueue";

/** One mount of an environment; its key is the target. Absent fields do not apply to its type. */
export interface Mount {
  readonly type: MountType;
  /** Absolute path on the host (bind, overlay: the lower directory) or a volume's name. */
  readonly source?: string;
  readonly read_only: boolean;
  /** Per-mount flags: nosuid, nodev, noexec, noatime, relatime, nosymfollow. Sorted. */
  readonly options: readonly string[];
  readonly idmap?: MountIdmap;
  /** Bytes, or a percentage of memory as written (`50%`); tmpfs and overlay only. */
  readonly size?: number | `${number}%`;
  /** Permission bits, octal, as four digits (`1777`); tmpfs and devpts only. */
  readonly mode?: string;
  /** Whether a missing target is made. */
  readonly create: boolean;
  /** Left out of binds inside. Absent: private. Neither passes on what is mounted below it. */
  readonly propagation?: "unbindable";
  /** Whether a missing source is passed over instead of being an error. */
  readonly optional: boolean;
  /** True for the mounts that every environment has unless the manifest says otherwise. */
  readonly default: boolean;
}

/** A file inside that holds a secret; what it holds stands nowhere. Exactly one of `file`, `environment` and `command` says where that comes from. */
export interface Secret {
  /** Absolute path on the host. */
  readonly file?: string;
  /** A variable of the process that applies it. */
  readonly environment?: string;
  /** What prints it, run on the host without a shell. */
  readonly command?: readonly string[];
  /** What its source held when it was last read: an HMAC-SHA256 in hex, by the project's own key. Absent: it was not read. */
  readonly held?: string;
  /** Absolute path inside, on a tmpfs. */
  readonly target: string;
  /** As a file's. */
  readonly uid: number;
  readonly gid: number;
  readonly mode: string;
}

/** What /etc/resolv.conf says: nothing of ours, what the host's said when the manifest was read, or these name servers. */
export type Dns = "none" | { readonly host: string } | readonly string[];

/** How ids inside are ids on the host: by a range of our choice, not at all, or by hand. */
export type Users =
  | { readonly mode: "auto" }
  | { readonly mode: "host" }
  | { readonly mode: "map"; readonly uid_mappings: readonly IdMapping[]; readonly gid_mappings: readonly IdMapping[] };

/** One line of a uid_map or gid_map. */
export interface IdMapping {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** A limit as written: an absolute number, or a percentage of the host's (`50%`). */
export type Quantity = number | `${number}%`;

/** Upper bounds of an environment together; null is unlimited. */
export interface Limits {
  /** Bytes. */
  readonly memory: Quantity | null;
  /** Bytes of swap beyond memory. */
  readonly memory_swap: Quantity | null;
  /** Processors, may be fractional. */
  readonly cpus: Quantity | null;
  readonly pids: number | null;
  /** By absolute path on the host: a block device, or anything on the file system of one. */
  readonly io: Readonly<Record<string, IoLimit>>;
}

/** What may be read from and written to one disk in a second: bytes and operations; null is unlimited. */
export interface IoLimit {
  readonly read_bps: number | null;
  readonly write_bps: number | null;
  readonly read_iops: number | null;
  readonly write_iops: number | null;
}

/** Soft and hard value of one resource limit; -1 is unlimited. */
export interface Ulimit {
  readonly soft: number;
  readonly hard: number;
}

/** How what a process writes is kept. */
export interface Logging {
  /** Whether it is kept when each line came. */
  readonly times: boolean;
  /** How many bytes a file holds before the next one is begun; null: there is one, without a bound. */
  readonly max_size: number | null;
  /** How many files are kept, the one that is written included. */
  readonly max_files: number;
}

/** One process of an environment. */
export interface Process {
  readonly command: readonly string[];
  /** Over those of the environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly working_dir: string;
  /** As the environment's. */
  readonly user: string;
  /** It runs on a terminal of its own; absent: it does not. */
  readonly tty?: true;
  /** Its standard input stays open, for whoever attaches to it; absent: there is nothing to read for it. */
  readonly stdin_open?: true;
  /** `no`, `on-failure`, `on-failure:N`, `always`, `unless-stopped`. */
  readonly restart: string;
  /** How what it writes is kept; absent: as it comes, in one file. */
  readonly logging?: Logging;
  /** What asks it to end, and how many seconds it may take until it is killed. */
  readonly stop_signal: NodeJS.Signals;
  readonly stop_grace_period: number;
  /** Over those of the environment. */
  readonly ulimits: Readonly<Record<string, Ulimit>>;
  /** What is done to it when something of the environment was changed while it runs; absent: nothing. */
  readonly on_change?: Readonly<Partial<Record<FollowedKind, Reaction>>>;
  /** What must be so of others before it is started, by `PROCESS` of the same environment or `ENVIRONMENT/PROCESS`; absent: nothing. */
  readonly depends_on?: Readonly<Record<string, Prerequisite>>;
  /** How it is asked whether it is well; absent: it is not. */
  readonly healthcheck?: Healthcheck;
  /** What is run inside around its start and its stop; absent: nothing. */
  readonly hooks?: Hooks;
}

/** How it is asked, again and again, whether a process is well. Times are in seconds. */
export interface Healthcheck {
  readonly test: readonly ["CMD", ...string[]] | readonly ["CMD-SHELL", string];
  readonly interval: number;
  readonly timeout: number;
  /** How many in a row must have failed. */
  readonly retries: number;
  readonly start_period: number;
  readonly start_interval: number;
  readonly on_failure: "restart" | "stop" | "none";
}

/** When a hook is run. */
export const hookNames = ["pre_start", "post_start", "pre_stop", "post_stop"] as const;
export type HookName = (typeof hookNames)[number];

/** The commands around the start and the stop of a process, and how many seconds each may take. */
export type Hooks = Readonly<Partial<Record<HookName, readonly string[]>>> & { readonly timeout: number };

/** What a process can follow: `config` is what else the environment gives it and is changed in place. */
export const followedKinds = ["files", "secrets", "config"] as const;
export type FollowedKind = (typeof followedKinds)[number];

/** How a process is told of a change: by a signal, by a start anew, or by a command beside it. */
export type Reaction =
  | { readonly type: "signal"; readonly signal: NodeJS.Signals }
  | { readonly type: "restart" }
  | { readonly type: "exec"; readonly command: readonly string[] };

/**
 * What network an environment has: its own with nothing but lo, the host's, another's (`join`, `path`), or its own with an eth0 that leads out: through a bridge
 * of the project (`nat`), into one of the host (`bridge`), beside an interface of the host (`macvlan`), or to a process that opens sockets for it (`user`).
 */
export type NetworkMode = "none" | "host" | "nat" | "bridge" | "macvlan" | "user" | "join" | "path";

/** The network of an environment. */
export interface Network {
  readonly mode: NetworkMode;
  /** With mode `bridge`: the bridge of the host. */
  readonly bridge?: string;
  /** With mode `macvlan`: the interface of the host. */
  readonly parent?: string;
  /** With mode `join`: the environment. */
  readonly join?: string;
  /** With mode `path`: the file, absolute. */
  readonly path?: string;
  /** Whether /etc/hosts is kept for the names of the project's network; absent: no, or another one keeps that file. */
  readonly names?: true;
  /** What is published on the host, by its side as written (`127.0.0.1:8080`); absent: nothing. */
  readonly ports?: Readonly<Record<string, PublishedPort>>;
  /** With mode `nat`: the IPv4 address of eth0; absent: one of our choice. The project's range follows from it. Else: with the length of its prefix; absent: none. */
  readonly address?: string;
  /** Six bytes, lower case; absent: the kernel's choice. */
  readonly mac_address?: string;
  /** Bytes; absent: 1500, with mode `user` 65520, or that of the host's bridge or parent. */
  readonly mtu?: number;
  /** Next hops, an address or the name of an environment, by what is behind them: a prefix or `default`. */
  readonly routes?: Readonly<Record<string, string>>;
  /** What it may reach, and who may reach it; absent: everybody whom its mode lets. */
  readonly egress?: Traffic;
  readonly ingress?: Traffic;
}

/** Which connections are let through: what is denied first, then what is allowed. */
export interface Traffic {
  /** Null: whatever is not denied. */
  readonly allow: readonly Peer[] | null;
  readonly deny: readonly Peer[];
}

/** Who is at the other end, and which port of the end that is asked. */
export interface Peer {
  /** As it is written: its name in listings. */
  readonly text: string;
  /** `*`: anybody; `dns`: the name servers; `host`: the host, by the bridge's addresses; an address or a prefix; else a name. */
  readonly to: string;
  /** First and last; null: any, of every protocol. */
  readonly ports: readonly [first: number, last: number] | null;
  readonly protocol: "tcp" | "udp";
}

/** A port of the host that leads into an environment. */
export interface PublishedPort {
  /** An address of the host; null: any, of both families. */
  readonly address: string | null;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** The port inside. */
  readonly to: number;
  /** How many ports there are from both on, one leading to one; absent: one. */
  readonly count?: number;
}

/** The ports of a range, or one, as they are written: `8000-8010`. */
export function portRange(first: number, { count = 1 }: Pick<PublishedPort, "count">): string {
  return count === 1 ? String(first) : `${first}-${first + count - 1}`;
}

/** What may not be done to an environment unless that is asked for by its name. */
export interface Lifecycle {
  readonly prevent_destroy: boolean;
  readonly prevent_restart: boolean;
}

/** An environment as it is wanted: every default filled in, every size a number, every host path absolute. Keys are the manifest's own. */
export interface Environment {
  readonly name: string;
  readonly description: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly rootfs: Rootfs;
  readonly overlay: "persistent" | "ephemeral" | "none";
  readonly read_only: boolean;
  readonly namespaces: Readonly<Record<NamespaceKind, NamespaceSetting>>;
  /** Seconds. Both 0 where the time namespace is the host's. */
  readonly time_offsets: { readonly monotonic: number; readonly boottime: number };
  readonly users: Users;
  readonly unsafe: readonly string[];
  readonly hostname: string;
  readonly domainname: string | null;
  /** Addresses by name, for /etc/hosts; {} leaves that file alone. */
  readonly extra_hosts: Readonly<Record<string, readonly string[]>>;
  readonly dns: Dns;
  readonly mounts: Readonly<Record<string, Mount>>;
  readonly files: Readonly<Record<string, ManagedFile>>;
  /** By name. */
  readonly secrets: Readonly<Record<string, Secret>>;
  readonly resources: {
    readonly limits: Limits;
    /** Processors and memory nodes, as lists in the kernel's shortest form (`0-1,3`); null is all. */
    readonly cpuset: string | null;
    readonly cpuset_mems: string | null;
  };
  readonly oom_score_adj: number;
  readonly ulimits: Readonly<Record<string, Ulimit>>;
  readonly security: {
    /** The final set, kernel names without `CAP_`, sorted. */
    readonly capabilities: readonly string[];
    readonly no_new_privileges: boolean;
    readonly masked_paths: readonly string[];
    readonly read_only_paths: readonly string[];
  };
  readonly network: Network;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly lifecycle: Lifecycle;
  /** The name that it had before. */
  readonly moved_from: string | null;
  /** What runs in it, by name; {} when the environment just stands. */
  readonly processes: Readonly<Record<string, Process>>;
  /** Of every process, and of what `exec` runs; as the next two. */
  readonly environment: Readonly<Record<string, string>>;
  readonly working_dir: string;
  /** `0`, `1000:1000`, `www-data`, `www-data:adm`: names are looked up in the environment's own passwd. */
  readonly user: string;
  /** What becomes of what was changed behind the manifest's back. */
  readonly drift: DriftRules;
}

/** A variable that the values of a manifest use. */
export interface UsedVariable {
  readonly name: string;
  /** Null: not set. */
  readonly value: string | null;
  /** Who says so: the environment of the caller, or a line of an env file; null: nobody. */
  readonly from: "environment" | Place | null;
  /** As it is written: `operator` is what stands behind the name (`:-`), "" where nothing does, `operand` what follows that. */
  readonly uses: readonly { readonly operator: string; readonly operand: string | null; readonly at: Place | null }[];
}

/** A project: what all the manifest files say together, validated and with defaults. */
export interface Manifest {
  readonly project: string;
  /** Real path of the directory that holds the first manifest file; relative sources start here. */
  readonly directory: string;
  readonly environments: ReadonlyMap<string, Environment>;
  /** Environments that are not there now, because none of their profiles is active: these, by name. Absent: none. */
  readonly inactive?: Readonly<Record<string, readonly string[]>>;
  /** The variables that its values use, by name. Absent: none. */
  readonly variables?: readonly UsedVariable[];
  /** Where each written value stands, by address; a value that is not here is a default. */
  readonly origins: ReadonlyMap<Address, Place>;
  /** It says what it says for more than its files: variables, env files, active profiles. Absent: it does not. */
  readonly dependent?: true;
  /** Everything that was read, with its sha256 (hex). */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly warnings: readonly Diagnostic[];
}
