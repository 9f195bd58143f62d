import * as fs from "node:fs";
import type { Pause } from "../model/condition.ts";
import { makeDirectory, removeEmptyDirectory, removeFile, writeDurably } from "./files.ts";
import { written } from "./record.ts";
import { readSealed, sealed } from "./sealed.ts";

/** What somebody wishes of environments beside what their manifest says, in STATE/PROJECT/intents: `NAME.pause.json`. */
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
}

const suffix = ".pause.json";

/** The intents of the project whose state is in `directory`. Nothing is made before something is written. */
export function intentsAt(state: string): Intents {
  const directory = `${state}/intents`;
  const fileOf = (environment: string) => `${directory}/${environment}${suffix}`;
  return {
    directory,
    pauses(now) {
      const pauses = new Map<string, Pause>();
      const damaged: string[] = [];
      for (const name of pausedIn(directory)) {
        const read = readSealed(fileOf(name));
        if ("damaged" in read) damaged.push(read.damaged);
        else if (!isPause(read.document) || read.document.environment !== name) damaged.push(`${fileOf(name)} is no pause of ${name}`);
        else if (read.document.until === null || Date.parse(read.document.until) > now) pauses.set(name, plain(read.document));
      }
      return { pauses, damaged };
    },
    pause(pause) {
      const path = fileOf(pause.environment);
      const write = () => {
        makeDirectory(directory, 0o700, undefined);
        writeDurably(path, sealed({ schema: "cloister/pause/v1", ...pause }), 0o600);
      };
      written(path, write, `${pause.environment} is not paused`);
    },
    names: () => pausedIn(directory),
    resume(environment) {
      removeFile(fileOf(environment));
      removeEmptyDirectory(directory);
    },
  };
}

/** The environments that have a file, in order; it may be one that was cut. */
function pausedIn(directory: string): readonly string[] {
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

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}

function isDate(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

function plain({ environment, reason, since, until }: Pause): Pause {
  return { environment, reason, since, until };
}
