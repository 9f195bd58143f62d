import * as fs from "node:fs";
import { dirname } from "node:path";
import { parseStat } from "../kernel/proc.ts";
import { assertWritable, removeFile } from "./files.ts";
import { readNames, readProc } from "./proc-reader.ts";
import { isAlive } from "./process-end.ts";
import { retried } from "./retried.ts";

/** What a run of cloister says of itself to others, in a file ABOUT-PID-START. It counts while that process lives. */
export interface Claim {
  /** Without dashes. */
  readonly about: string;
  readonly pid: number;
  readonly file: string;
  readonly own: boolean;
}

/** The claims of processes that live, this one's too. */
export function liveClaims(directory: string): readonly Claim[] {
  return allClaims(directory).filter(({ own, pid, start }) => own || isAlive({ pid, start }));
}

/** Writes a claim of this process. A run that ends takes the directory away when it is empty: between our making it and our writing into it, too. */
export function writeClaim(directory: string, about: string, content = ""): void {
  assertWritable(directory);
  retried(() => {
    fs.mkdirSync(dirname(directory), { recursive: true, mode: 0o711 });
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    fs.writeFileSync(`${directory}/${ownName(about)}`, content);
  });
}

/** Gives one claim of this process up. */
export function dropClaim(directory: string, about: string): void {
  removeFile(`${directory}/${ownName(about)}`);
}

/** Gives up this process's claims, and sweeps those of processes that ended without doing so. */
export function releaseClaims(directory: string): void {
  for (const { own, file } of allClaims(directory)) if (own) removeFile(file);
  sweepClaims(directory);
}

/** Sweeps the claims of processes that ended without giving them up. Where that cannot be they count for nothing all the same. */
export function sweepClaims(directory: string): void {
  for (const { own, pid, start, file } of allClaims(directory)) if (!own && !isAlive({ pid, start })) ifPossible(() => fs.unlinkSync(file));
  for (const path of [directory, dirname(directory)]) ifPossible(() => fs.rmdirSync(path));
}

function allClaims(directory: string) {
  return readNames(directory).flatMap((name) => {
    const [about = "", pid, start] = name.split("-");
    return start === undefined ? [] : [{ about, pid: Number(pid), start, file: `${directory}/${name}`, own: name === ownName(about) }];
  });
}

let ownStart: string | null = null;

function ownName(about: string): string {
  ownStart ??= parseStat(readProc("/proc/self/stat"))?.start ?? "";
  return `${about}-${process.pid}-${ownStart}`;
}

function ifPossible(remove: () => void): void {
  try {
    remove();
  } catch {
    return;
  }
}
