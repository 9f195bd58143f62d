import type { Address } from "./address.ts";
import type { RootPlan } from "./root.ts";

/** What an earlier step of the same run will have found out: the keeper's pid, or of a built root the first 16 digits of its digest and its path, and what an upper over it and its layers is known by. */
export interface Ref {
  readonly of: Address;
  readonly name: "pid" | "start" | "digest16" | "path" | "chain16";
}

/** A step's argument: text, or text with references in it, joined without a separator. */
export type Text = string | Ref | readonly (string | Ref)[];

/** What tells a half made environment that was kept from one that stands. */
export interface FailedMark {
  readonly groups: readonly string[];
  readonly file: string;
}

/** One line of an fstab for `mount -a`: made at `stage` (a name in the staging directory), from where the shim attaches it. */
export interface StagedMount {
  readonly stage: string;
  readonly fstype: string;
  readonly source: string;
  readonly options: readonly string[];
}

/**
 * One operation of the shim (src/host/shim.pl): its name and its operands, each a plain string.
 * The list of operations with their operands stands at the top of that file.
 */
export type ShimOperation = readonly [name: string, ...operands: Text[]];

/** What builds a root; each says in its own way how far it is and why it failed. */
export type BuildTool = RootPlan["builder"];

/**
 * One thing to do, as data: printable before anything exists, carried out by one `switch` in the engine.
 * A step names what it does for people in `title`.
 */
export type Step = { readonly title: string } & (
  | { readonly type: "mkdir"; readonly path: Text; readonly mode: number; readonly owner?: number }
  /** The environment's control groups, in every hierarchy; missing parents are made (and given processors and memory nodes on v1). */
  | { readonly type: "cgroup"; readonly paths: readonly string[] }
  /** A symbolic link made anew (an existing one is replaced). */
  | { readonly type: "link"; readonly path: string; readonly target: string }
  /** `file`: temporary file, fsync, rename. `kernel`: one write(2) to a file of /proc or cgroupfs, its file-system type checked first. */
  | {
      readonly type: "write";
      readonly path: Text;
      readonly content: Text;
      readonly to: "file" | "kernel";
      readonly mode?: number;
      readonly tolerates?: readonly string[];
      /** A later step of the same run takes it away: it need not outlast a power cut. */
      readonly brief?: true;
    }
  /** A directory of ours gets another name, in the same file system; one that is not there is done already. */
  | { readonly type: "move"; readonly from: string; readonly to: string }
  /** `tree`: rm -rf within one file system. `cgroup`: rmdir of a control group and its children, awaited until empty. `empty`: a directory, where nothing is in it. Missing is done. */
  | { readonly type: "remove"; readonly path: string; readonly how: "file" | "tree" | "cgroup" | "empty" }
  | {
      readonly type: "run";
      readonly command: readonly Text[];
      readonly progress?: BuildTool;
      readonly log?: string;
      readonly tolerates?: readonly number[];
      /** What it reads on standard input; absent: nothing. */
      readonly input?: string;
      /** It works as long as there is something to do: nobody can tell that it hangs. */
      readonly lasts?: true;
      /** Variables beside those of every command of ours; with them it is a program of the environment's that is entered for, which has so many ms. */
      readonly environment?: Readonly<Record<string, string>>;
      readonly withinMs?: number;
      /** Where it fails, that is told in the end, and what comes after it is done all the same. */
      readonly goesOn?: true;
      /** Of what several environments have in common. `made`: one run makes it once, for all that have the same step. `left`: what was made may be gone with it. */
      readonly shared?: "made" | "left";
      /** Beside `made`: it was seen to be made already, so that it is done only where something is `left` in the same run. */
      readonly stands?: true;
      /** It takes nothing that a step makes, and may be begun before its turn, while a keeper starts. It is awaited where it stands. */
      readonly ahead?: true;
      /** It only waits for what others do, and tells in words what has not come about: 124 where its time is over. It may be ended at any moment. */
      readonly waits?: true;
    }
  /**
   * Interfaces, addresses, routes and forwarding, under the lock of the host's network namespace: lines of `ip -batch` and a few more, behind `inside` of the
   * network of a process (the list of them stands at the top of src/host/shim-network.pl).
   */
  | {
      readonly type: "network";
      readonly lines: readonly string[];
      /** Absent: no line is of its network. */
      readonly inside?: { readonly pid: Text; readonly start: Text };
      /** As of `run`. */
      readonly shared?: "made";
      readonly stands?: true;
    }
  /**
   * A build directory `STORE/tmp/KEY` of this process alone: locked until the image is committed or the process ends. What no process
   * holds any more is removed first. Where another run had it and built this very root meanwhile, the file `done` in it says so.
   */
  | { readonly type: "stage"; readonly store: string; readonly key: string }
  /** What stands finished in the build directory becomes part of the store: fsync, sha256, rename, index entry (outputs `digest16`, `path` and `chain16`). */
  | { readonly type: "image"; readonly of: Address; readonly store: string; readonly root: RootPlan }
  /** Start an environment's keeper behind its gate (outputs `pid`). It ends with this run unless `commit` comes. */
  | {
      readonly type: "hold";
      readonly of: Address;
      readonly command: readonly Text[];
      readonly log: string;
      readonly environment: Readonly<Record<string, string>>;
      /** By what it is known where it is kept though its start failed: control groups that are empty, and a file that says why. */
      readonly failed: FailedMark;
    }
  /** Let the keeper through its gate: it drops its privileges and becomes the reaper. */
  | { readonly type: "release"; readonly of: Address }
  /** A file system made in the staging mount namespace beside the environment's own. */
  | { readonly type: "mount"; readonly of: Address; readonly pid: Text; readonly mount: StagedMount }
  /** An operation of the shim, from the staging mount namespace into the environment's. */
  | { readonly type: "shim"; readonly of: Address; readonly pid: Text; readonly operation: ShimOperation }
  /** The assembly was checked: the keeper outlives this run from here on. */
  | { readonly type: "commit"; readonly of: Address }
  /** A process of the environment, with its waiting parent outside; detached from this run. Done when it runs in `group`, or its end stands in `end`. */
  | {
      readonly type: "spawn";
      readonly of: Address;
      readonly command: readonly Text[];
      readonly environment: Readonly<Record<string, string>>;
      readonly log: string;
      readonly group: string;
      readonly end: string;
    }
  /** Awaits the end of the process; after `graceMs` it is killed. */
  | {
      readonly type: "signal";
      readonly pid: number;
      readonly start: string;
      readonly signal: NodeJS.Signals;
      readonly graceMs: number;
      /** `PROJECT/NAME`: what waits outside for this environment's processes ends by itself then, and is awaited too. */
      readonly waiters?: string;
    }
);
