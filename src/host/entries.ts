import * as fs from "node:fs";
import { fnv1a } from "../model/fnv.ts";
import { removeFile } from "./files.ts";
import { readNames, readProc } from "./proc-reader.ts";
import { isAlive } from "./process-end.ts";

/** What one `exec` was found to be, so that the launcher can do the next without Node (see src/cli/recall.pl). */
export interface Entry {
  /** What tells it from others: the directory that it was run in, the flags that name the project, the environment. */
  readonly named: readonly string[];
  /** Every file that it was read from; where one of them is another by now, the note does not count. */
  readonly files: readonly string[];
  /** What the shim is told of the process that enters (see `enterKeys`), and its variables, `set=NAME=VALUE`. */
  readonly keys: readonly string[];
}

/** How long nothing may have happened to a file for what was read of it to be surely what its times, in whole seconds, stand for; in ms. */
const quietMs = 1_000;

/** Notes an entry in the run directory; a hint, which nothing needs. `program`: the loader of this build. What cannot be written is left: the next one is only slower. */
export function noteEntry(run: string, program: string, { named, files, keys }: Entry): void {
  const states = [program, ...files].map(stateOf);
  if (states.includes(null)) return;
  const [build = "", ...rest] = states.map(String);
  const read = files.flatMap((file, index) => [file, rest[index] ?? ""]);
  const words = ["cloister/entry/v2", build, String(named.length), ...named, String(files.length), ...read, ...keys, "end"];
  if (words.some((word) => word.includes("\0"))) return;
  const directory = `${run}/.entries`;
  const file = `${directory}/${nameOf(named)}`;
  try {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    fs.writeFileSync(`${file}.${process.pid}`, words.join("\0"), { mode: 0o600 });
    fs.renameSync(`${file}.${process.pid}`, file);
  } catch {
    return;
  }
}

/** Takes away the entries of environments that are no more, and the directory with the last of them. */
export function forgetEntries(run: string): void {
  const directory = `${run}/.entries`;
  for (const name of readNames(directory)) {
    // A command of another project may have taken it away.
    const words = readProc(`${directory}/${name}`).split("\0");
    const value = (key: string) => words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1) ?? "";
    if (!isAlive({ pid: Number(value("pid")), start: value("start") })) removeFile(`${directory}/${name}`);
  }
  try {
    fs.rmdirSync(directory);
  } catch {
    return;
  }
}

/** Device, inode, size and both times in whole seconds, as recall.pl has them; null where it is no file that has been left alone for a while. */
function stateOf(path: string): string | null {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  const started = Date.now() - process.uptime() * 1000;
  if (stat?.isFile() !== true || Number(stat.ctimeMs) > started - quietMs || Number(stat.mtimeMs) > started - quietMs) return null;
  const { dev, ino, size, mtimeMs, ctimeMs } = stat;
  return `${dev} ${ino} ${size} ${mtimeMs / 1000n} ${ctimeMs / 1000n}`;
}

/** Two that meet in one name only take it from each other. */
function nameOf(named: readonly string[]): string {
  return fnv1a(named.join("\0")).toString(16).padStart(8, "0");
}
