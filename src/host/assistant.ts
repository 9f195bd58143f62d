import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import type { Machine } from "../model/resource.ts";
import { ownGroupFile } from "./cgroup-files.ts";
import { answerMs, endHanging } from "./hanging.ts";
import { apart, hostEnvironment, tool } from "./tools.ts";

/** What the shim answered: its exit code, and everything that it printed. */
export interface Answer {
  readonly code: number;
  readonly output: string;
}

/** Asks the shim; words as its command line has them (`observe PID START NAME...`). Throws `host/tool-hangs`. */
export type Ask = (words: readonly string[]) => Promise<Answer>;

/** The shim as processes that wait for requests; they end with this process, or with their standard input. */
export interface Assistants {
  readonly ask: Ask;
  /** Starts the first one now, so that it is compiled while this process does something else; without it, it is started when it is asked. */
  prepare(purpose: "looking" | "making"): void;
  /** Has the first one take the wait of the first move between control groups now (see keep_warm in shim.pl). */
  warm(): void;
}

/** None is started yet. Further ones are where several requests are open at the same time. */
export function assistants(machine: Pick<Machine, "shim" | "architecture">): Assistants {
  const idle: Assistant[] = [];
  const start = (parts: readonly "attach"[]) => new Assistant(spawnServing(machine, parts));
  return {
    async ask(words) {
      const taken = idle.find((one) => one.isAlive());
      if (taken !== undefined) idle.splice(idle.indexOf(taken), 1);
      const assistant = taken ?? start([]);
      const answer = await assistant.ask(words);
      idle.push(assistant);
      return answer;
    },
    prepare(purpose) {
      if (idle.length === 0) idle.push(start(purpose === "making" ? ["attach"] : []));
    },
    warm() {
      const group = ownGroupFile();
      if (group !== null) idle[0]?.tell(["warm", group]);
    },
  };
}

function spawnServing({ shim, architecture }: Pick<Machine, "shim" | "architecture">, parts: readonly string[]): ChildProcess {
  const child = spawn(tool("perl"), [shim, architecture, "serve", ...parts], {
    ...apart,
    env: hostEnvironment(),
    stdio: ["pipe", "pipe", "ignore"],
  });
  // That it could not be started, or ended, is told by the end of its output.
  child.on("error", () => undefined);
  child.stdin?.on("error", () => undefined);
  return child;
}

/** One such process; one request at a time. */
class Assistant {
  readonly #child: ChildProcess;
  #output = "";
  #ended = false;
  #settle: (() => void) | null = null;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      this.#output += chunk;
      this.#settle?.();
    });
    const ended = () => {
      this.#ended = true;
      this.#settle?.();
    };
    // One that could not be started because too many files are open is never closed.
    child.once("error", ended);
    child.once("close", ended);
    this.#hold(false);
  }

  isAlive(): boolean {
    return !this.#ended;
  }

  /** A request that has no answer. */
  tell(words: readonly string[]): void {
    this.#child.stdin?.write([String(words.length), ...words, ""].join("\0"));
  }

  async ask(words: readonly string[]): Promise<Answer> {
    this.#hold(true);
    this.#output = "";
    this.tell(words);
    let timer: NodeJS.Timeout | undefined;
    const answer = await new Promise<Answer>((done, failed) => {
      timer = setTimeout(() => failed(endHanging(this.#child, answerMs)), answerMs);
      this.#settle = () => {
        const [, output, code] = /^([\s\S]*\n)?\. (\d+)\n$/.exec(this.#output) ?? [];
        if (code !== undefined) done({ code: Number(code), output: output ?? "" });
        // It was ended by somebody: as if it had failed without a word.
        else if (this.#ended) done({ code: 125, output: this.#output });
      };
      this.#settle();
    }).finally(() => clearTimeout(timer));
    this.#settle = null;
    this.#hold(false);
    return answer;
  }

  /** Whether this process is kept running by it: only while an answer is awaited. */
  #hold(held: boolean): void {
    const { stdin, stdout } = this.#child;
    for (const stream of [this.#child, stdin, stdout]) {
      // Without a single file to open there are no streams at all.
      if (typeof stream !== "object" || stream === null || !("ref" in stream) || !("unref" in stream)) continue;
      if (typeof stream.ref === "function" && typeof stream.unref === "function") held ? stream.ref() : stream.unref();
    }
  }
}
