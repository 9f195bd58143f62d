import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import type { Machine } from "../model/resource.ts";
import type { Server } from "./server.ts";
import { apart, hostEnvironment, tool } from "./tools.ts";

/** Starts the shim as a server. `parts`: what it is to compile at once. */
export function spawnServer({ shim, architecture }: Pick<Machine, "shim" | "architecture">, parts: readonly string[]): Server {
  const child = spawn(tool("perl"), [shim, architecture, "serve", ...parts], {
    ...apart,
    env: hostEnvironment(),
    stdio: ["pipe", "pipe", "ignore"],
  });
  // That it could not be started, or ended, is told by the end of its output.
  child.on("error", () => undefined);
  child.stdin?.on("error", () => undefined);
  return new ChildServer(child);
}

class ChildServer implements Server {
  readonly process: ChildProcess;
  #ended = false;
  #text = "";
  #heard: ((text: string, ended: boolean) => boolean) | null = null;

  constructor(child: ChildProcess) {
    this.process = child;
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      this.#text += chunk;
      this.#tell();
    });
    const ended = () => {
      this.#ended = true;
      this.#tell();
    };
    // One that could not be started because too many files are open is never closed.
    child.once("error", ended);
    child.once("close", ended);
    this.#hold(false);
  }

  isAlive(): boolean {
    return !this.#ended;
  }

  write(text: string): void {
    this.process.stdin?.write(text);
  }

  read(heard: (text: string, ended: boolean) => boolean): void {
    this.#hold(true);
    this.#text = "";
    this.#heard = heard;
    if (this.#ended) this.#tell();
  }

  #tell(): void {
    if (this.#heard === null || (!this.#heard(this.#text, this.#ended) && !this.#ended)) return;
    this.#heard = null;
    this.#hold(false);
  }

  /** Whether this process is kept running by it. */
  #hold(held: boolean): void {
    const { stdin, stdout } = this.process;
    for (const stream of [this.process, stdin, stdout]) {
      // Without a single file to open there are no streams at all.
      if (typeof stream !== "object" || stream === null || !("ref" in stream) || !("unref" in stream)) continue;
      if (typeof stream.ref === "function" && typeof stream.unref === "function") held ? stream.ref() : stream.unref();
    }
  }
}
