import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Declared, Seen, Site } from "../site.ts";
import { groupOf, namespacesOf, startOf } from "../site.ts";
import type { TestNetwork } from "../test-network.ts";
import { until } from "../until.ts";
import { networkPicture } from "./network-picture.ts";

/** What a kind of drift is done to: an environment that runs as it was applied. */
export interface Place {
  readonly site: Site;
  readonly seen: Seen;
  /** Its main process, and what that has started. */
  readonly main: number;
  readonly child: number;
  /** The network namespace that is its host's; null: the machine's own, and it has no network. */
  readonly network: TestNetwork | null;
}

/** What a place is known by, as the kernel has it now: pids, start times and namespaces. */
export function identityOf({ seen, main, child }: Place): string {
  const alive = [seen.pid, main, child].map((pid) => `${pid} ${startOf(pid)}`);
  return JSON.stringify([alive, startOf(seen.pid) === null ? null : namespacesOf(seen.pid)]);
}

/** One kind of drift: what somebody does, and what is to be seen of it. */
export interface DriftKind {
  /** What is done, as docs/drift.md has it. */
  readonly name: string;
  /** By somebody with the environment's own ids and namespaces, or by the host's root. */
  readonly from: "inside" | "outside";
  /** Does it. Returns what takes away that which stays behind after the repair. */
  readonly inject: (place: Place) => Undo | Promise<Undo>;
  /** The addresses below the environment's at which `drift` finds something, and nowhere else; none where it is no drift. */
  readonly found: readonly string[];
  /** What of the network it is about, where that is not the one that all others are done to. */
  readonly mode?: "user";
  /** What `apply` puts it right by; "nothing" where all is as it was anyway. */
  readonly repaired: "in place" | "restart of the process" | "new environment" | "nothing";
}

type Undo = (() => void | Promise<void>) | undefined;

/** What most kinds that are done from inside have in common. */
export const fromInside = { from: "inside", repaired: "in place" } as const;
/** The same, done by the host's root. */
export const fromOutside = { from: "outside", repaired: "in place" } as const;

/** The environment that all kinds are done to. */
const subject: Declared = {
  hostname: "web",
  domainname: "example.org",
  command: ["sh", "-c", "sleep 1000000 & wait"],
  mounts: {
    "/cache": { type: "tmpfs", size: "1M" },
    "/srv": "./site",
    "/fixed": "./site:ro",
    "/data": "data",
    "/layers": { type: "overlay", source: "./site", size: "1M" },
  },
  security: { masked_paths: ["/proc/uptime", "/sys/kernel"] },
  resources: {
    cpuset: 0,
    limits: { memory: "256M", memory_swap: "256M", cpus: 0.5, pids: 100, io: { "/": { read_bps: "100M" } } },
  },
  ulimits: { nofile: 200 },
  oom_score_adj: 200,
  sysctls: { "net.ipv4.ip_forward": 1, "kernel.msgmax": 4096 },
  dns: ["192.0.2.53"],
  extra_hosts: { db: "192.0.2.5" },
  files: { "/etc/motd": { content: "hello\n" } },
  secrets: { db: { file: "./site/index.html", uid: 33 } },
};

/** What it has beside that in a network namespace of a test's own. */
const connected: Declared = {
  network: {
    mode: "nat",
    mac_address: "02:00:00:00:00:05",
    ports: { "127.0.0.1:8080": 80, "[::1]:8080": 80 },
    egress: { allow: ["dns", "192.0.2.0/24:5432"] },
  },
};

/** The same of kinds that are about mode user. */
const alone: Declared = { network: { mode: "user", ports: { "127.0.0.1:8080": 80, "8081": "53/udp" } } };

/** Starts and ends processes all the time: nothing of it may ever be taken for drift. */
const busy: Declared = { command: ["sh", "-c", "while :; do sleep 0.03; done"], oom_score_adj: 100, ulimits: { nofile: 100 } };

/** Has the environment that all kinds are done to stand, as `web`, and beside it `busy`, to which nothing is done. */
export function standForDrift(site: Site, network: TestNetwork | null, mode?: DriftKind["mode"]): Promise<void> {
  site.rig.write("site/index.html", "site\n");
  const beside = mode === "user" ? alone : connected;
  site.declare({ web: network === null ? subject : { ...subject, ...beside }, busy });
  return site.apply();
}

