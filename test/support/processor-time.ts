import { readdirSync, readFileSync } from "node:fs";
import { readProc } from "../../src/host/proc-reader.ts";

/** Seconds of processor time that a process has used, in nanoseconds' precision, with that of the children that it has waited for (in hundredths). */
function usedBy(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const waited = (Number(fields[13]) + Number(fields[14])) / 100;
  const threads = readdirSync(`/proc/${pid}/task`).map((task) =>
    Number(readProc(`/proc/${pid}/task/${task}/schedstat`).split(" ")[0] ?? 0),
  );
  return threads.reduce((sum, each) => sum + each, 0) / 1e9 + waited;
}

/** Processes that a process has started and that live still. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readProc(`/proc/${pid}/task/${task}/children`).split(" "))
    .filter((child) => child !== "")
    .map(Number);
}

/** Processor time of a process and everything that it has started and not let go, as a share of one processor, since `begin` was called. */
export class ProcessorShare {
  readonly #pid: number;
  readonly #begun = performance.now();
  readonly #used: number;

  constructor(pid: number) {
    this.#pid = pid;
    this.#used = this.#seconds();
  }

  /** Until now; 0.01 is one in a hundred. */
  now(): number {
    return (this.#seconds() - this.#used) / ((performance.now() - this.#begun) / 1000);
  }

  #seconds(): number {
    return [this.#pid, ...childrenOf(this.#pid)].reduce((sum, pid) => sum + usedBy(pid), 0);
  }
}

/** Milliseconds of an idle processor that `sortedOften` takes at the least. */
const idleSortMs = 50;

/** How many times slower this processor works now than an idle one of 2026; 1 or more. */
export function processorSlowness(): number {
  return Math.max(1, Math.min(sortedOften(), sortedOften(), sortedOften()) / idleSortMs);
}

/** Does what reading manifests does, texts and objects, for milliseconds of processor time: so many. */
function sortedOften(): number {
  const begun = process.cpuUsage();
  const list = Array.from({ length: 20_000 }, (_, index) => ({ name: `n${(index * 7919) % 20_011}`, at: [index, index + 1] }));
  for (let time = 0; time < 4; time++) structuredCopy(list).sort((a, b) => (a.name < b.name ? -1 : 1));
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

function structuredCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
