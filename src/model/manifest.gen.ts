// Generated from schemas/cloister.schema.json by npm run gen. Never edited by hand.

export type Name = string;
export type Path = string;
export type Text = string | number | boolean;
export type RootfsFile =
  | {
      content?: string;
      source?: Path;
      uid?: Id;
      gid?: Id;
      mode?: string | number;
    }
  | string;
export type Id = number;
export type Setup =
  | string
  | {
      run?: string;
      network?: "none" | "host";
    };
export type Namespace = string;
export type Seconds = number;
export type Users =
  | string
  | {
      mode?: "auto" | "host" | "map";
      uid_mappings?: Mappings;
      gid_mappings?: Mappings;
    };
export type Mappings = Mapping[];
export type Hostname = string;
export type Addresses = string | Address[];
export type Address = string;
export type Mount =
  | {
      type?: "bind" | "volume" | "tmpfs" | "overlay" | "proc" | "sysfs" | "devpts" | "mqueue";
      source?: Path;
      read_only?: boolean;
      options?: ("nosuid" | "nodev" | "noexec" | "noatime" | "relatime" | "nosymfollow")[];
      propagation?: "private" | "unbindable";
      idmap?:
        | string
        | {
            [k: string]: Id;
          };
      size?: Size;
      mode?: string | number;
      create?: boolean;
      optional?: boolean;
    }
  | string
  | null;
export type Size = string | number;
export type File =
  | {
      content?: string;
      source?: Path;
      uid?: Id;
      gid?: Id;
      mode?: string | number;
    }
  | string;
export type Command = Text[];
export type Ulimit =
  | number
  | string
  | {
      soft?: Bound;
      hard?: Bound;
    };
export type Bound = number | string;
export type Capabilities = (
  | "ALL"
  | "AUDIT_CONTROL"
  | "AUDIT_READ"
  | "AUDIT_WRITE"
  | "BLOCK_SUSPEND"
  | "BPF"
  | "CHECKPOINT_RESTORE"
  | "CHOWN"
  | "DAC_OVERRIDE"
  | "DAC_READ_SEARCH"
  | "FOWNER"
  | "FSETID"
  | "IPC_LOCK"
  | "IPC_OWNER"
  | "KILL"
  | "LEASE"
  | "LINUX_IMMUTABLE"
  | "MAC_ADMIN"
  | "MAC_OVERRIDE"
  | "MKNOD"
  | "NET_ADMIN"
  | "NET_BIND_SERVICE"
  | "NET_BROADCAST"
  | "NET_RAW"
  | "PERFMON"
  | "SETFCAP"
  | "SETGID"
  | "SETPCAP"
  | "SETUID"
  | "SYSLOG"
  | "SYS_ADMIN"
  | "SYS_BOOT"
  | "SYS_CHROOT"
  | "SYS_MODULE"
  | "SYS_NICE"
  | "SYS_PACCT"
  | "SYS_PTRACE"
  | "SYS_RAWIO"
  | "SYS_RESOURCE"
  | "SYS_TIME"
  | "SYS_TTY_CONFIG"
  | "WAKE_ALARM"
)[];
export type Paths = Path[];
export type HostInterface = string;
export type Peers = string[];
export type Sysctl = string | number;
export type EnvFile =
  | string
  | (
      | string
      | {
          path?: Path;
          required?: boolean;
        }
    )[];
export type User = string | number;
export type Signal =
  | "SIGABRT"
  | "SIGALRM"
  | "SIGCONT"
  | "SIGHUP"
  | "SIGINT"
  | "SIGKILL"
  | "SIGPIPE"
  | "SIGQUIT"
  | "SIGTERM"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGWINCH";
export type Duration = string | number;
export type Reaction =
  | string
  | {
      exec?: Command;
    };
export type DriftPolicy = "repair" | "warn" | "ignore";
export type Place = string;

