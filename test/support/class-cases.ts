import { processCases } from "./class-process-cases.ts";
import type { Declared } from "./site.ts";

/** How one field is changed: two declarations that differ in it. */
export interface Case {
  readonly before: Declared;
  readonly after: Declared;
  /** Whether they are keys of the manifest, instead of those of the environment `web`. */
  readonly top?: true;
  /** Where the kernel lets nobody go back from `after` without a restart: why. */
  readonly oneWay?: string;
}

/** A layer that is another one with the host's network. */
const countInterfaces = "grep -c : /proc/net/dev >/etc/set";

/**
 * A case for each field of the schema, by its path (a name without a dot is one of the manifest, every other one of an environment).
 * `*` stands for any name. The class that the schema declares decides what must be seen: nothing of it is repeated here. Paths and files
 * are those that test/live/classes.test.ts lays out; an environment `db` stands
 * beside, unless `environments` says otherwise.
 */
export const cases: Readonly<Record<string, Case>> = {
  api_version: { top: true, before: {}, after: { api_version: "cloister/v1" } },
  name: { top: true, before: {}, after: { name: "other" } },
  include: { top: true, before: { include: ["./first.yaml"] }, after: { include: ["./second.yaml"] } },
  environments: {
    top: true,
    before: { environments: { db: { rootfs: { directory: "./root" }, hostname: "first" } } },
    after: { environments: { db: { rootfs: { directory: "./root" }, hostname: "second" } } },
  },
  // There and back again: the same processes under another name.
  moved_from: {
    top: true,
    before: { environments: { db: { rootfs: { directory: "./root" }, moved_from: "renamed" } } },
    after: { environments: { renamed: { rootfs: { directory: "./root" }, moved_from: "db" } } },
  },

  ...within("", {
    description: ["the site", "the public site"],
    labels: [{ team: "web" }, { team: "front" }],
    extends: [undefined, "db"],
    profiles: [[], ["dev"]],
    env_file: ["./first.env", "./second.env"],
    overlay: ["persistent", "ephemeral"],
    read_only: [false, true],
    namespaces: [{}, ["mount", "uts", "pid", "net", "user", "cgroup"]],
    time_offsets: [{ boottime: 60 }, { monotonic: 60 }],
    users: ["auto", { mode: "map", ...mappings(range(0)) }],
    unsafe: [[], ["host-pid"]],
    hostname: ["first", "second"],
    domainname: ["example.org", "example.net"],
    extra_hosts: [{ db: "192.0.2.1" }, { db: "192.0.2.2" }],
    dns: [["192.0.2.53"], ["192.0.2.54"]],
    mounts: [{}, { "/cache": { type: "tmpfs" } }],
    files: [{}, { "/etc/motd": { content: "changed\n" } }],
    secrets: [{}, { db: { file: "./site/index.html" } }],
    resources: [{}, { limits: { pids: 200 } }],
    oom_score_adj: [200, 300],
    ulimits: [{ nofile: { soft: 900, hard: 1000 } }, { nofile: { soft: 800, hard: 1000 } }],
    security: [{}, { cap_drop: ["ALL"] }],
    network: [{}, { mode: "host" }],
    sysctls: [{ "net.ipv4.ip_forward": 0 }, { "net.ipv4.ip_forward": 1 }],
    command: [
      ["sleep", "1000"],
      ["sleep", "1001"],
    ],
    environment: [{ TZ: "UTC" }, { TZ: "CET" }],
    working_dir: ["/", "/srv"],
    user: [0, 1000],
    drift: [{}, { policy: "warn" }],
    lifecycle: [{}, { prevent_destroy: true }],
  }),

  ...within("extends", { file: ["./first.yaml", "./second.yaml"] }, { environment: "web" }),
  ...within("extends", { environment: ["web", "other"] }, { file: "./first.yaml" }),
  "env_file.*.path": { before: { env_file: [{ path: "./first.env" }] }, after: { env_file: [{ path: "./second.env" }] } },
  "env_file.*.required": {
    before: { env_file: [{ path: "./empty.env", required: true }] },
    after: { env_file: [{ path: "./empty.env", required: false }] },
  },

  ...within("rootfs", {
    release: ["bookworm", "trixie"],
    directory: ["./root", "./other-root"],
    tar: ["./first.tar", "./second.tar"],
    oci: ["./first.oci", "./second.oci"],
  }),
  ...within("rootfs", { image: ["first", "second"] }, { oci: "./both.oci" }),
  "rootfs.environment": {
    before: { rootfs: { directory: "./other-root" } },
    after: { rootfs: { environment: "db" } },
  },
  ...within("rootfs", { distribution: ["debian", "ubuntu"] }, { release: "lab" }),
  ...within(
    "rootfs",
    {
      variant: ["minbase", "buildd"],
      components: [["main"], ["main", "contrib"]],
      snapshot: ["20261101T000000Z", "20261201T000000Z"],
      mirror: ["http://deb.debian.org/debian", "http://192.0.2.1/debian"],
      keyring: ["./first.gpg", "./second.gpg"],
      tool: ["mmdebstrap", "debootstrap"],
      architecture: [undefined, "s390x"],
    },
    { release: "bookworm" },
  ),
  "rootfs.packages": {
    before: { rootfs: { release: "bookworm" } },
    after: { rootfs: { release: "bookworm", packages: ["curl"] } },
    oneWay: "a package that is to go is another root",
  },
  ...within("rootfs", { files: [{}, { "/etc/motd": { content: "built\n" } }], setup: [[], ["echo >/etc/set"]] }, { tar: "./first.tar" }),
  ...overTar(within("rootfs.files./etc/motd", { content: ["first\n", "second\n"], source: ["./site/index.html", "./other/index.html"] })),
  ...overTar(within("rootfs.files./etc/motd", { uid: [0, 33], gid: [0, 33], mode: ["0644", "0600"] }, { content: "text\n" })),
  ...overTar({
    "rootfs.setup.*.run": {
      before: { rootfs: { setup: [{ run: "echo first >/etc/set" }] } },
      after: { rootfs: { setup: [{ run: "echo second >/etc/set" }] } },
    },
    "rootfs.setup.*.network": {
      before: { rootfs: { setup: [{ run: countInterfaces, network: "none" }] } },
      after: { rootfs: { setup: [{ run: countInterfaces, network: "host" }] } },
    },
  }),
  rootfs: { before: { rootfs: { directory: "./root" } }, after: { rootfs: { tar: "./first.tar" } } },

  ...within("namespaces", {
    mount: [undefined, "private"],
    uts: ["private", "host"],
    ipc: ["private", "host"],
    net: ["private", "join:db"],
    pid: ["private", "join:db"],
    cgroup: ["private", "host"],
    time: ["host", "private"],
  }),
  "namespaces.user": {
    before: { namespaces: { user: "private" } },
    after: { namespaces: { user: "host" }, users: "host", unsafe: ["host-user"] },
  },
  ...within("time_offsets", { monotonic: [10, 20], boottime: [10, 20] }),
  "users.mode": { before: { users: { mode: "auto" } }, after: { users: { mode: "map", ...mappings(range(0)) } } },
  ...mapped("uid_mappings"),
  ...mapped("gid_mappings"),

  ...within("mounts./cache", { size: ["1M", "2M"], mode: ["0755", "0700"], options: [[], ["noexec"]] }, { type: "tmpfs" }),
  ...within("mounts./cache", { read_only: [false, true], propagation: ["private", "unbindable"] }, { type: "tmpfs" }),
  ...within("mounts./cache", { create: [true, false] }, { type: "tmpfs" }),
  ...within(
    "mounts./site",
    { source: ["./site", "./other"], optional: [false, true], idmap: ["owner", "none"] },
    { type: "bind" },
    {
      source: "./site",
    },
  ),
  "mounts.*.type": {
    before: { mounts: { "/site": { type: "bind", source: "./site" } } },
    after: { mounts: { "/site": { type: "overlay", source: "./site" } } },
  },

  ...within("files./etc/app", { content: ["first\n", "second\n"], source: ["./site/index.html", "./other/index.html"] }),
  ...within("files./etc/app", { uid: [0, 33], gid: [0, 33], mode: ["0644", "0600"] }, { content: "text\n" }),

  ...within("secrets.db", {
    file: ["./site/index.html", "./other/index.html"],
    environment: ["HOME", "PATH"],
    command: [
      ["echo", "first"],
      ["echo", "second"],
    ],
  }),
  ...within(
    "secrets.db",
    { target: ["/run/first", "/run/second"], uid: [0, 33], gid: [0, 33], mode: ["0400", "0440"] },
    { environment: "PATH" },
  ),

  ...within("resources", {
    limits: [{ pids: 300 }, { pids: 400 }],
    cpuset: ["0", "0-1"],
    cpuset_mems: [undefined, "0"],
  }),
  ...within("resources.limits", {
    memory: ["256M", "128M"],
    cpus: [1.5, 1],
    pids: [100, 200],
    io: [{}, { "/": { read_bps: "10M" } }],
  }),
  ...within("resources.limits", { memory_swap: ["64M", "32M"] }, { memory: "256M" }),
  ...within("resources.limits.io./", {
    read_bps: ["10M", "20M"],
    write_bps: ["10M", "20M"],
    read_iops: [1000, 2000],
    write_iops: [1000, 2000],
  }),
  ...within("ulimits.sigpending", { soft: [500, 600] }, { hard: 1000 }),
  "ulimits.*.hard": {
    before: { ulimits: { msgqueue: { soft: 500, hard: 1000 } } },
    after: { ulimits: { msgqueue: { soft: 500, hard: 900 } } },
    oneWay: "only SYS_RESOURCE may raise a hard limit",
  },

  ...within("security", {
    cap_add: [[], ["NET_ADMIN"]],
    cap_drop: [[], ["CHOWN"]],
    no_new_privileges: [true, false],
    masked_paths: [["/proc/kcore"], ["/proc/kcore", "/home"]],
    read_only_paths: [["/proc/sys"], ["/proc/sys", "/proc/irq"]],
  }),
  ...within("network", { mode: ["none", "host"] }),
  ...within("network", { bridge: ["br0", "br1"] }, { mode: "bridge" }),
  ...within("network", { parent: ["up0", "up1"] }, { mode: "macvlan" }),
  "network.join": { before: { network: {} }, after: { network: { mode: "join", join: "db" } } },
  ...within("network", { path: ["./first.ns", "./second.ns"] }, { mode: "path" }),
  ...within("network", { ports: [{ "127.0.0.1:8080": 80 }, { "127.0.0.1:8080": 81, "127.0.0.1:8081": "81/udp" }] }, { mode: "nat" }),
  ...within(
    "network",
    {
      address: ["10.213.0.5", "10.213.0.6"],
      mac_address: ["02:00:00:00:00:05", "02:00:00:00:00:06"],
      mtu: [1500, 1400],
      routes: [{ "10.9.0.0/16": "10.213.0.1" }, { "10.9.0.0/17": "10.213.0.1" }],
    },
    { mode: "nat" },
  ),
  ...within("network", { egress: [{ allow: ["dns"] }, { allow: ["dns", "10.0.0.0/8:5432"] }] }, { mode: "nat" }),
  ...within("network", { ingress: [{ allow: ["host:80"] }, { deny: ["host:80"] }] }, { mode: "nat" }),
  "network.egress.allow": traffic("egress", { allow: ["dns"] }, { allow: ["host"] }),
  "network.egress.deny": traffic("egress", { deny: ["host:1-9"] }, { deny: ["host:1-9", "10.0.0.0/8"] }),
  "network.ingress.allow": traffic("ingress", { allow: ["host"] }, { allow: [] }),
  "network.ingress.deny": traffic("ingress", { deny: ["*:22"] }, { deny: ["*:22/udp"] }),
  ...within("", { processes: [worker(["sleep", "1000"]), worker(["sleep", "1001"])] }),
  ...within("processes.worker", {
    command: [
      ["sleep", "1000"],
      ["sleep", "1001"],
    ],
  }),
  ...within(
    "processes.worker",
    {
      env_file: ["./first.env", "./second.env"],
      environment: [{ TZ: "UTC" }, { TZ: "CET" }],
      working_dir: ["/", "/srv"],
      user: [0, 1000],
      restart: ["no", "always"],
      stop_signal: ["SIGTERM", "SIGINT"],
      stop_grace_period: ["10s", "5s"],
      ulimits: [{ nofile: { soft: 900, hard: 1000 } }, { nofile: { soft: 800, hard: 1000 } }],
      on_change: [{}, { files: "restart" }],
      hooks: [{}, { pre_stop: ["true"] }],
    },
    { command: ["sleep", "1000"] },
  ),
  ...processCases(),
  ...within("", { logging: [{}, { times: true }] }),
  ...within("logging", { times: [false, true], max_size: ["1M", "2M"] }),
  ...within("logging", { max_files: [2, 3] }, { max_size: "1M" }),
  "processes.*.ulimits.*.soft": ofWorker(
    { ulimits: { sigpending: { soft: 500, hard: 1000 } } },
    { ulimits: { sigpending: { soft: 600, hard: 1000 } } },
  ),
  "processes.*.ulimits.*.hard": {
    ...ofWorker({ ulimits: { msgqueue: { soft: 500, hard: 1000 } } }, { ulimits: { msgqueue: { soft: 500, hard: 900 } } }),
    oneWay: "only SYS_RESOURCE may raise a hard limit",
  },
  ...within("lifecycle", { prevent_destroy: [false, true], prevent_restart: [false, true] }),
  ...within("drift", { policy: ["repair", "warn"], ignore: [[], ["hostname"]], policies: [{}, { hostname: "warn" }] }),
};

