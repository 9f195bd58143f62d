import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { env } from "node:process";
import { send } from "../../src/host/process-end.ts";
import type { Owner } from "./leaks.ts";
import { cloisterInterfaces, lastingInterfaces, lastingLeaks, leftoverCgroups, leftoverMounts, leftoverProcesses } from "./leaks.ts";
import type { TestNetwork } from "./test-network.ts";

/** What a command did: its exit code (128 + n where a signal ended it), and what it printed. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run; the default has no input and two minutes. */
export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
}

/** A place of its own for one test: a directory, a project name that nobody else has, and the command line bound to both. */
export interface Rig {
  /** Holds the manifests; relative sources start here. */
  readonly directory: string;
  readonly project: string;
  readonly dataDir: string;
  readonly stateDir: string;
  /** What a command is started with: nothing of the caller's but PATH, so that tests see the same everywhere. */
  readonly env: Readonly<Record<string, string>>;
  /** What is the rig's on the machine, for `leaks`. */
  readonly owner: Owner;
  /** Writes a file below `directory`, its parents too, and returns its absolute path. */
  write(name: string, text: string): string;
  /** `dist/cloister` and the flags that bind it to this rig, for what starts it by itself. */
  command(...args: readonly string[]): readonly [string, ...string[]];
  cloister(...args: readonly string[]): Promise<Result>;
  /** As `cloister`, with options. */
  run(args: readonly string[], options: RunOptions): Promise<Result>;
  /** Any other command, with the rig's own environment variables. */
  start(command: readonly [string, ...string[]], options: RunOptions): Promise<Result>;
  /** As `cloister`, and throws with everything it printed where the exit code is another one. */
  expect(code: number, ...args: readonly string[]): Promise<Result>;
}

/** What a rig starts from and how it ends. */
export interface RigOptions {
  /** `own`: an empty store; `shared`: the one of all live tests, where roots from a mirror are built once a run of the suite. */
  readonly store?: "own" | "shared";
  /** A network namespace, or a kernel that lacks something, that stands for the host's: every command runs in it. Default: the machine's own. */
  readonly network?: Pick<TestNetwork, "command">;
  /** Whether the rig destroys what stands at the end; else the test does, and nothing may stand any more. Default true. */
  readonly destroys?: boolean;
}

/** Where live tests keep what is dear to make; the runner makes it and takes it away. */
const sharedStore = () => env.CLOISTER_TEST_STORE ?? join(tmpdir(), "cloister-test-store");

/**
 * Runs `body` with a rig, destroys what stands at its end, and fails when anything at all is left on the machine. Where the test
 * itself failed its own error is thrown, and what it left is taken away by force.
 */
export async function withRig(body: (rig: Rig) => Promise<void>, options: RigOptions = {}): Promise<void> {
  const rig = makeRig(options);
  const { owner } = rig;
  const interfaces = cloisterInterfaces();
  const abandon = () => sweep(rig, owner);
  process.once("SIGTERM", abandon);
  try {
    await body(rig);
    const left = await endOf(rig, owner, options.destroys ?? true);
    const links = await lastingInterfaces(owner, interfaces);
    const found = [...left, ...links.map((name) => `interface ${name}`)];
    if (found.length > 0) throw new Error(`left behind by ${rig.project}:\n${found.join("\n")}`);
  } finally {
    process.off("SIGTERM", abandon);
    sweep(rig, owner);
  }
}

