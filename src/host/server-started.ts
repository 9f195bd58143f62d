import * as fs from "node:fs";
import { parseStat } from "../kernel/proc.ts";
import { readProc } from "./proc-reader.ts";
import type { Server } from "./server.ts";

/** Where the launcher says what it has started: the descriptors to ask and to read on, and the pid (see launcher.pl). */
const variable = "CLOISTER_SERVER";

const newline = 10;

/** What a pipe of Linux takes at least without anybody reading, in bytes. */
const pipeSize = 65_536;

/** The shim that the launcher has started as a server before this process became Node: it is compiled by now. Null where there is none; once. */
export function startedServer(): Server | null {
  const [, asks, answers, pid] = /^(\d+) (\d+) (\d+)$/.exec(process.env[variable] ?? "") ?? [];
  delete process.env[variable];
  if (pid === undefined) return null;
  return new StartedServer({ asks: Number(asks), answers: Number(answers), pid: Number(pid) });
}

/** By descriptors alone: no module of Node's for streams and processes is loaded for it. A read waits in a thread, so that there is one only while something is awaited. */
class StartedServer implements Server {
  readonly process: Server["process"];
  readonly #asks: number;
  readonly #answers: number;

  constructor({ asks, answers, pid }: { readonly asks: number; readonly answers: number; readonly pid: number }) {
    this.process = { pid, spawnfile: "perl" };
    this.#asks = asks;
    this.#answers = answers;
  }

  isAlive(): boolean {
    // Ours as long as it is there: a child that nobody has waited for keeps its pid.
    const stat = parseStat(readProc(`/proc/${this.process.pid}/stat`));
    return stat !== null && !stat.ended;
  }

  write(text: string): void {
    const bytes = Buffer.from(text);
    // It has read what it was asked before, so that the pipe is empty: what fits is there at once, should this process end.
    const count = writeNow(this.#asks, bytes.subarray(0, pipeSize));
    if (count !== null && count < bytes.length) writeRest(this.#asks, bytes.subarray(count));
  }

  read(heard: (text: string, ended: boolean) => boolean): void {
    const buffer = Buffer.allocUnsafe(pipeSize);
    const pieces: Buffer[] = [];
    const readOn = () =>
      fs.read(this.#answers, buffer, 0, buffer.length, null, (error, count) => {
        const ended = error !== null || count === 0;
        if (!ended) pieces.push(Buffer.from(buffer.subarray(0, count)));
        // It ends with a line.
        const isWhole = ended || buffer[count - 1] === newline;
        if (!isWhole || (!heard(Buffer.concat(pieces).toString(), ended) && !ended)) readOn();
      });
    readOn();
  }
}

/** How many bytes were written; null where nobody is there to read them. */
function writeNow(descriptor: number, bytes: Buffer): number | null {
  try {
    return fs.writeSync(descriptor, bytes);
  } catch {
    return null;
  }
}

function writeRest(descriptor: number, bytes: Buffer): void {
  fs.write(descriptor, bytes, (error, count) => {
    if (error === null && count < bytes.length) writeRest(descriptor, bytes.subarray(count));
  });
}