function worker(command: readonly string[], keys: Declared = {}): Declared {
  return { worker: { command, ...keys } };
}

function ofWorker(before: Declared, after: Declared): Case {
  const declared = (keys: Declared): Declared => ({ processes: worker(["sleep", "1000"], keys) });
  return { before: declared(before), after: declared(after) };
}

function traffic(direction: string, before: Declared, after: Declared): Case {
  const declared = (value: Declared): Declared => ({ network: { mode: "nat", [direction]: value } });
  return { before: declared(before), after: declared(after) };
}

type Values = Readonly<Record<string, readonly [before: unknown, after: unknown]>>;

/** Cases of the keys of one map, from both values of each; `shared` stands beside them. A name that begins with `/` is the user's own. */
function within(place: string, values: Values, ...shared: readonly Declared[]): Record<string, Case> {
  const keys = place === "" ? [] : place.split(/\.(?=[^.])/);
  const declared = (key: string, value: unknown): Declared => {
    const map: Declared = { ...Object.assign({}, ...shared), ...(value === undefined ? {} : { [key]: value }) };
    return keys.reduceRight<Declared>((inner, name) => ({ [name]: inner }), map);
  };
  const named = keys.map((key, index) =>
    key.startsWith("/") || ["ulimits", "processes", "secrets"].includes(keys[index - 1] ?? "") ? "*" : key,
  );
  const entries = Object.entries(values).map(([key, [before, after]]) => {
    return [[...named, key].join("."), { before: declared(key, before), after: declared(key, after) }] as const;
  });
  return Object.fromEntries(entries);
}

