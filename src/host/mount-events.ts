import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import type { Heard, Life } from "../model/host.ts";
import type { Machine } from "../model/resource.ts";
import { readProc } from "./proc-reader.ts";
import { apart, findTool, hostEnvironment } from "./tools.ts";

type Told = (what: Heard["what"]) => void;

/** Listens to the mount tables, the first processes and the networks of environments. */
export interface MountEvents {
  /** Returns what ends it. */
  listen(life: Life, told: Told): () => void;
  close(): void;
}

/** One process of ours tells of all of them, within some milliseconds; where it cannot, or was ended by somebody, mount tables are compared and networks wait for the interval. */
export function mountEvents(machine: Pick<Machine, "shim" | "architecture">): MountEvents {
  return new Listener(machine);
}

interface Followed {
  readonly life: Life;
  readonly told: Told;
  /** Ends the comparison, where its mount table is compared. */
  uncompare: (() => void) | null;
}

class Listener implements MountEvents {
  readonly #machine: Pick<Machine, "shim" | "architecture">;
  readonly #followed = new Map<number, Followed>();
  readonly #comparison = new Comparison();
  /** Not started yet; null: there is none, or no more. */
  #child: ChildProcess | null | undefined;
  #rest = "";

  constructor(machine: Pick<Machine, "shim" | "architecture">) {
    this.#machine = machine;
  }

  listen(life: Life, told: Told): () => void {
    const followed: Followed = { life, told, uncompare: null };
    this.#followed.set(life.pid, followed);
    if (this.#child === undefined) this.#start();
    if (this.#child === null) this.#compare(followed);
    else this.#order(`+ ${life.pid} ${life.start}${life.network ? " network" : ""}`);
    return () => {
      followed.uncompare?.();
      if (this.#followed.get(life.pid) !== followed) return;
      this.#followed.delete(life.pid);
      this.#order(`- ${life.pid}`);
    };
  }

  close(): void {
    this.#child?.kill("SIGKILL");
    this.#child = null;
    for (const { uncompare } of this.#followed.values()) uncompare?.();
    this.#followed.clear();
  }

  #start(): void {
    const { shim, architecture } = this.#machine;
    const perl = findTool("perl");
    if (perl === null) {
      this.#child = null;
      return;
    }
    const child = spawn(perl, [shim, architecture, "listen"], { ...apart, env: hostEnvironment(), stdio: ["pipe", "pipe", "ignore"] });
    this.#child = child;
    const ended = () => this.#ended(child);
    child.once("error", ended);
    child.once("close", ended);
    child.stdin?.on("error", () => undefined);
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (this.#rest + chunk).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#hear(line);
    });
  }

  #order(line: string): void {
    this.#child?.stdin?.write(`${line}\n`);
  }

  #hear(line: string): void {
    const [pid, what] = line.split(" ");
    // The host's own, which is of each that has a part in it.
    if (pid === "0") for (const { life, told } of this.#followed.values()) if (life.network) told("network");
    const followed = this.#followed.get(Number(pid));
    if (followed === undefined) return;
    if (what === "deaf") this.#compare(followed);
    else if (what === "mounts" || what === "network" || what === "death") followed.told(what);
  }

  #ended(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = null;
    for (const followed of this.#followed.values()) this.#compare(followed);
  }

  #compare(followed: Followed): void {
    followed.uncompare ??= this.#comparison.add(followed.life, followed.told);
    // What changed before it was first read.
    followed.told("mounts");
  }
}

const compareMs = 1000;

/** Compares the mount tables of environments each second. */
class Comparison {
  readonly #compared = new Map<Life, () => void>();
  #timer: NodeJS.Timeout | null = null;

  add(life: Life, told: Told): () => void {
    const tableOf = () => readProc(`/proc/${life.pid}/mountinfo`);
    let before = tableOf();
    this.#compared.set(life, () => {
      const now = tableOf();
      if (now !== before) told(now === "" || !readProc(`/proc/${life.pid}/stat`).includes(` ${life.start} `) ? "death" : "mounts");
      before = now;
    });
    this.#timer ??= setInterval(() => {
      for (const compare of this.#compared.values()) compare();
    }, compareMs);
    return () => {
      this.#compared.delete(life);
      if (this.#compared.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  }
}
