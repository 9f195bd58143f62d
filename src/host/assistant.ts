import type { Machine } from "../model/resource.ts";
import { ownGroupFile } from "./cgroup-files.ts";
import { answerMs, endHanging } from "./hanging.ts";
import type { Server } from "./server.ts";
import { spawnServer } from "./server-child.ts";
import { startedServer } from "./server-started.ts";

/** What the shim answered: its exit code, and everything that it printed. */
export interface Answer {
  readonly code: number;
  readonly output: string;
}

/** Asks the shim; words as its command line has them (`observe PID START NAME...`). Throws `host/tool-hangs`. */
export type Ask = (words: readonly string[]) => Promise<Answer>;

/** The process that has answered, for what only that one can do later. It may have ended: nothing tells. */
export interface Holder {
  tell(words: readonly string[]): void;
}

/** For what may last as long as it takes: the longest time that a timer can have, in ms. */
export const longestMs = 2 ** 31 - 1;

/** The shim as processes that wait for requests; they end with this process, or with their standard input. */
export interface Assistants {
  readonly ask: Ask;
  /** As `ask`, and with which process. `withinMs`: how long the answer may take. */
  readonly askOne: (words: readonly string[], withinMs?: number) => Promise<Answer & { readonly holder: Holder }>;
  /** Starts the first one now, so that it is compiled while this process does something else; without it, it is started when it is asked. */
  prepare(purpose: "looking" | "making"): void;
  /** Tells the one that is asked next something that has no answer. */
  tell(words: readonly string[]): void;
  /** Has the first one take the wait of the first move between control groups now (see keep_warm in shim-serve.pl). */
  warm(): void;
}

/** The launcher may have started the first one; further ones are where several requests are open at the same time. */
export function assistants(machine: Pick<Machine, "shim" | "architecture">): Assistants {
  const started = startedServer();
  const idle = started === null ? [] : [new Assistant(started)];
  const start = (parts: readonly "attach"[]) => new Assistant(spawnServer(machine, parts));
  // What was begun ahead is done by who has begun it, and nobody else: that one is waited for, and is asked meanwhile for nothing that may last.
  const begun = new Map<string, Assistant>();
  const busy = new Map<Assistant, Promise<unknown>>();
  const whenFree = async (one: Assistant): Promise<Assistant> => {
    for (let last: Promise<unknown> | undefined; !idle.includes(one) && busy.get(one) !== last; ) {
      last = busy.get(one);
      await last;
    }
    return one;
  };
  const askOne: Assistants["askOne"] = async (words, withinMs = answerMs) => {
    const begins = words[0] === "run" ? begun.get(whatOf(words)) : undefined;
    const beginner = begins === undefined ? undefined : await whenFree(begins);
    if (beginner !== undefined) begun.delete(whatOf(words));
    const reserved = withinMs === longestMs ? new Set(begun.values()) : new Set();
    const alive = idle.filter((one) => one.isAlive() && !reserved.has(one));
    const taken = alive.find((one) => one === beginner) ?? alive[0];
    if (taken !== undefined) idle.splice(idle.indexOf(taken), 1);
    const assistant = taken ?? start([]);
    const answering = assistant.ask(words, withinMs);
    busy.set(
      assistant,
      answering.catch(() => undefined),
    );
    const answer = await answering;
    idle.push(assistant);
    return { ...answer, holder: assistant };
  };
  return {
    ask: (words) => askOne(words),
    askOne,
    prepare(purpose) {
      if (idle.length === 0) idle.push(start(purpose === "making" ? ["attach"] : []));
    },
    tell(words) {
      const one = idle.find((each) => each.isAlive());
      if (one === undefined || (words[0] === "ahead" && begun.has(whatOf(words)))) return;
      if (words[0] === "ahead") begun.set(whatOf(words), one);
      one.tell(words);
    },
    warm() {
      const group = ownGroupFile();
      if (group !== null) idle[0]?.tell(["warm", group]);
    },
  };
}

/** What a `run` does, and an `ahead` begins. */
function whatOf([, ...words]: readonly string[]): string {
  return words.join("\0");
}

/** One such process; one request at a time. */
class Assistant implements Holder {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  isAlive(): boolean {
    return this.#server.isAlive();
  }

  /** A request that has no answer. */
  tell(words: readonly string[]): void {
    this.#server.write([String(words.length), ...words, ""].join("\0"));
  }

  async ask(words: readonly string[], withinMs: number): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    return new Promise<Answer>((done, failed) => {
      timer = setTimeout(() => failed(endHanging(this.#server.process, withinMs)), withinMs);
      this.tell(words);
      this.#server.read((text, ended) => {
        // By its end alone: an answer can be long, and is looked at as often as more of it comes.
        const [last = "", code] = /(?:^|(?<=\n))\. (\d{1,3})\n$/.exec(text.slice(-8)) ?? [];
        if (code !== undefined) done({ code: Number(code), output: text.slice(0, -last.length) });
        // It was ended by somebody: as if it had failed without a word.
        else if (ended) done({ code: 125, output: text });
        return code !== undefined;
      });
    }).finally(() => clearTimeout(timer));
  }
}