/** The same, of a root from a tar. */
function overTar(all: Record<string, Case>): Record<string, Case> {
  const rooted = ({ rootfs = {} }: { readonly rootfs?: Declared }): Declared => ({ rootfs: { tar: "./first.tar", ...rootfs } });
  return Object.fromEntries(
    Object.entries(all).map(([name, { before, after }]) => [name, { before: rooted(before), after: rooted(after) }]),
  );
}

/** A range of ids that is nobody's on a machine, from `inside` on. */
function range(inside: number, { outside = 0x7ffe0000 + inside, count = 1000 } = {}): Declared {
  return { inside, outside, count };
}

function mappings(...ranges: readonly Declared[]): Declared {
  return { uid_mappings: ranges, gid_mappings: ranges };
}

/** The cases of one of both maps of ids: the map itself, and each number of its second range. */
function mapped(map: "uid_mappings" | "gid_mappings"): Record<string, Case> {
  const of = (second: Declared): Declared => {
    const users = { mode: "map", ...mappings(range(0), range(2000)), [map]: [range(0), second] };
    return { users };
  };
  const [before, first] = [of(range(2000)), 0x7ffe0000 + 2000];
  return {
    [`users.${map}`]: { before, after: { users: { mode: "map", ...mappings(range(0), range(2000)), [map]: [range(0)] } } },
    [`users.${map}.*.inside`]: { before, after: of(range(3000, { outside: first })) },
    [`users.${map}.*.outside`]: { before, after: of(range(2000, { outside: first + 10_000 })) },
    [`users.${map}.*.count`]: { before, after: of(range(2000, { count: 500 })) },
  };
}