/** A command of the host's root. */
export function outside(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Something that is done, of which nothing stays behind. */
export function doing(what: (place: Place) => unknown): (place: Place) => undefined {
  return (place) => {
    what(place);
    return undefined;
  };
}

/** As a kind's `inject`: a command of busybox with all that the environment's root can do. */
export function busyboxInside(...command: readonly string[]): (place: Place) => undefined {
  return doing((place) => inside(place, ...command));
}

/** As a kind's `inject`: the same by the host's root, which has entered only the mount namespace. */
export function busyboxInMounts(...command: readonly string[]): (place: Place) => undefined {
  return doing(({ seen }) =>
    outside("nsenter", "--target", String(seen.pid), "--mount", "--pid", "--wd=/", "--", "/bin/busybox", ...command),
  );
}

/** A command of the root that runs with all capabilities of its user namespace, as a process inside might. */
function inside({ seen }: Pick<Place, "seen">, ...command: readonly string[]): string {
  return outside("nsenter", ...entering(seen.pid), ...command);
}

function entering(pid: number): readonly string[] {
  return ["--target", String(pid), "--all", "--root", "--wd=/", "--", "/bin/busybox"];
}

/** Has a `sleep SECONDS` go on in the environment that has entered it past its control groups, below `before`; resolves with what ends it. */
export async function sleepInside({ seen }: Place, seconds: string, ...before: readonly string[]): Promise<() => Promise<void>> {
  const child = spawn("nsenter", [...entering(seen.pid), ...before, "sleep", seconds], { stdio: "ignore" });
  const ended = once(child, "exit");
  const sleeper = await until(`sleep ${seconds} runs`, () => {
    const found = new RegExp(`^ *(\\d+) (?:/bin/busybox )?sleep ${seconds}$`, "m").exec(outside("ps", "-eo", "pid,args"));
    return found === null ? null : Number(found[1]);
  });
  return async () => {
    process.kill(sleeper, "SIGKILL");
    await ended;
  };
}

/** Writes a file of the environment's control group: of these, the one that the hierarchy with the controller has. */
export function writeGroup({ site, seen }: Place, controller: string, values: Readonly<Record<string, string>>): void {
  const group = groupOf(site.rig, seen, controller);
  const file = Object.keys(values).find((name) => existsSync(join(group, name)));
  if (file === undefined) throw new Error(`${group} has none of ${Object.keys(values).join(", ")}`);
  writeFileSync(join(group, file), values[file] ?? "");
}

/** The file in the environment's upper, as the host's root sees it. */
export function upperOf({ site, seen }: Place): string {
  const { superOptions } = seen.mounts.find(({ target }) => target === "/") ?? { superOptions: [] };
  const digest = /^lowerdir=l\/([0-9a-f]+)$/.exec(superOptions.find((option) => option.startsWith("lowerdir=")) ?? "")?.[1] ?? "";
  return join(site.rig.dataDir, "uppers", `${site.rig.project}.${seen.name}`, digest, "u");
}

/** Everything of the environment that a kind may touch, read by the test itself: the same text after a repair as before. */
export function picture(place: Place): string {
  const { site, seen, main, child } = place;
  const files = (pid: number, ...names: readonly string[]) => names.map((name) => `${name} ${read(`/proc/${pid}/${name}`)}`);
  const limits: readonly (readonly [string, readonly string[]])[] = [
    ["memory", ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.max", "memory.swap.max"]],
    ["cpu", ["cpu.cfs_quota_us", "cpu.max"]],
    ["pids", ["pids.max"]],
    ["cpuset", ["cpuset.cpus"]],
    ["blkio", ["blkio.throttle.read_bps_device"]],
  ];
  return [
    ...mountTable(seen.pid),
    ...limits.flatMap(([controller, names]) => names.map((name) => `${name} ${read(join(groupOf(site.rig, seen, controller), name))}`)),
    ...files(seen.pid, "cgroup", "oom_score_adj"),
    ...files(main, "cgroup", "oom_score_adj", "limits"),
    ...files(child, "cgroup", "oom_score_adj"),
    inside({ seen }, "sh", "-c", shown),
    ...(place.network === null ? [] : networkPicture(place.network, seen.pid)),
  ].join("\n");
}

const shown = `hostname; cat /proc/sys/kernel/domainname /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax; ip -o link show lo
for file in /etc/motd /etc/hosts /etc/resolv.conf; do stat -c "%F %u %g %a" $file; cat $file; done; true`;

// Without numbers that a new mount of the same kind has its own of.
function mountTable(pid: number): readonly string[] {
  return read(`/proc/${pid}/mountinfo`)
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^\d+ \d+ (\S+)/, (_, device: string) => (device.startsWith("0:") ? "-" : device)))
    .sort();
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "not there";
}
