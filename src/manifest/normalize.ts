import type { Environment } from "../model/environment.ts";
import type { Environment as WrittenEnvironment } from "../model/manifest.gen.ts";
import { readCapabilities } from "./capabilities.ts";
import { readCpuset } from "./cpuset.ts";
import { readDrift } from "./drift.ts";
import { readEnvironment } from "./env-variables.ts";
import { readFiles } from "./files.ts";
import { keepsNames, readDns, readExtraHosts } from "./hosts.ts";
import { readLimits, readUlimits } from "./limits.ts";
import { checkUnbindable, readMounts } from "./mounts.ts";
import type { Isolation } from "./namespaces.ts";
import { readIsolation } from "./namespaces.ts";
import { readProcesses, readUser, readWorkingDir } from "./processes.ts";
import type { Reading } from "./reading.ts";
import { checkPath, textsAt } from "./reading.ts";
import { readRootfs } from "./rootfs.ts";
import { readSecrets, withSecretsMount } from "./secrets.ts";
import { readSysctls } from "./sysctls.ts";
import { checkTraffic } from "./traffic.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";
import { readUnsafe } from "./unsafe.ts";
import { readUsers } from "./users.ts";

const maskedPaths: readonly string[] = [
  ...["acpi", "asound", "interrupts", "kcore", "keys", "latency_stats", "sched_debug", "scsi", "timer_list", "timer_stats"].map(
    (name) => `/proc/${name}`,
  ),
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];

const readOnlyPaths: readonly string[] = ["bus", "fs", "irq", "sys", "sysrq-trigger"].map((name) => `/proc/${name}`);

/** One environment with every default filled in. What is wrong with it is told; the result then only serves to find more. */
export function normalize(reading: Reading, written: WrittenEnvironment): Environment {
  const isolation = readIsolation(reading, written, readUsers(reading, written.users));
  const { namespaces, users } = isolation;
  checkNames(reading, written, isolation);
  const { monotonic = 0, boottime = 0 } = written.time_offsets ?? {};
  const overlay = readOverlay(reading, written);
  const mounts = withSecretsMount(readMounts(reading, written.mounts, users), written.secrets);
  const security = readSecurity(reading, written.security ?? {});
  checkUnbindable(reading, mounts, security.read_only_paths);
  checkTraffic(reading, isolation.network, security);
  const running = { working_dir: readWorkingDir(reading, written.working_dir), user: readUser(reading, written.user, users), users };
  const laid = { written, overlay, mounts, security, users, network: isolation.network };
  const files = readFiles(reading, laid);
  return {
    name: reading.name,
    description: written.description ?? null,
    labels: textsAt(reading, inside(reading.at, "labels"), written.labels),
    rootfs: readRootfs(reading, written.rootfs),
    overlay,
    read_only: written.read_only ?? false,
    namespaces,
    time_offsets: { monotonic, boottime },
    users,
    unsafe: readUnsafe(reading, written, isolation),
    hostname: written.hostname ?? reading.name,
    domainname: written.domainname ?? null,
    extra_hosts: readExtraHosts(reading, laid),
    dns: readDns(reading, laid),
    mounts,
    files,
    secrets: readSecrets(reading, laid, files),
    resources: readResources(reading, written.resources),
    oom_score_adj: written.oom_score_adj ?? 100,
    ulimits: readUlimits(reading, written.ulimits),
    security,
    network: { ...laid.network, ...(keepsNames(laid) ? { names: true } : {}) },
    sysctls: readSysctls(reading, written.sysctls, namespaces),
    lifecycle: readLifecycle(written),
    moved_from: written.moved_from ?? null,
    processes: readProcesses(reading, written, running),
    environment: readEnvironment(reading, written),
    working_dir: running.working_dir,
    user: running.user,
    drift: readDrift(reading, written.drift),
  };
}

function readResources(reading: Reading, written: WrittenEnvironment["resources"]): Environment["resources"] {
  const at = inside(reading.at, "resources");
  return {
    limits: readLimits(reading, written?.limits),
    cpuset: readCpuset(reading, inside(at, "cpuset"), written?.cpuset),
    cpuset_mems: readCpuset(reading, inside(at, "cpuset_mems"), written?.cpuset_mems),
  };
}

/** A name of the environment's own needs a uts namespace of its own, or the host would be renamed. */
function checkNames({ findings, at }: Reading, written: WrittenEnvironment, { namespaces }: Isolation): void {
  if (namespaces.uts === "private") return;
  for (const key of ["hostname", "domainname"] as const) {
    if (written[key] === undefined) continue;
    const message = `${key} needs a uts namespace of the environment's own, but namespaces.uts is ${namespaces.uts}`;
    findings.report({ code: "manifest/conflict", at: inside(at, key), on: "key", message, hint: `leave ${key} out, or make uts private` });
  }
}

function readOverlay({ findings, at }: Reading, written: WrittenEnvironment): Environment["overlay"] {
  const { overlay = "persistent", read_only = false, rootfs } = written;
  const shared = [rootfs?.release, rootfs?.tar, rootfs?.oci].some((source) => source !== undefined);
  if (overlay === "none" && !read_only && shared && !findings.marked(inside(at, "read_only"))) {
    const message = "without an overlay a root from a release or an archive is shared, and nobody may write to it";
    findings.report({
      code: "manifest/conflict",
      at: inside(at, "overlay"),
      message,
      hint: "add read_only: true, or take overlay: ephemeral",
    });
  }
  return overlay;
}

function readSecurity(reading: Reading, written: NonNullable<WrittenEnvironment["security"]>): Environment["security"] {
  const at = inside(reading.at, "security");
  return {
    capabilities: readCapabilities(reading, written),
    no_new_privileges: written.no_new_privileges ?? true,
    masked_paths: readPaths(reading, inside(at, "masked_paths"), written.masked_paths) ?? maskedPaths,
    read_only_paths: readPaths(reading, inside(at, "read_only_paths"), written.read_only_paths) ?? readOnlyPaths,
  };
}

function readPaths(reading: Reading, at: Pointer, written: readonly string[] | undefined): readonly string[] | null {
  if (written === undefined) return null;
  return [...new Set(written.filter((path, index) => checkPath(reading, inside(at, index), path)))].sort();
}

function readLifecycle({ lifecycle = {} }: WrittenEnvironment): Environment["lifecycle"] {
  const { prevent_destroy = false, prevent_restart = false } = lifecycle;
  return { prevent_destroy, prevent_restart };
}
