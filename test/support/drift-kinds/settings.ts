import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { groupOf } from "../site.ts";
import type { DriftKind, Place } from "./place.ts";
import { busyboxInside, doing, fromInside, fromOutside, outside, writeGroup } from "./place.ts";

/** A command of the host's root in one namespace of the environment. */
function entering(namespace: string, ...command: readonly string[]): (place: Place) => undefined {
  return doing(({ seen }) => outside("nsenter", "--target", String(seen.pid), namespace, "--", ...command));
}

// By a proc of its own, as the declared one is read-only there.
function writingSysctl(path: string, value: string): (place: Place) => undefined {
  return busyboxInside("sh", "-c", `mount -t proc proc /mnt && echo ${value} >/mnt/sys/${path}; umount /mnt`);
}

function limited(name: string, controller: string, values: Readonly<Record<string, string>>): DriftKind {
  return {
    ...{ name: `limit ${name}`, ...fromOutside, found: [`resources.limits.${name}`] },
    inject: doing((place) => writeGroup(place, controller, values)),
  };
}

const online = () => readFileSync("/sys/devices/system/cpu/online", "utf8").trim();
const forwarding = 'sysctls["net.ipv4.ip_forward"]';

/** What is done to names, limits and other settings. */
export const settingKinds: readonly DriftKind[] = [
  { name: "hostname", ...fromInside, found: ["hostname"], inject: busyboxInside("hostname", "other") },
  { name: "hostname by the host", ...fromOutside, found: ["hostname"], inject: entering("--uts", "hostname", "another") },
  {
    ...{ name: "domainname", ...fromOutside, found: ["domainname"] },
    inject: entering("--uts", "sh", "-c", "echo example.net >/proc/sys/kernel/domainname"),
  },
  {
    ...{ name: "sysctl of the network", ...fromInside, found: [forwarding] },
    inject: writingSysctl("net/ipv4/ip_forward", "0"),
  },
  {
    ...{ name: "sysctl of ipc", ...fromInside, found: ['sysctls["kernel.msgmax"]'] },
    inject: writingSysctl("kernel/msgmax", "8000"),
  },
  { name: "link down", ...fromInside, found: ["network.lo"], inject: busyboxInside("ip", "link", "set", "lo", "down") },
  limited("memory", "memory", { "memory.max": "134217728", "memory.limit_in_bytes": "134217728" }),
  limited("memory_swap", "memory", { "memory.swap.max": "max", "memory.memsw.limit_in_bytes": "-1" }),
  limited("cpus", "cpu", { "cpu.max": "max 100000", "cpu.cfs_quota_us": "-1" }),
  limited("pids", "pids", { "pids.max": "max" }),
  {
    ...{ name: "limit io", ...fromOutside, found: ['resources.limits.io["/"].read_bps'] },
    inject: doing(({ site, seen }) => {
      const file = join(groupOf(site.rig, seen, "blkio"), "blkio.throttle.read_bps_device");
      writeFileSync(file, readFileSync(file, "utf8").replace(/ \d+/, " 5000000"));
    }),
  },
  {
    ...{ name: "cpuset", ...fromOutside, found: ["resources.cpuset"] },
    inject: doing((place) => writeGroup(place, "cpuset", { "cpuset.cpus": online() })),
  },
  {
    ...{ name: "oom score of the main process", ...fromOutside, found: ["oom_score_adj"] },
    inject: doing(({ main }) => writeFileSync(`/proc/${main}/oom_score_adj`, "0")),
  },
  {
    ...{ name: "oom score of the first process", ...fromOutside, found: ["oom_score_adj"] },
    inject: doing(({ seen }) => writeFileSync(`/proc/${seen.pid}/oom_score_adj`, "900")),
  },
  {
    ...{ name: "rlimit of the main process", ...fromOutside, found: ["ulimits.nofile.soft"] },
    inject: doing(({ main }) => outside("prlimit", "--pid", String(main), "--nofile=100:")),
  },
];
