import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { capabilityNumbers } from "../kernel/capability.ts";
import { parseKeys } from "../kernel/keyring.ts";
import type { MountLine } from "../kernel/mountinfo.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Attempt, InsideProcess } from "../model/isolation.ts";
import type { Machine } from "../model/resource.ts";
import { deviceNumber, identity, readProc } from "./proc-reader.ts";
import { hostEnvironment, tool } from "./tools.ts";

/** What is to be looked at, and as whom it is to be entered. */
export interface IsolationRequest {
  /** Any process of the environment. */
  readonly pid: number;
  /** Start time as in stat(5), or null to take the process as it is found. */
  readonly start: string | null;
  readonly machine: Machine;
  /** The keys of the shim's `enter` as exec gives them; null to enter with what the process itself has. */
  readonly entering: readonly string[] | null;
  readonly maskedPaths: readonly string[];
  readonly readOnlyPaths: readonly string[];
}

/** What the probes inside reported, and the two things that only an outsider in the mount namespace sees. */
export interface InsideReport {
  readonly attempts: readonly Attempt[];
  readonly mountinfo: string;
  readonly namespaceRoot: string;
}

/** Files of the kernel that would change the host; they are opened for writing and closed again, never written. */
const hostWideFiles = [
  "/proc/sys/kernel/core_pattern",
  "/proc/sys/kernel/modprobe",
  "/proc/sysrq-trigger",
  "/proc/sys/kernel/panic",
  "/proc/sys/vm/overcommit_memory",
  "/proc/sys/fs/file-max",
  "/proc/irq/default_smp_affinity",
  "/sys/power/state",
  "/sys/kernel/uevent_helper",
  "/sys/kernel/mm/transparent_hugepage/enabled",
];

/** A file of the host that only its root may read; what makes it a proof is its inode, not its content. */
const privateFile = "/etc/shadow";

const timeoutMs = 30_000;

interface Surroundings {
  readonly hostMounts: readonly MountLine[];
  readonly processes: readonly InsideProcess[];
}

/** Enters as a process of the environment and tries what must not work there. Throws `verify/cannot-enter`. */
export function attemptInside(request: IsolationRequest, surroundings: Surroundings): InsideReport {
  const { shim, architecture } = request.machine;
  const keys = request.entering ?? ownKeys(request, surroundings.processes);
  const operands = [shim, architecture, "probe", `${dirname(shim)}/probe.pl`, ...keys, "--", ...probeKeys(request, surroundings)];
  const { stdout, stderr, error } = spawnSync(tool("perl"), operands, {
    cwd: "/",
    // LC_ALL=C: a message catalogue of another language would be read inside, from the environment's own root.
    env: { ...hostEnvironment() },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    timeout: timeoutMs,
    maxBuffer: 64 << 20,
  });
  const report = parseReport(stdout ?? "");
  if (report.attempts.some((attempt) => attempt.probe === "entered")) return report;
  throw new CloisterError({
    code: "verify/cannot-enter",
    severity: "error",
    message: `process ${request.pid} could not be entered to look from inside`,
    cause: error === undefined ? stderr : error.message,
  });
}

/** Parses what the probe program prints; lines that are not its own are left out. */
export function parseReport(text: string): InsideReport {
  const lines = text.split("\n").flatMap((line) => parseLine(line) ?? []);
  return {
    attempts: lines.filter((line) => line.probe !== "mount-line" && line.probe !== "namespace-root"),
    mountinfo: lines
      .filter((line) => line.probe === "mount-line")
      .map((line) => line.detail)
      .join("\n"),
    namespaceRoot: lines.find((line) => line.probe === "namespace-root")?.detail ?? "",
  };
}

function parseLine(line: string): Attempt | null {
  const match = /^\{"probe":("[^"]*"),"outcome":("[^"]*"),"detail":("[^"]*")\}$/.exec(line);
  if (match === null) return null;
  const [probe = "", outcome = "", detail = ""] = match.slice(1).map(bytes);
  return { probe, outcome, detail };
}

// The program escapes byte by byte, without knowing of encodings.
function bytes(quoted: string): string {
  return Buffer.from(
    quoted.slice(1, -1).replace(/\\u00([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    "latin1",
  ).toString("utf8");
}

/** As whom a process that is not one of ours is entered: with its own root, bounding set and no_new_privs. */
function ownKeys({ pid, start, machine }: IsolationRequest, [process]: readonly InsideProcess[]): readonly string[] {
  return [
    `pid=${pid}`,
    `start=${start ?? ""}`,
    "chroot=1",
    `last_cap=${machine.lastCapability}`,
    `caps=${capabilityNumbers(process?.capabilities.bounding ?? []).join(",")}`,
    ...(process?.noNewPrivileges === true ? ["no_new_privs=1"] : []),
    ...(readProc(`/proc/${pid}/setgroups`).trim() === "deny" ? ["setgroups=deny"] : []),
  ];
}

function probeKeys(request: IsolationRequest, { hostMounts, processes }: Surroundings): readonly string[] {
  const taken = new Set(processes.map((one) => one.insidePid));
  const strangers = [process.pid, process.ppid].filter((pid) => !taken.has(pid));
  const keys = parseKeys(readProc("/proc/keys")).filter((key) => key.uid === 0 && key.type === "keyring");
  return [
    ...strangers.map((pid) => `pid=${pid}`),
    `root=${identity("/")} /`,
    `file=${identity(privateFile)} ${privateFile}`,
    ...hostMounts.filter((mount) => mount.fstype === "devpts").map((mount) => `pts=${deviceNumber(mount.device)}`),
    ...keys.slice(0, 4).map((key) => `key=${key.serial}`),
    ...request.maskedPaths.map((path) => `masked=${path}`),
    ...request.readOnlyPaths.map((path) => `frozen=${path}`),
    ...hostWideFiles.map((path) => `write=${path}`),
  ];
}
