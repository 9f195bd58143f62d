import type {
  Environment,
  IoLimit,
  Limits,
  Logging,
  Manifest,
  Mount,
  Network,
  Peer,
  Process,
  Secret,
  Traffic,
  Users,
} from "../model/environment.ts";
import { namespaceKinds, portRange } from "../model/environment.ts";
import type { ManagedFile } from "../model/managed-file.ts";
import type { LayeredRootfs, Rootfs } from "../model/rootfs.ts";
import { defaultMounts } from "./default-mounts.ts";
import { writtenHealthcheck } from "./healthcheck.ts";
import { hookTimeout } from "./hooks.ts";
import { writtenReaction } from "./on-change.ts";
import { formatDuration, formatSize } from "./quantity.ts";
import type { Value } from "./tree.ts";
import { isList, isMap } from "./tree.ts";

type CanonicalMap = { readonly [key: string]: Value };

/**
 * The manifest in its own language with every default written out, keys in the schema's order. It is a manifest again, and its own
 * canonical form is the same.
 */
export function canonical({ project, environments }: Manifest): CanonicalMap {
  const written = [...environments.values()].map((environment) => [environment.name, canonicalEnvironment(environment)] as const);
  return {
    api_version: "cloister/v1",
    name: project,
    environments: Object.fromEntries(written.map(([name, one]) => [name, literal(one)])),
  };
}

/** As it is written where a dollar begins a variable. */
function literal(value: Value): Value {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (isList(value)) return value.map(literal);
  return isMap(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literal(item)])) : value;
}

function canonicalEnvironment(environment: Environment): CanonicalMap {
  const { namespaces, security } = environment;
  const ownNames = namespaces.uts === "private";
  return present({
    description: environment.description,
    labels: environment.labels,
    rootfs: canonicalRootfs(environment.rootfs),
    overlay: environment.overlay,
    read_only: environment.read_only,
    namespaces: Object.fromEntries(namespaceKinds.map((kind) => [kind, namespaces[kind]])),
    time_offsets: namespaces.time === "private" ? environment.time_offsets : null,
    users: canonicalUsers(environment.users),
    unsafe: environment.unsafe,
    hostname: ownNames ? environment.hostname : null,
    domainname: ownNames ? environment.domainname : null,
    extra_hosts: environment.extra_hosts,
    dns: typeof environment.dns === "object" && "host" in environment.dns ? "host" : environment.dns,
    mounts: canonicalMounts(environment.mounts),
    files: canonicalFiles(environment.files),
    secrets: Object.fromEntries(Object.entries(environment.secrets).map(([name, secret]) => [name, canonicalSecret(secret)])),
    resources: present({ ...environment.resources, limits: canonicalLimits(environment.resources.limits) }),
    oom_score_adj: environment.oom_score_adj,
    ulimits: canonicalUlimits(environment.ulimits),
    security: {
      cap_add: security.capabilities,
      cap_drop: ["ALL"],
      no_new_privileges: security.no_new_privileges,
      masked_paths: security.masked_paths,
      read_only_paths: security.read_only_paths,
    },
    network: networkWritten(environment.network),
    sysctls: environment.sysctls,
    moved_from: environment.moved_from,
    lifecycle: { ...environment.lifecycle },
    processes: Object.fromEntries(Object.entries(environment.processes).map(([name, process]) => [name, canonicalProcess(process)])),
    environment: environment.environment,
    working_dir: environment.working_dir,
    user: environment.user,
    drift: { policy: environment.drift.policy, ignore: environment.drift.ignore, policies: environment.drift.policies },
  });
}

function canonicalRootfs(rootfs: Rootfs): CanonicalMap {
  if (rootfs.type === "layered") return canonicalLayer(rootfs);
  const { type, ...written } = rootfs;
  if (type !== "oci") return written;
  const { oci, image, architecture } = rootfs;
  return present({ oci, image, architecture });
}

/** All layers of a root beside what they lie on, in the order in which they are made. */
function canonicalLayer({ base, layer }: LayeredRootfs): CanonicalMap {
  const below = canonicalRootfs(base);
  if (layer.type === "packages") return { ...below, packages: layer.packages };
  if (layer.type === "files") return { ...below, files: canonicalFiles(layer.files) };
  const { run, network } = layer;
  return { ...below, setup: [...(Array.isArray(below.setup) ? below.setup : []), { run, network }] };
}

function canonicalFiles(files: Environment["files"]): CanonicalMap {
  return Object.fromEntries(Object.entries(files).map(([target, file]) => [target, canonicalFile(file)]));
}

function canonicalUsers(users: Users): Value {
  if (users.mode !== "map") return users.mode;
  const mappings = (list: typeof users.uid_mappings): Value => list.map(({ inside, outside, count }) => ({ inside, outside, count }));
  return { mode: users.mode, uid_mappings: mappings(users.uid_mappings), gid_mappings: mappings(users.gid_mappings) };
}