export interface ManifestDocument {
  api_version?: "cloister/v1";
  name?: Name;
  include?: Path[];
  environments?: {
    [k: string]: Environment;
  };
}
export interface Environment {
  description?: string;
  labels?: {
    [k: string]: Text;
  };
  extends?:
    | string
    | {
        file?: Path;
        environment?: Name;
      };
  profiles?: string[];
  rootfs?: Rootfs;
  overlay?: "persistent" | "ephemeral" | "none";
  read_only?: boolean;
  namespaces?:
    | {
        mount?: "private";
        uts?: Namespace;
        ipc?: Namespace;
        net?: Namespace;
        pid?: string;
        user?: "private" | "host";
        cgroup?: Namespace;
        time?: Namespace;
      }
    | ("mount" | "uts" | "ipc" | "net" | "pid" | "user" | "cgroup" | "time")[];
  time_offsets?: {
    monotonic?: Seconds;
    boottime?: Seconds;
  };
  users?: Users;
  unsafe?: ("host-user" | "host-pid")[];
  hostname?: Hostname;
  domainname?: Hostname;
  extra_hosts?: {
    [k: string]: Addresses;
  };
  dns?: string | Address[];
  mounts?: {
    [k: string]: Mount;
  };
  files?: {
    [k: string]: File;
  };
  secrets?: {
    [k: string]: Secret;
  };
  resources?: {
    limits?: Limits;
    cpuset?: string | number;
    cpuset_mems?: string | number;
  };
  oom_score_adj?: number;
  logging?: Logging;
  ulimits?: Ulimits;
  security?: Security;
  network?: {
    mode?: "none" | "host" | "nat" | "bridge" | "macvlan" | "user" | "join" | "path";
    bridge?: HostInterface;
    parent?: HostInterface;
    join?: Name;
    path?: Path;
    ports?: {
      [k: string]: number | string;
    };
    address?: string;
    mac_address?: string;
    mtu?: number;
    routes?: {
      [k: string]: string;
    };
    egress?: {
      allow?: Peers;
      deny?: Peers;
    };
    ingress?: {
      allow?: Peers;
      deny?: Peers;
    };
  };
  sysctls?: {
    [k: string]: Sysctl;
  };
  moved_from?: Name;
  lifecycle?: {
    prevent_destroy?: boolean;
    prevent_restart?: boolean;
  };
  command?: Command;
  processes?: {
    [k: string]: Process;
  };
  env_file?: EnvFile;
  environment?: Variables;
  working_dir?: Path;
  user?: User;
  drift?: {
    policy?: DriftPolicy;
    ignore?: Place[];
    policies?: {
      [k: string]: DriftPolicy;
    };
  };
}
export interface Rootfs {
  release?: string;
  directory?: Path;
  tar?: Path;
  oci?: Path;
  image?: string;
  environment?: Name;
  distribution?: "debian" | "ubuntu";
  variant?: "minbase" | "buildd" | "essential" | "apt" | "required" | "important" | "standard";
  components?: string[];
  packages?: string[];
  files?: {
    [k: string]: RootfsFile;
  };
  setup?: Setup[];
  mirror?: string;
  snapshot?: string;
  keyring?: Path;
  architecture?: "amd64" | "arm64" | "armel" | "armhf" | "i386" | "mips64el" | "ppc64el" | "riscv64" | "s390x";
  tool?: "auto" | "mmdebstrap" | "debootstrap";
}
export interface Mapping {
  inside?: Id;
  outside?: Id;
  count?: number;
}
export interface Secret {
  file?: Path;
  environment?: string;
  command?: Command;
  target?: Path;
  uid?: Id;
  gid?: Id;
  mode?: string | number;
}
export interface Limits {
  memory?: Size;
  memory_swap?: string | number;
  cpus?: number | string;
  pids?: number;
  io?: {
    [k: string]: Io;
  };
}
export interface Io {
  read_bps?: string | number;
  write_bps?: string | number;
  read_iops?: number;
  write_iops?: number;
}
export interface Logging {
  times?: boolean;
  max_size?: Size;
  max_files?: number;
}
export interface Ulimits {
  [k: string]: Ulimit;
}
export interface Security {
  cap_add?: Capabilities;
  cap_drop?: Capabilities;
  no_new_privileges?: boolean;
  masked_paths?: Paths;
  read_only_paths?: Paths;
}
export interface Process {
  command?: Command;
  env_file?: EnvFile;
  environment?: Variables;
  working_dir?: Path;
  user?: User;
  tty?: boolean;
  stdin_open?: boolean;
  restart?: string;
  logging?: Logging;
  stop_signal?: Signal;
  stop_grace_period?: Duration;
  ulimits?: Ulimits;
  healthcheck?: {
    test?: string | Text[];
    interval?: Duration;
    timeout?: Duration;
    retries?: number;
    start_period?: Duration;
    start_interval?: Duration;
    on_failure?: "restart" | "stop" | "none";
  };
  depends_on?:
    | string[]
    | {
        [k: string]: {
          condition?: "process_started" | "process_healthy" | "process_completed";
          timeout?: Duration;
        };
      };
  on_change?: {
    config?: Reaction;
    files?: Reaction;
    secrets?: Reaction;
  };
  hooks?: {
    pre_start?: Command;
    post_start?: Command;
    pre_stop?: Command;
    post_stop?: Command;
    timeout?: Duration;
  };
}
export interface Variables {
  [k: string]: Text;
}
