import * as fs from "node:fs";
import { dirname } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { CloisterError } from "../model/diagnostic.ts";
import { LogFiles, startOfLast } from "./log-files.ts";
import type { LogEncoding, PlacedLine } from "./log-reader.ts";
import { LogReader } from "./log-reader.ts";
import { LogTimes } from "./log-times.ts";
import { watchLogs } from "./log-watch.ts";

/** The log of one process. */
export interface ProcessLog {
  /** Whose it is, for people. */
  readonly of: string;
  readonly path: string;
  /** How each of its lines is shown, given without its line break, and when it came (milliseconds since 1970; null: not known); null: all of it as it was written. */
  readonly show: ((line: string, moment: number | null) => string) | null;
}

/** What is shown of logs. */
export interface LogView {
  /** Whose they are, for people. */
  readonly of: string;
  /** Only the last so many lines of each; null: all. */
  readonly tail: number | null;
  /** Only what came from then on, and until then: milliseconds since 1970; null: all. */
  readonly since: number | null;
  readonly until: number | null;
  readonly encoding: LogEncoding;
  /** Whether to go on with what is appended. */
  readonly follow: boolean;
  /** Ends that, after one more look; absent: a signal alone does. */
  readonly ends?: AbortSignal;
  /** Told in the end of what was followed: so many bytes of it were not kept any more when they were to be shown. */
  readonly skipped?: (of: string, bytes: number) => void;
}

/**
 * Writes logs, or their last lines: in the order of time where that is known, else one after another. With `follow` goes on with what is appended to any of
 * them, as it comes, until the process is told to end, or nobody reads it any more. Whether it was told. `write` tells whether somebody reads it. Throws `engine/no-log`.
 */
export async function followLogs(logs: readonly ProcessLog[], view: LogView, write: (text: string) => boolean): Promise<boolean> {
  const found = logs.map((log) => {
    const files = new LogFiles(log.path);
    return { log, files, extent: files.extent() };
  });
  const shown = found.flatMap(({ extent, ...one }) => (extent === null ? [] : [new ShownLog({ ...one, extent }, view)]));
  // Of what is not there yet, all that comes is new.
  const fresh = { ...view, tail: null, since: null };
  const awaited = found.flatMap(({ extent, ...one }) =>
    extent === null ? [new ShownLog({ ...one, extent: { begin: 0, end: 0 } }, fresh)] : [],
  );
  if (shown.length === 0 && !(view.follow && logs.some(({ path }) => fs.existsSync(dirname(path))))) throw noLog(logs, view);
  try {
    if (view.since !== null || view.until !== null) requireTimes(shown);
    if (!writeMerged(shown, write, { whole: !view.follow }) || !view.follow) return false;
    return await follow([...shown, ...awaited], write, view);
  } finally {
    for (const { times } of [...shown, ...awaited]) times.close();
  }
}

/** A log that is not there yet: all that comes of it is new. */
function begun(log: ProcessLog, { encoding, until }: Pick<LogView, "encoding" | "until">): ShownLog {
  const extent = { begin: 0, end: 0 };
  return new ShownLog({ log, files: new LogFiles(log.path), extent }, { tail: null, since: null, until, encoding });
}

function noLog(logs: readonly ProcessLog[], { of }: LogView): CloisterError {
  const who = of.includes(", ") ? `none of ${of} has a log` : `${of} has no log`;
  const [why, hint] =
    logs.length === 0
      ? ["no process is declared", "give it a `command:` in the manifest"]
      : ["no process was started", "cloister apply starts what the manifest says"];
  return new CloisterError({ code: "engine/no-log", severity: "error", message: `${who}: ${why}`, hint });
}

function requireTimes(shown: readonly ShownLog[]): void {
  const without = shown.filter(({ times }) => !times.known);
  if (without.length === 0) return;
  throw new CloisterError({
    code: "engine/no-log",
    severity: "error",
    message: `of ${without.map(({ log }) => log.of).join(", ")} it is not kept when a line came`,
    hint: "set `logging: {times: true}`, which holds from the next start of the process on; or leave --since and --until out",
  });
}

/** Until the process is told to end, which it then says, or nothing more is wanted. */
async function follow(found: readonly ShownLog[], write: (text: string) => boolean, view: LogView): Promise<boolean> {
  const { ends } = view;
  let shown = found;
  let isTold = false;
  let stop = () => {};
  const stale = new Set<ShownLog>();
  const look = ({ isLast = false } = {}) => {
    const some = shown.filter((one) => stale.delete(one));
    for (const one of some) one.lookAgain(isLast ? Number.POSITIVE_INFINITY : lookBytes);
    if (!writeMerged(some, write, { whole: false })) return stop();
    const rest = some.filter(({ isCut }) => isCut);
    if (stale.size === 0 && rest.length > 0) setImmediate(look);
    for (const one of rest) stale.add(one);
  };
  const changed = (paths: readonly string[]) => {
    const some = shown.filter(({ log }) => paths.includes(log.path));
    // Events come one by one, also where a thousand lines do.
    if (stale.size === 0 && some.length > 0) setImmediate(look);
    for (const one of some) stale.add(one);
  };
  const skipped = new Map<string, number>();
  const count = ({ log, reader }: ShownLog) => {
    if (reader.skipped > 0) skipped.set(log.of, (skipped.get(log.of) ?? 0) + reader.skipped);
  };
  const anew = (paths: readonly string[]) => {
    look({ isLast: true });
    for (const one of shown) {
      if (!paths.includes(one.log.path)) continue;
      count(one);
      one.times.close();
    }
    shown = shown.map((one) => (paths.includes(one.log.path) ? begun(one.log, view) : one));
  };
  const paths = shown.map(({ log }) => log.path);
  const watching: { close(): void }[] = [];
  await new Promise<void>((done) => {
    stop = done;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        isTold = true;
        done();
      });
    }
    ends?.addEventListener("abort", () => done());
    // What was written between the first look and this is told of, too.
    watching.push(watchLogs(paths, { changed, anew, failed: done }));
  });
  for (const one of watching) one.close();
  if (ends?.aborted === true) {
    for (const one of shown) stale.add(one);
    look({ isLast: true });
  }
  for (const one of shown) {
    count(one);
    one.times.close();
  }
  // Who reads no more asks for nothing.
  if (isTold || ends?.aborted === true) for (const [of, bytes] of skipped) view.skipped?.(of, bytes);
  return isTold;
}

