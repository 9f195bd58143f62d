import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { CloisterError } from "../model/diagnostic.ts";
import type { Machine } from "../model/resource.ts";
import { hostEnvironment, tool } from "./tools.ts";

/** Both ends of a copy: what the shim's `copy` is told at each (src/host/shim-copy.pl); null: it is our own standard stream. */
export interface CopyRequest {
  readonly machine: Pick<Machine, "shim" | "architecture">;
  /** The first process of the environment. */
  readonly keeper: number;
  /** Which end is inside: `in`, the one that receives. */
  readonly way: "in" | "out";
  readonly send: readonly string[] | null;
  readonly receive: readonly string[] | null;
  readonly warn: (text: string) => void;
}

/** Carries a copy out. Throws `engine/copy-failed`. */
export async function runCopy(request: CopyRequest): Promise<void> {
  const { send, receive, way } = request;
  const receiver = receive === null ? null : start(request, receive, { inside: way === "in", stdin: "pipe" });
  const sender = send === null ? null : start(request, send, { inside: way === "out", stdin: "ignore" });
  // Never a descriptor of the host itself: what is inside could read and write more of it than it is given.
  const broken = connect(sender === null ? process.stdin : sender.child.stdout, receiver === null ? process.stdout : receiver.child.stdin);
  const ends = await Promise.all([sender, receiver].flatMap((one) => (one === null ? [] : [one.ended])));
  // Of two that failed the one that could not go on by itself says why: the other lost its end of the pipe.
  const failed = ends.filter(({ code }) => code !== 0).sort((a, b) => Number(a.isEcho) - Number(b.isEcho))[0];
  // An error of what was written last is told in the next turn.
  await new Promise((done) => setImmediate(done));
  if (failed === undefined && broken() === null) return;
  const said = failed?.said ?? "";
  throw new CloisterError({
    code: "engine/copy-failed",
    severity: "error",
    message: said === "" ? (broken() ?? "what copies was ended") : said,
    hint: "files that were copied before that stay; none is half there",
  });
}

interface End {
  readonly code: number | null;
  /** Why it could not go on. */
  readonly said: string;
  readonly isEcho: boolean;
}

function start(
  { machine, keeper, warn }: CopyRequest,
  words: readonly string[],
  { inside, stdin }: { readonly inside: boolean; readonly stdin: "pipe" | "ignore" },
): { readonly child: ChildProcess; readonly ended: Promise<End> } {
  const shim = ["perl", machine.shim, machine.architecture, "copy", ...words];
  const [name = "", ...args] = inside ? ["nsenter", "--target", String(keeper), "--pid", "--", ...shim] : shim;
  const child = spawn(tool(name), args, { cwd: "/", env: hostEnvironment(), stdio: [stdin, "pipe", "pipe"] });
  let text = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    text = `${text}${chunk.toString()}`;
    const lines = text.split("\n");
    const last = lines.pop() ?? "";
    // What is left out is told as it comes; there may be a lot of it.
    for (const line of lines.filter((one) => one.startsWith("left out: "))) warn(`warning: ${line}\n`);
    text = [...lines.filter((one) => !one.startsWith("left out: ")), last].join("\n").slice(-4000);
  });
  const ended = new Promise<End>((done, failed) => {
    child.once("error", failed);
    child.once("close", (code) => {
      const said = text.trim().replace(/^shim: /, "");
      done({ code, said, isEcho: said === "" || /^(the other end|the stream ends)/.test(said) });
    });
  });
  return { child, ended };
}

/** Tells why nothing more could be written, where that is known; null: it is not. */
function connect(from: Readable | null, to: Writable | null): () => string | null {
  let why: string | null = null;
  if (from === null || to === null) throw new Error("no pipe to what copies");
  // Whoever reads may have ended, with or without a word to us: its exit code tells. Who writes would wait for it for ever.
  for (const end of ["error", "close"] as const) to.on(end, () => from.destroy());
  to.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code !== "EPIPE") why = code === "ENOSPC" ? "what it is written to is full" : `what it is written to takes no more (${code})`;
  });
  from.pipe(to, { end: to !== process.stdout });
  return () => why;
}
