import * as fs from "node:fs";
import type { Pause, Stopped } from "../model/condition.ts";
import { makeDirectory, removeEmptyDirectory, removeFile, writeDurably } from "./files.ts";
import { written } from "./record.ts";
import { readSealed, sealed } from "./sealed.ts";

/** What somebody wishes of environments beside what their manifest says, in STATE/PROJECT/intents: `NAME.pause.json`, `NAME.stopped.json`. */
export interface Intents {
  readonly directory: string;
  /** The pauses that are not over at `now` (milliseconds since 1970), by environment, and the files that are not believed. Throws `record/newer-version`. */
  pauses(now: number): { readonly pauses: ReadonlyMap<string, Pause>; readonly damaged: readonly string[] };
  /** Throws `record/not-written`. */
  pause(pause: Pause): void;
  /** The environments of which there is a pause, believed or not, over or not. */
  names(): readonly string[];
  /** Forgets the pause of an environment. */
  resume(environment: string): void;
  /** The processes that are to stay ended, by environment, and the files that are not believed. Throws `record/newer-version`. */
  stopped(): { readonly stopped: ReadonlyMap<string, Stopped>; readonly damaged: readonly string[] };
  /** Where that is written of an environment. */
  stoppedFile(environment: string): string;
  /** Writes which processes of an environment are to stay ended, and no others; none is forgotten. Throws `record/not-written`. */
  stop(stopped: Stopped): void;
}

const pauseSuffix = ".pause.json";
const stoppedSuffix = ".stopped.json";

/** The intents of the project whose state is in `directory`. Nothing is made before something is written. */
export function intentsAt(state: string): Intents {
  const directory = `${state}/intents`;
  const fileOf = (environment: string) => `${directory}/${environment}${pauseSuffix}`;
  const stoppedFileOf = (environment: string) => `${directory}/${environment}${stoppedSuffix}`;
  const keep = (path: string, document: Parameters<typeof sealed>[0], unwritten: string) => {
    const write = () => {
      makeDirectory(directory, 0o700, undefined);
      writeDurably(path, sealed(document), 0o600);
    };
    written(path, write, unwritten);
  };
  const forget = (path: string) => {
    removeFile(path);
    removeEmptyDirectory(directory);
  };
  return {
    directory,
    pauses(now) {
      const pauses = new Map<string, Pause>();
      const damaged: string[] = [];
      for (const name of namesIn(directory, pauseSuffix)) {
        const read = readSealed(fileOf(name));
        if ("damaged" in read) damaged.push(read.damaged);
        else if (!isPause(read.document) || read.document.environment !== name) damaged.push(`${fileOf(name)} is no pause of ${name}`);
        else if (read.document.until === null || Date.parse(read.document.until) > now) pauses.set(name, plain(read.document));
      }
      return { pauses, damaged };
    },
    pause(pause) {
      keep(fileOf(pause.environment), { schema: "cloister/pause/v1", ...pause }, `${pause.environment} is not paused`);
    },
    names: () => namesIn(directory, pauseSuffix),
    resume: (environment) => forget(fileOf(environment)),
    stopped() {
      const stopped = new Map<string, Stopped>();
      const damaged: string[] = [];
      for (const name of namesIn(directory, stoppedSuffix)) {
        const path = stoppedFileOf(name);
        const read = readSealed(path);
        if ("damaged" in read) damaged.push(read.damaged);
        else if (!isStopped(read.document) || read.document.environment !== name) damaged.push(`${path} names no processes of ${name}`);
        else stopped.set(name, { environment: name, processes: read.document.processes });
      }
      return { stopped, damaged };
    },
    stoppedFile: stoppedFileOf,
    stop(stopped) {
      const path = stoppedFileOf(stopped.environment);
      if (Object.keys(stopped.processes).length === 0) return forget(path);
      keep(path, { schema: "cloister/stopped/v1", ...stopped }, `no process of ${stopped.environment} is stopped`);
    },
  };
}

/** The environments that have a file, in order; it may be one that was cut. */
function namesIn(directory: string, suffix: string): readonly string[] {
  try {
    const names = fs.readdirSync(directory).filter((name) => name.endsWith(suffix));
    return names.map((name) => name.slice(0, -suffix.length)).sort();
  } catch {
    return [];
  }
}

function isPause(document: unknown): document is Pause {
  if (typeof document !== "object" || document === null) return false;
  const { environment, reason, since, until }: Partial<Pause> = document;
  return typeof environment === "string" && isTextOrNull(reason) && isDate(since) && (until === null || isDate(until));
}

function isStopped(document: unknown): document is Stopped {
  if (typeof document !== "object" || document === null) return false;
  const { environment, processes }: Partial<Stopped> = document;
  return typeof environment === "string" && typeof processes === "object" && Object.values(processes).every(isDate);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}

function isDate(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

function plain({ environment, reason, since, until }: Pause): Pause {
  return { environment, reason, since, until };
}
