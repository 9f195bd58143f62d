import * as fs from "node:fs";
import type { ProcessStat } from "../kernel/proc.ts";
import { monotonicMs } from "../model/clock.ts";
import { groupPids } from "./cgroup-files.ts";
import { aliveStat, environOf, isOurs } from "./outside-process.ts";
import { readLink, readPids, readProc } from "./proc-reader.ts";
import { readEnds } from "./process-end-lines.ts";
import { readHealth } from "./process-health.ts";

/** The running process of an environment, as the fact `process/NAME` (see resources/process.ts): found by its waiting parent outside, or its end. */
export function readProcess(project: string, query: ProcessQuery): string | null {
  for (const until = monotonicMs() + endingMs; ; Atomics.wait(asleep, 0, 0, 2)) {
    const isOver = monotonicMs() > until;
    const running = runningProcess(project, query, { among: groupPids(query.group), isOver });
    if (running !== null) return running;
    const ended = endOf(project, query);
    if (ended !== null) return JSON.stringify(ended);
    if (!fs.existsSync(query.endFile)) return null;
    // It has not ended: then it is out of its group.
    const strayed = runningProcess(project, query, { among: readPids().filter((pid) => !isWaiting(pid)), isOver });
    if (strayed !== null || isOver) return strayed;
  }
}

// Between its end and the word of its waiting parent on that; and between its start and its being inside.
const endingMs = 1000;
const asleep = new Int32Array(new SharedArrayBuffer(4));

/** What is still on its way in is left out, until the time for that is over. */
function runningProcess(project: string, { environment, name, endFile }: ProcessQuery, { among, isOver }: Candidates): string | null {
  const strangers = new Set<number>();
  for (const pid of among) {
    const stat = aliveStat(pid);
    if (stat === null || strangers.has(stat.parent)) continue;
    const said = isOurs(stat.parent) ? environOf(stat.parent) : null;
    strangers.add(stat.parent);
    if (said?.get("CLOISTER_PROCESS") !== `${project}/${environment}/${name}`) continue;
    if (!isOver && isEntering(pid, stat.parent)) continue;
    const digest = said.get("CLOISTER_WANT") ?? "";
    const supervised = supervision(stat.parent, said.get("CLOISTER_PROCESS"), endFile);
    // It has ended meanwhile: what waited for it is gone, and with it who its supervisor is.
    if (!("supervisor" in supervised) && aliveStat(stat.parent) === null) continue;
    return JSON.stringify({
      type: "running",
      pid,
      start: stat.start,
      digest,
      ...supervised,
      ...healthOf(said.get("CLOISTER_PROCESS"), endFile, stat),
    });
  }
  return null;
}

interface Candidates {
  readonly among: readonly number[];
  readonly isOver: boolean;
}

/** Whether it has yet to join the mount namespace, before which it is given its control groups and limits (shim-enter.pl). */
function isEntering(pid: number, parent: number): boolean {
  return readLink(`/proc/${pid}/ns/mnt`) === readLink(`/proc/${parent}/ns/mnt`);
}

/** Who waits for what waits for a process, with the policy that it follows: the parent of that, or who looks after it since that was killed. */
function supervision(waiter: number, said: string | undefined, endFile: string) {
  const { restarts, supervisor: successor } = readEnds(endFile);
  const own = (pid: number) => {
    const supervisor = supervisorAt(pid, endFile);
    return supervisor?.process === said ? supervisor : null;
  };
  const supervisor = own(aliveStat(waiter)?.parent ?? 0) ?? own(successor);
  return { waiter, ...supervisor?.found, ...(restarts === 0 ? {} : { restarts }) };
}

/** What a supervisor is, with the policy that it was started with, or that was written for it since; null where it is none of ours. */
function supervisorAt(pid: number, endFile: string) {
  const stat = pid > 1 ? aliveStat(pid) : null;
  const said = stat !== null && isOurs(pid) ? environOf(pid) : null;
  const policy = said?.get("CLOISTER_RESTART");
  if (stat === null || policy === undefined) return null;
  const [, edited] = new RegExp(`^${pid} (\\S+)$`, "m").exec(readProc(endFile.replace(/\.end$/, ".restart"))) ?? [];
  return { process: said?.get("CLOISTER_PROCESS"), found: { supervisor: { pid, start: stat.start }, restart: edited ?? policy } };
}

/** What asks a process whether it is well, and its answer; what was said of another process, or by whom is not there any more, is not believed. `stat`: null where it has ended, and the answer is the last that it gave. */
function healthOf(process: string | undefined, endFile: string, stat: ProcessStat | null) {
  const said = readHealth(endFile.replace(/\.end$/, ".health"));
  const runner = said === null ? null : aliveStat(said.runner);
  const environ = runner !== null && isOurs(runner.pid) ? environOf(runner.pid) : null;
  if (said === null || runner === null || environ?.get("CLOISTER_HEALTHCHECK") !== process) return {};
  const identity = { runner: { pid: runner.pid, start: runner.start }, digest: environ?.get("CLOISTER_HEALTH_WANT") ?? "" };
  const { status, streak, code, output } = said;
  const isOfIt = stat === null ? said.code !== null : said.pid === stat.pid && said.start === stat.start;
  return { health: { ...identity, ...(isOfIt ? { status, streak, code, output } : unasked) } };
}

const unasked = { status: "starting", streak: 0, code: null, output: "" };

/** How a process ended last, and whether it is about to be started anew; null where that is not known, or it was since. */
function endOf(project: string, { environment, name, endFile }: ProcessQuery) {
  const { ends, begunAgain } = readEnds(endFile);
  const last = ends.at(-1);
  if (last === undefined || begunAgain) return null;
  const { code, digest, uptime, oom, verdict, restarts, delay } = last;
  const supervisor = verdict === "again" ? supervisorAt(last.supervisor, endFile) : null;
  const isOwn = supervisor?.process === `${project}/${environment}/${name}`;
  return {
    ...{ type: "ended", code, digest },
    ...(uptime === null ? {} : { uptime }),
    ...(oom ? { oom } : {}),
    ...(restarts === 0 ? {} : { restarts }),
    ...(verdict === "gave-up" ? { gaveUp: true } : {}),
    ...(verdict === "unhealthy" ? { unhealthy: true } : {}),
    ...(isOwn ? { ...supervisor.found, delay } : {}),
    ...healthOf(`${project}/${environment}/${name}`, endFile, null),
  };
}

/** Whether it is one of those outside that start a process, wait for it and pass on what it prints. */
function isWaiting(pid: number): boolean {
  return isOurs(pid) && environOf(pid).has("CLOISTER_PROCESS");
}

/** A file in /proc of a process that `readProcess` found; null where it is that process's no more. */
export function readProcessFile(found: string, name: string): { readonly text: string } | null {
  const { pid = 0, start = "" }: { readonly pid?: number; readonly start?: string } = JSON.parse(found);
  const text = readProc(`/proc/${pid}/${name}`);
  // Read before it is asked whose it was: a number that was given away meanwhile has another start.
  return pid !== 0 && text !== "" && aliveStat(pid)?.start === start ? { text } : null;
}

/** Which process is looked for, and where. */
export interface ProcessQuery {
  readonly environment: string;
  readonly name: string;
  /** Its own control group. */
  readonly group: string;
  /** Where its waiting parent writes how it ended. */
  readonly endFile: string;
}