function makeRig({ store = "own", network }: RigOptions): Rig {
  const project = `t-${randomBytes(5).toString("hex")}`;
  const base = mkdtempSync(join(tmpdir(), "cloister-test-"));
  // The roots of environments pass through here.
  chmodSync(base, 0o711);
  const [directory, stateDir, temporary] = [join(base, "manifests"), join(base, "state"), join(base, "tmp")];
  for (const path of [directory, stateDir, temporary]) mkdirSync(path, { mode: 0o755 });
  const dataDir = store === "own" ? join(base, "data") : sharedStore();
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const ours = {
    PATH: env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: base,
    LANG: "C.UTF-8",
    TERM: "dumb",
    TMPDIR: temporary,
  };
  const flags = ["--data-dir", dataDir, "--state-dir", stateDir, "--project", project];
  const command = (...args: readonly string[]): readonly [string, ...string[]] =>
    inNetwork(network, [resolve("dist/cloister"), ...flags, ...args]);
  const pids = new Set<number>();
  const begin = (line: readonly [string, ...string[]], options: RunOptions) =>
    start(line, pids, { cwd: directory, ...options, env: { ...ours, ...options.env } });
  const mustBeEmpty = [stateDir, temporary, `/run/cloister/${project}`];
  const run = (args: readonly string[], options: RunOptions) => begin(command(...args), options);
  return {
    ...{ directory, project, dataDir, stateDir, env: ours, command, run, start: begin },
    owner: { project, directories: [base], mustBeEmpty, pids },
    write: (name, text) => {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    cloister: (...args) => run(args, {}),
    expect: async (code, ...args) => {
      const result = await run(args, {});
      if (result.code === code) return result;
      throw new Error(
        `cloister ${args.join(" ")}: code ${result.code} instead of ${code}\n${result.stdout.slice(-3000)}\n${result.stderr}`,
      );
    },
  };
}

function inNetwork(network: RigOptions["network"], command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return network === undefined ? command : network.command(...command);
}

function start([file, ...args]: readonly [string, ...string[]], pids: Set<number>, options: RunOptions): Promise<Result> {
  return new Promise((done, failed) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeoutMs ?? 120_000,
    });
    if (child.pid !== undefined) pids.add(child.pid);
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("error", failed);
    child.once("close", (code, signal) => done({ code: code ?? 128 + (signal === "SIGKILL" ? 9 : 15), stdout, stderr }));
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}

/** Destroys by the command line whatever still stands, where that is asked for, and says what is left then. */
async function endOf(rig: Rig, owner: Owner, destroys: boolean): Promise<string[]> {
  const standing =
    leftoverProcesses(owner).length > 0 || leftoverCgroups(rig.project).length > 0 || keptData(rig).length > 0 || isRecorded(rig);
  const destroyed = standing && destroys ? await rig.cloister("destroy", "--yes", "--volumes") : null;
  const left = [...(await lastingLeaks(owner)), ...keptData(rig).map((path) => `data ${path}`)];
  if (destroyed !== null && destroyed.code !== 0) left.push(`destroy ended with ${destroyed.code}: ${destroyed.stderr}`);
  return left;
}

/** Whether something was applied that was not destroyed since, whether or not it still stands. */
function isRecorded({ stateDir, project }: Rig): boolean {
  return existsSync(join(stateDir, "state", project, "generations"));
}

/** Uppers and volumes of the rig's project; what is in the store belongs to nobody and stays. */
function keptData({ dataDir, project }: Rig): string[] {
  return ["uppers", "volumes"].flatMap((kind) => {
    const parent = join(dataDir, kind);
    if (!existsSync(parent)) return [];
    return readdirSync(parent)
      .filter((name) => name === project || name.startsWith(`${project}.`))
      .map((name) => join(parent, name));
  });
}

/** Takes away what a failed test left: its processes (by pid, start time checked), mounts, control groups and directories. */
function sweep(rig: Rig, owner: Owner): void {
  for (const one of leftoverProcesses(owner)) send(one, "SIGKILL");
  for (const line of leftoverMounts(owner).reverse()) {
    const target = /^host: \S+ \S+ \S+ \S+ (\S+)/.exec(line)?.[1];
    if (target !== undefined) spawnSync("umount", ["-l", target], { stdio: "ignore" });
  }
  for (const path of leftoverCgroups(owner.project)) removeCgroup(path);
  for (const directory of [...keptData(rig), ...owner.directories]) execFileSync("rm", ["-rf", "--one-file-system", directory]);
}

/** A control group can go once the kernel has buried its last process, a moment after the kill. */
function removeCgroup(path: string): void {
  const deadline = Date.now() + 2_000;
  while (existsSync(path)) {
    try {
      rmdirSync(path);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
