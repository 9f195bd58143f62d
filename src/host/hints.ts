import * as fs from "node:fs";
import { parseStat } from "../kernel/proc.ts";
import type { StandingCondition } from "../model/condition.ts";
import { conditionNames } from "../model/condition.ts";
import { makeDirectory, removeFile } from "./files.ts";
import { readProc } from "./proc-reader.ts";

/** A condition that a watch has told; of an environment, an address in it, or null: the manifest. */
export interface Hint extends StandingCondition {
  readonly environment: string | null;
}

/** What a watch that runs has told, in RUN/PROJECT/conditions.json. Believed only while that process lives. */
export interface Hints {
  /** Null: no watch runs, or nothing of it is believed. */
  read(): readonly Hint[] | null;
  /** Writes down what this process has told. Nothing rests on it: where it cannot be written it is left. */
  write(hints: readonly Hint[]): void;
  /** Takes it away, but that of another process which lives. */
  remove(): void;
}

/** The hints of the project whose run directory this is. */
export function hintsAt(directory: string): Hints {
  const path = `${directory}/conditions.json`;
  return {
    read: () => believed(readProc(path))?.conditions ?? null,
    write(conditions) {
      try {
        makeDirectory(directory, 0o711, undefined);
        const temporary = `${path}.tmp`;
        fs.writeFileSync(temporary, JSON.stringify({ schema: "cloister/conditions/v1", ...self(), conditions }), { mode: 0o600 });
        fs.renameSync(temporary, path);
      } catch {
        removeFile(path);
      }
    },
    remove() {
      const pid = believed(readProc(path))?.pid;
      if (pid === undefined || pid === process.pid) for (const one of [path, `${path}.tmp`]) removeFile(one);
    },
  };
}

interface Written {
  readonly pid: number;
  readonly start: string;
  readonly boot: string;
  readonly conditions: readonly Hint[];
}

function self(): Omit<Written, "conditions"> {
  return { pid: process.pid, ...lifeOf(process.pid) };
}

/** What one process is told apart by from every other of its number. */
function lifeOf(pid: number): { readonly start: string; readonly boot: string } {
  const stat = parseStat(readProc(`/proc/${pid}/stat`));
  const alive = stat !== null && !stat.ended;
  return { start: alive ? stat.start : "", boot: readProc("/proc/sys/kernel/random/boot_id").trim() };
}

function believed(text: string): Written | null {
  const document = parsed(text);
  if (!isWritten(document)) return null;
  const { start, boot } = lifeOf(document.pid);
  return start !== "" && start === document.start && boot === document.boot ? document : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isWritten(document: unknown): document is Written {
  if (typeof document !== "object" || document === null) return false;
  const { schema, pid, start, boot, conditions }: Partial<Written & { readonly schema: string }> = document;
  const whole = Number.isInteger(pid) && typeof start === "string" && typeof boot === "string";
  return schema === "cloister/conditions/v1" && whole && Array.isArray(conditions) && conditions.every(isHint);
}

function isHint(value: unknown): value is Hint {
  if (typeof value !== "object" || value === null) return false;
  const { condition, environment, status, reason, message, since }: Partial<Hint> = value;
  const texts = [reason, message, since].every((text) => typeof text === "string");
  return texts && conditionNames.some((name) => name === condition) && typeof status === "boolean" && environment !== undefined;
}