/** So much of a log is shown in one look, whoever writes faster: then it is the turn of the others, and of a signal. */
const lookBytes = 256 * 1024;

/** One log, as far as it was shown. */
class ShownLog {
  readonly log: ProcessLog;
  readonly #files: LogFiles;
  readonly times: LogTimes;
  readonly #since: number | null;
  readonly #until: number | null;
  /** Where what had come until then ends; null: it may still come. */
  readonly #end: number | null;
  readonly reader: LogReader;
  readonly #decoder: StringDecoder;
  /** How far it is looked at now. */
  #to: number;
  #isCut = false;

  constructor({ log, files, extent }: Found, { tail, since, until, encoding }: Pick<LogView, "tail" | "since" | "until" | "encoding">) {
    this.log = log;
    this.#files = files;
    this.#to = extent.end;
    this.times = new LogTimes(log.path.replace(/log$/, "times"));
    this.#since = since;
    this.#until = until;
    this.#decoder = new StringDecoder(encoding);
    const end = until === null ? null : this.times.after(until);
    this.#end = end;
    const span = { begin: extent.begin, end: Math.min(end ?? extent.end, extent.end) };
    const last = tail === null ? span.begin : startOfLast(files, tail, span);
    const first = since === null ? span.begin : (this.times.from(since) ?? span.end);
    this.reader = new LogReader(files, { position: Math.max(last, first), encoding });
  }

  /** Goes on to what has come by now, at most so many bytes of it. */
  lookAgain(bytes: number): void {
    this.times.refresh();
    const end = this.#files.extent()?.end ?? this.reader.position;
    this.#to = Math.min(end, this.reader.position + bytes);
    this.#isCut = this.#to < end;
  }

  /** Whether more had come than was looked at. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** As it was written, where that is how it is shown. */
  isPlain(): boolean {
    return this.log.show === null && this.#since === null && this.#until === null;
  }

  *texts(): Generator<string> {
    for (const bytes of this.reader.raw(this.#to)) yield this.#decoder.write(bytes);
  }

  /** With `whole`, the last line also where it has no end. */
  *lines({ whole }: Reading): Generator<TimedLine> {
    for (const line of this.reader.lines(this.#end ?? (whole ? Number.POSITIVE_INFINITY : null), this.#to)) {
      const moment = this.times.at(line.place);
      if (this.#since !== null && (moment === null || moment < this.#since)) continue;
      if (this.#until === null || moment === null || moment <= this.#until) yield { ...line, moment };
    }
  }
}

interface TimedLine extends PlacedLine {
  readonly moment: number | null;
}

interface Found {
  readonly log: ProcessLog;
  readonly files: LogFiles;
  readonly extent: { readonly begin: number; readonly end: number };
}

interface Reading {
  readonly whole: boolean;
}

const textCharacters = 64 * 1024;

/** What has come of some, in the order of time; of those of which it is not known, before the others and one after another. */
function writeMerged(shown: readonly ShownLog[], write: (text: string) => boolean, reading: Reading): boolean {
  const [only] = shown;
  if (shown.length === 1 && only?.isPlain() === true) {
    for (const text of only.texts()) if (!write(text)) return false;
    return true;
  }
  let text = "";
  for (const { log, line } of inOrder(shown, reading)) {
    text += `${log.show === null ? line.text : log.show(line.text, line.moment)}\n`;
    if (text.length < textCharacters) continue;
    if (!write(text)) return false;
    text = "";
  }
  return text === "" || write(text);
}

function* inOrder(shown: readonly ShownLog[], reading: Reading): Generator<{ readonly log: ProcessLog; readonly line: TimedLine }> {
  const heads = shown.flatMap((one) => {
    const lines = one.lines(reading);
    const { value, done } = lines.next();
    return done === true ? [] : [{ log: one.log, lines, line: value }];
  });
  while (heads.length > 0) {
    const first = heads.reduce((least, head) => (momentOf(head.line) < momentOf(least.line) ? head : least));
    yield first;
    const { value, done } = first.lines.next();
    if (done === true) heads.splice(heads.indexOf(first), 1);
    else first.line = value;
  }
}

function momentOf({ moment }: TimedLine): number {
  return moment ?? Number.NEGATIVE_INFINITY;
}