/** Every mount in its long form; a default one that was taken away stands as null. */
function canonicalMounts(mounts: Environment["mounts"]): CanonicalMap {
  const targets = [...new Set([...Object.keys(mounts), ...Object.keys(defaultMounts)])].sort();
  return Object.fromEntries(targets.map((target) => [target, canonicalMount(mounts[target])]));
}

function canonicalMount(mount: Mount | undefined): Value {
  if (mount === undefined) return null;
  const { type, source, read_only, options, propagation = "private", idmap, size, mode, create, optional } = mount;
  const sourced = type === "bind" || type === "overlay";
  return present({
    type,
    source,
    read_only,
    options,
    propagation,
    idmap: sourced ? idmap : null,
    size: typeof size === "number" ? formatSize(size) : size,
    mode,
    create,
    optional: sourced ? optional : null,
  });
}

function canonicalFile({ content, source, uid, gid, mode }: ManagedFile): CanonicalMap {
  return present({ content, source, uid, gid, mode });
}

/** What it holds is no part of it. */
function canonicalSecret({ file, environment, command, target, uid, gid, mode }: Secret): CanonicalMap {
  return present({ file, environment, command, target, uid, gid, mode });
}

function canonicalProcess({
  command,
  environment,
  working_dir,
  user,
  tty,
  stdin_open,
  stop_grace_period,
  ulimits,
  logging,
  healthcheck,
  on_change = {},
  hooks,
  depends_on = {},
  ...process
}: Process): CanonicalMap {
  const reactions = Object.fromEntries(Object.entries(on_change).map(([kind, reaction]) => [kind, writtenReaction(reaction)]));
  return {
    ...{ command, environment, working_dir, user, tty: tty ?? false, stdin_open: stdin_open ?? false },
    ...process,
    logging: canonicalLogging(logging),
    stop_grace_period: formatDuration(stop_grace_period),
    ulimits: canonicalUlimits(ulimits),
    ...(healthcheck === undefined ? {} : { healthcheck: writtenHealthcheck(healthcheck) }),
    depends_on: Object.fromEntries(
      Object.entries(depends_on).map(([name, { condition, timeout }]) => [name, { condition, timeout: formatDuration(timeout) }]),
    ),
    on_change: reactions,
    hooks: { ...hooks, timeout: formatDuration(hooks?.timeout ?? hookTimeout) },
  };
}

function canonicalLogging(logging: Logging | undefined): CanonicalMap {
  if (logging === undefined) return { times: false };
  const { times, max_size: size, max_files: files } = logging;
  return size === null ? { times } : { times, max_size: formatSize(size), max_files: files };
}

function canonicalUlimits(ulimits: Environment["ulimits"]): CanonicalMap {
  return Object.fromEntries(Object.entries(ulimits).map(([name, { soft, hard }]) => [name, { soft, hard }]));
}

function canonicalLimits({ memory, memory_swap, cpus, pids, io }: Limits): CanonicalMap {
  return present({
    memory: typeof memory === "number" ? formatSize(memory) : memory,
    memory_swap: typeof memory_swap === "number" ? formatSize(memory_swap) : memory_swap,
    cpus,
    pids,
    io: Object.fromEntries(Object.entries(io).map(([path, limit]) => [path, canonicalIo(limit)])),
  });
}

function canonicalIo({ read_bps, write_bps, read_iops, write_iops }: IoLimit): CanonicalMap {
  const size = (bytes: number | null) => (bytes === null ? null : formatSize(bytes));
  return present({ read_bps: size(read_bps), write_bps: size(write_bps), read_iops, write_iops });
}

/** Without what is not there. */
function present(map: { readonly [key: string]: Value | undefined }): CanonicalMap {
  const kept: Record<string, Value> = {};
  for (const [key, value] of Object.entries(map)) {
    if (value !== undefined && value !== null) kept[key] = value;
  }
  return kept;
}

function networkWritten({
  mode,
  bridge,
  parent,
  join,
  path,
  ports,
  egress,
  ingress,
  address,
  mac_address,
  mtu,
  routes,
}: Network): CanonicalMap {
  const written = Object.entries(ports ?? {}).map(([key, port]) => [key, `${portRange(port.to, port)}/${port.protocol}`] as const);
  return present({
    mode,
    bridge,
    parent,
    join,
    path,
    ports: written.length === 0 ? null : Object.fromEntries(written),
    address,
    mac_address,
    mtu,
    routes,
    egress: canonicalTraffic(egress),
    ingress: canonicalTraffic(ingress),
  });
}

function canonicalTraffic(traffic: Traffic | undefined): Value {
  const texts = (peers: readonly Peer[] | null) => peers?.map(({ text }) => text);
  return traffic === undefined
    ? null
    : present({ allow: texts(traffic.allow), deny: traffic.deny.length === 0 ? null : texts(traffic.deny) });
}
