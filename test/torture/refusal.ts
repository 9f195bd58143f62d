import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { Result } from "../support/rig.ts";
import type { Site } from "../support/site.ts";

/** Calls that are refused in one run. */
export interface Fault {
  /** Names, separated by commas. */
  readonly calls: string;
  /** EIO, EPERM ... */
  readonly error: string;
  /** Which of them in each thread, counted from 1. */
  readonly when: number;
  readonly command: readonly string[];
}

/** Longer than any run takes under a tracer on a machine that is busy, in ms. */
const longestMs = 300_000;

const aborted = 128 + constants.signals.SIGABRT;

/** Its exit code is that of an error that it tells; never that of a bug. */
export function clear({ code, stdout, stderr }: Result): void {
  if (code === 0) return;
  // Node itself ends like that where it cannot start a thread.
  if (code === aborted || code === 127) return;
  if (code !== 1 && code !== 6) throw new Error(`it ended with ${code}`);
  if (!/^error [a-z]+\/[a-z-]+: ./m.test(stdout + stderr)) throw new Error("it told no error");
}

/** Runs a command under a tracer of its own (-D: what it starts may outlive it, and is traced on), which refuses those calls. */
export async function withFault(
  { rig }: Site,
  { calls, error, when, command }: Fault,
): Promise<{ readonly result: Result; readonly injected: readonly string[] }> {
  const directory = mkdtempSync(join(tmpdir(), "strace-"));
  const place = (name: string) => join(directory, name);
  const names = calls
    .split(",")
    .map((name) => `?${name}`)
    .join(",");
  const inject = `inject=${names}:error=${error}:when=${when}`;
  const flags = ["-D", "-f", "-qq", "--seccomp-bpf", "-o", place("log"), "-e", `trace=${names}`, "-e", inject];
  const file = join(rig.directory, "cloister.yaml");
  const line = rig.command("--file", file, "--progress", "plain", ...command);
  // Not by pipes: the tracer outlives the command, and holds them open.
  const [stdout, stderr] = [openSync(place("stdout"), "w"), openSync(place("stderr"), "w")];
  const child = spawn("strace", [...flags, "--", ...line], { cwd: "/", env: { ...rig.env }, stdio: ["ignore", stdout, stderr] });
  for (const descriptor of [stdout, stderr]) closeSync(descriptor);
  let late = false;
  const timer = setTimeout(() => (late = child.kill("SIGKILL")), longestMs);
  const [code, signal]: [number | null, NodeJS.Signals | null] = await new Promise((done) => child.once("exit", (...how) => done(how)));
  clearTimeout(timer);
  const said = (name: string) => readFileSync(place(name), "utf8");
  const injected = injections(said("log"));
  const result = { code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), stdout: said("stdout"), stderr: said("stderr") };
  rmSync(directory, { recursive: true });
  if (late) throw new Error(`it did not end within ${longestMs / 1000} s\n${result.stdout}\n${result.stderr}\n${injected.join("\n")}`);
  return { result, injected };
}

/** The lines of a tracer's log about calls that it refused. */
export function injections(log: string): readonly string[] {
  return log.split("\n").filter((line) => line.includes("(INJECTED)"));
}
