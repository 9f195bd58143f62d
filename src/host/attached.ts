import { closeSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { basename, dirname } from "node:path";
import type { Duplex } from "node:stream";

/** What is told of a process to who is attached to it. */
export interface Listener {
  output(bytes: Buffer): void;
  /** So many bytes of output were left out here, because they were taken too slowly. */
  skipped(bytes: number): void;
  /** Nothing more comes. `code`: the process has ended with it; null: nobody knows how; undefined: what connects to it has ended, or was killed. */
  over(code: number | null | undefined): void;
}

/** Somebody attached to a process, by what holds its streams (shim-terminal.pl, which says what a frame is). */
export interface Attached {
  /** It runs on a terminal. */
  readonly terminal: boolean;
  /** It reads what is passed on. */
  readonly input: boolean;
  /** Has what the process prints told, which waits until then: our terminal has to be ready for it. */
  begin(): void;
  /** Passes input on; resolves when more is wanted. */
  write(bytes: Uint8Array): Promise<void>;
  /** Tells the size of the terminal that it is shown on. */
  resize(rows: number, columns: number): void;
  /** Leaves it; it runs on, but for what was started for us alone. */
  leave(): void;
  /** Leaves it to itself, also where it was started for us alone. */
  detach(): void;
}

/** Attaches to a process by its socket; null: nobody is there. */
export function attachTo(path: string, listener: Listener): Promise<Attached | null> {
  const socket = connectShortly(path);
  return socket === null ? Promise.resolve(null) : attachBy(socket, listener);
}

/** Attaches by what is connected already. */
export function attachBy(socket: Duplex, listener: Listener): Promise<Attached | null> {
  return new Promise((done) => {
    let rest: Buffer = Buffer.alloc(0);
    let code: number | null | undefined;
    let begun = false;
    const taken = (type: string, bytes: Buffer) => {
      if (type === "h") {
        // Before anything else is read.
        socket.pause();
        done(attached(socket, { how: bytes.toString().split(" "), begin }));
      } else if (type === "o") listener.output(bytes);
      else if (type === "s") listener.skipped(Number(bytes.readBigUInt64BE()));
      else if (type === "e") code = bytes.length === 0 ? null : Number(bytes.toString());
    };
    const take = () => {
      while (rest.length >= headBytes && rest.length >= headBytes + rest.readUInt32BE(1)) {
        const [type, end] = [String.fromCharCode(rest[0] ?? 0), headBytes + rest.readUInt32BE(1)];
        if (type !== "h" && !begun) return;
        const bytes = rest.subarray(headBytes, end);
        rest = rest.subarray(end);
        taken(type, bytes);
      }
    };
    const begin = () => {
      begun = true;
      take();
      socket.resume();
    };
    socket.on("data", (bytes: Buffer) => {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      take();
    });
    // Refused, or reset: `close` follows.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      done(null);
      listener.over(code);
    });
  });
}

const headBytes = 5;
/** What the other end takes in one frame. */
const frameBytes = 65_536;

function attached(socket: Duplex, { how, begin }: { readonly how: readonly string[]; begin(): void }): Attached {
  return {
    begin,
    terminal: how.includes("tty"),
    input: how.includes("stdin"),
    async write(bytes) {
      for (let from = 0; from < bytes.length; from += frameBytes) {
        const isTaken = socket.write(frame("i", bytes.subarray(from, from + frameBytes)));
        if (!isTaken) await new Promise((more) => socket.once("drain", more).once("close", more));
      }
    },
    resize(rows, columns) {
      const size = Buffer.alloc(4);
      size.writeUInt16BE(rows & 0xffff, 0);
      size.writeUInt16BE(columns & 0xffff, 2);
      socket.write(frame("w", size));
    },
    // What was passed on and not sent yet still is.
    leave: () => void socket.end(),
    detach: () => void socket.end(frame("d", new Uint8Array())),
  };
}

function frame(type: "i" | "w" | "d", bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(headBytes);
  head.write(type, "latin1");
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** By a descriptor of its directory: a path may be longer than an address of a socket. Null: there is no such directory. */
function connectShortly(path: string): Socket | null {
  let directory: number;
  try {
    directory = openSync(dirname(path), "r");
  } catch {
    return null;
  }
  const socket = connect(`/proc/self/fd/${directory}/${basename(path)}`);
  socket.once("connect", () => closeSync(directory)).once("error", () => closeSync(directory));
  return socket;
}
