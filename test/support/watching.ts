import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Site } from "./site.ts";
import { until } from "./until.ts";

/** One line of `watch --json`. */
export interface Line {
  readonly type: string;
  readonly environment?: string | null;
  readonly condition?: string;
  readonly status?: boolean;
  readonly reason?: string;
  readonly message?: string;
  readonly since?: string;
  readonly generation?: number | null;
  readonly changes?: readonly { readonly action: string; readonly address: string }[];
  readonly diagnostics?: readonly { readonly code: string }[];
}

/** A `cloister watch --json` that runs. */
export interface Watching {
  readonly pid: number;
  readonly lines: readonly Line[];
  /** How many applies it has done. */
  applies(): number;
  /** The first line after `from` lines that has all of these. */
  told(wanted: Partial<Line>, from?: number): Promise<Line>;
  /** Until everything has been as wanted since its last apply, and nothing more comes for a moment. */
  calm(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

/** Runs `body` beside a watch that has looked once, and stops it. `through`: a command that becomes the command line. */
export async function withWatch(
  { rig, through = [] }: Pick<Site, "rig"> & { readonly through?: readonly string[] },
  flags: readonly string[],
  body: (watching: Watching) => Promise<void>,
): Promise<void> {
  const watch = rig.command("watch", "--json", "--file", join(rig.directory, "cloister.yaml"), ...flags);
  const [program = "", ...args] = [...through, ...watch];
  const child = spawn(program, args, { cwd: rig.directory, env: { ...rig.env }, stdio: ["ignore", "pipe", "pipe"] });
  const watching = listen(child);
  try {
    await watching.told({ type: "watch-started" });
    await watching.calm();
    await body(watching);
  } finally {
    child.kill("SIGCONT");
    child.kill("SIGTERM");
    await watching.ended;
  }
}

function listen(child: ChildProcess): Watching {
  const lines: Line[] = [];
  let rest = "";
  let error = "";
  let last = performance.now();
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    last = performance.now();
    for (const part of parts) lines.push(JSON.parse(part));
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    error += chunk;
  });
  const ended = new Promise<number | null>((done) => child.once("close", done));
  const has = (line: Line, wanted: Partial<Line>) =>
    Object.entries(wanted).every(([key, value]) => Object.entries(line).some(([name, found]) => name === key && found === value));
  return {
    pid: child.pid ?? 0,
    lines,
    ended,
    applies: () => lines.filter(({ type }) => type === "apply-finished").length,
    async told(wanted, from = 0) {
      try {
        return await until(JSON.stringify(wanted), () => lines.slice(from).find((line) => has(line, wanted)), 15_000);
      } catch (cause) {
        throw new Error(`${String(cause)}\n${lines.map((line) => JSON.stringify(line)).join("\n")}\n${error}`);
      }
    },
    calm: async () => {
      const begun = performance.now();
      await until("a watch at rest", () => performance.now() - Math.max(last, begun) > calmMs, 30_000);
    },
    signal: (name) => void child.kill(name),
  };
}

/** Longer than any look takes. */
const calmMs = 300;
