import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Result } from "../support/rig.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import type { Subject } from "./subjects.ts";
import { furnish, stands, subjects } from "./subjects.ts";
import type { Effort, Trial } from "./trial.ts";

/** What the kernel may refuse, and how. */
const faults: Readonly<Record<string, readonly string[]>> = {
  mount: ["EIO", "EPERM"],
  umount2: ["EBUSY"],
  pivot_root: ["EPERM"],
  setns: ["EPERM"],
  unshare: ["ENOSPC", "EPERM"],
  open_tree: ["EPERM"],
  move_mount: ["EINVAL"],
  mount_setattr: ["EPERM"],
  "mkdir,mkdirat": ["ENOSPC", "EROFS"],
  "rename,renameat,renameat2": ["ENOSPC"],
  "rmdir,unlink,unlinkat": ["EBUSY"],
  "clone,vfork": ["EAGAIN"],
  execve: ["ENOMEM"],
  fsync: ["EIO"],
  "chown,fchown,fchownat": ["EPERM"],
  ftruncate: ["EIO"],
};

/** The most that a thread makes of one of these calls. */
const mostCalls = 80;

/** Each call that makes, moves or ends something, refused in a whole run. */
export const syscalls: readonly Trial[] = Object.entries(faults).flatMap(([calls, errors]) =>
  errors.map((error) => ({
    id: "R21",
    what: `${calls.replaceAll(",", ", ")} refused (${error}) in an apply and a destroy`,
    run: (effort: Effort) => refused(calls, error, effort),
  })),
);

/** One more environment of each kind that CI has time for; with all the time there is, each one at each of its calls. */
async function refused(calls: string, error: string, { share, oneIn, random }: Effort): Promise<number> {
  const chosen = share === "whole" ? subjects : [subjects[1], subjects[random.below(subjects.length)]].slice(0, 1);
  let count = 0;
  for (const subject of chosen) {
    if (subject === undefined) continue;
    await withSite(async (site) => {
      furnish(site);
      site.declare(subject.first);
      const each = async (command: readonly string[]) => {
        for (let when = 1; when <= mostCalls; when += 1 + random.below(share === "whole" ? 2 * oneIn - 1 : 2 * when)) {
          const injected = await refusedOnce(site, subject, { calls, error, when, command });
          if (!injected) break;
          count += 1;
        }
      };
      await each(["apply", "--yes"]);
      await each(["destroy", "--yes", "--volumes"]);
    });
  }
  return count;
}

interface Fault {
  readonly calls: string;
  readonly error: string;
  readonly when: number;
  readonly command: readonly string[];
}

/** One run in which each thread's call number `when` is refused: it ends with a clear error or as if nothing had been, and the next one finishes it. */
async function refusedOnce(site: Site, subject: Subject, fault: Fault): Promise<boolean> {
  const story = `${subject.name}: ${fault.command[0] ?? ""} with ${fault.calls} number ${fault.when} refused (${fault.error})`;
  if (fault.command[0] === "destroy") await site.rig.expect(0, "apply", "--yes");
  const { result, injected } = await withFault(site, fault);
  try {
    clear(result);
    await site.rig.expect(0, ...fault.command);
    if (fault.command[0] === "apply") {
      await stands(site, subject.first);
      await site.rig.expect(0, "destroy", "--yes", "--volumes");
    }
    // The tracer itself ends a moment after the last that it traces.
    await until("nothing is left", () => site.left().length === 0).catch(() => {
      throw new Error(`left behind:\n${site.left().join("\n")}`);
    });
  } catch (cause) {
    throw new Error(`${story}: ${String(cause)}\n${result.code}: ${result.stdout.slice(-2000)}\n${result.stderr}\n${injected.join("\n")}`);
  }
  return injected.length > 0;
}

/** Its exit code is that of an error that it tells; never that of a bug. */
function clear({ code, stdout, stderr }: Result): void {
  if (code === 0) return;
  // Node itself ends like that where it cannot start a thread.
  if (code === 134 || code === 127) return;
  if (code !== 1 && code !== 6) throw new Error(`it ended with ${code}`);
  if (!/^error [a-z]+\/[a-z-]+: ./m.test(stdout + stderr)) throw new Error("it told no error");
}

/** Runs a command under a tracer of its own (-D: what it starts may outlive it, and is traced on), which refuses those calls. */
async function withFault(
  { rig }: Site,
  { calls, error, when, command }: Fault,
): Promise<{ readonly result: Result; readonly injected: readonly string[] }> {
  const directory = mkdtempSync(join(tmpdir(), "strace-"));
  const log = join(directory, "log");
  const names = calls
    .split(",")
    .map((name) => `?${name}`)
    .join(",");
  const flags = [
    "-D",
    "-f",
    "-qq",
    "--seccomp-bpf",
    "-o",
    log,
    "-e",
    `trace=${names}`,
    "-e",
    `inject=${names}:error=${error}:when=${when}`,
  ];
  const file = join(rig.directory, "cloister.yaml");
  const [program, ...args] = rig.command("--file", file, "--progress", "plain", ...command);
  const child = spawn("strace", [...flags, "--", program, ...args], { cwd: "/", env: { ...rig.env }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  const [code, signal] = await once(child, "exit");
  clearTimeout(timer);
  const injected = readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.includes("(INJECTED)"));
  rmSync(directory, { recursive: true });
  return { result: { code: typeof code === "number" ? code : 137, stdout, stderr: `${stderr}${signal ?? ""}` }, injected };
}
