import type { Declared, Site } from "../support/site.ts";

/** One project that is made, changed and destroyed while something goes wrong. */
export interface Subject {
  readonly name: string;
  readonly first: Readonly<Record<string, Declared>>;
  /** Declared instead of `first`: an update. */
  readonly second: Readonly<Record<string, Declared>>;
}

// What a persistent overlay keeps would bind it to its range of ids, which others on the machine may be given in the meantime.
const ephemeral = { overlay: "ephemeral" };
const sleeper = { ...ephemeral, command: ["sleep", "1000"] };

const everything: Declared = {
  ...sleeper,
  hostname: "one",
  domainname: "example.org",
  mounts: {
    "/srv": "./site",
    "/read": { type: "bind", source: "./site", read_only: true },
    "/data": { type: "volume", source: "data" },
    "/cache": { type: "tmpfs", size: "1M" },
  },
  resources: { limits: { memory: "64M", cpus: 0.5, pids: 100 } },
  sysctls: { "net.ipv4.ip_forward": 1 },
  namespaces: ["mount", "uts", "ipc", "net", "pid", "user", "cgroup", "time"],
  time_offsets: { monotonic: 60, boottime: 60 },
  security: { cap_add: ["NET_ADMIN"], masked_paths: ["/etc/group"], read_only_paths: ["/home"] },
  ulimits: { nofile: 200 },
};

/** Every way that an environment stands in: the least, the most, the host's users, joined ones, no overlay, and a process that restarts. */
export const subjects: readonly Subject[] = [
  { name: "minimal", first: { web: ephemeral }, second: { web: { ...ephemeral, hostname: "two" } } },
  {
    name: "everything",
    first: { web: everything },
    second: {
      web: {
        ...everything,
        hostname: "two",
        domainname: "example.net",
        mounts: {
          "/srv": "./site:ro",
          "/data": { type: "volume", source: "data" },
          "/cache": { type: "tmpfs", size: "2M" },
          "/more": "./site",
        },
        resources: { limits: { memory: "32M", pids: 50 } },
        sysctls: { "net.ipv4.ip_forward": 0 },
        security: { cap_add: ["NET_ADMIN"], masked_paths: ["/etc/passwd"], read_only_paths: ["/var"] },
      },
    },
  },
  {
    name: "the host's users",
    first: { web: { ...sleeper, users: "host", unsafe: ["host-user"], mounts: { "/srv": "./site" } } },
    second: { web: { ...sleeper, users: "host", unsafe: ["host-user"], hostname: "two", mounts: { "/more": "./site" } } },
  },
  {
    name: "joined",
    first: { db: sleeper, web: { ...sleeper, namespaces: { net: "join:db", ipc: "join:db" } } },
    second: { db: { ...sleeper, time_offsets: { monotonic: 60 } }, web: { ...sleeper, namespaces: { net: "join:db", ipc: "join:db" } } },
  },
  {
    name: "no overlay",
    first: { web: { command: ["sleep", "1000"], overlay: "none", mounts: { "/srv": "./site", "/mnt": { type: "tmpfs" } } } },
    second: { web: { command: ["sleep", "1000"], overlay: "none", mounts: { "/srv": "./site:ro" } } },
  },
  {
    name: "a restart",
    first: { web: sleeper },
    second: { web: { ...sleeper, command: ["sleep", "2000"], environment: { A: "b" } } },
  },
];

/** Writes what the subjects' manifests name. */
export function furnish(site: Site): void {
  site.rig.write("site/index.html", "hello\n");
}

/** Everything that is declared runs, can be entered, and is as wanted. Throws where it is not. */
export async function stands(site: Site, declared: Readonly<Record<string, Declared>>): Promise<void> {
  const left = await site.changes();
  if (left.length > 0) throw new Error(`still to be done: ${left.join(", ")}`);
  for (const [name, { command }] of Object.entries(declared)) {
    const { state, process: main } = await site.status(name);
    if (state !== "running") throw new Error(`${name} is ${state}`);
    if (command !== undefined && main?.type !== "running") throw new Error(`the process of ${name} does not run: ${JSON.stringify(main)}`);
  }
  const { code, stderr } = await site.exec(["true"]);
  if (code !== 0) throw new Error(`exec ended with ${code}: ${stderr}`);
}

/** Nothing of the site is on the machine. Throws where something is. */
export function gone(site: Site, story: string): void {
  const left = site.left();
  if (left.length > 0) throw new Error(`${story}: left behind:\n${left.join("\n")}`);
}
