import type { Address } from "./address.ts";
import type { Diagnostic, Place } from "./diagnostic.ts";
import type { Holder } from "./holder.ts";
import type { Difference, Gap, LiveUpdate } from "./resource.ts";
import type { Step } from "./step.ts";

/** The five things that a plan can do, with their symbols in `symbols`. */
export type Action = "create" | "update" | "restart-process" | "recreate" | "destroy";

/** Plan symbols; each is always printed with its word, so that colour is never needed. */
export const symbols: Readonly<Record<Action, string>> = {
  create: "+",
  update: "~",
  "restart-process": "↻",
  recreate: "-/+",
  destroy: "-",
};

/** Where a change comes from: the kernel left what was applied, the manifest did, or what was applied is not known. */
export type Origin = "drift" | "pending" | "unknown";

/** Why a change is left out: processes that use the mounts that it would take away, its own or (`of`) those of another change. */
export interface Blocked {
  readonly of: Address;
  readonly holders: readonly Holder[];
}

/** One change of one instance, with everything that a person needs to judge it and everything that it takes to do it. */
export interface Change {
  readonly address: Address;
  /** The environment it belongs to; null for what is shared (a root in the store). */
  readonly environment: string | null;
  readonly resource: string;
  readonly action: Action;
  /** One line: what is made or removed. */
  readonly description: string;
  readonly differences: readonly Difference[];
  /** Where the manifest says so. */
  readonly because?: Place;
  /** Why, in words, where the manifest's line does not say it all (`not in the manifest`, `unfinished start`, `rides web.namespaces`). */
  readonly reason?: string;
  readonly liveUpdate: LiveUpdate;
  /** What it would do to processes that nobody asked for; it is not done unless that is allowed. */
  readonly hazard?: Diagnostic;
  /** Absent where it was asked for: by `destroy`. */
  readonly origin?: Origin;
  /** The processes that are restarted or ended (pids on the host). */
  readonly pids: readonly number[];
  readonly steps: readonly Step[];
  /** The path inside of the mount, or of what lies on one, that it is about; absent for anything else. */
  readonly target?: string;
  /** What it begins with waits for others: the changes of its group that must be done first, of those that wait as well. Absent: it is done when all before it are. */
  readonly after?: readonly Address[];
  /** The changes before it of its group without which it cannot be done: that another one fails is no reason to leave it undone. Absent: all before it. */
  readonly needs?: readonly Address[];
  /** The changes that it is done after and because of: without any of them there is none of it. */
  readonly follows?: readonly Address[];
  /** Where a mount, or an interface, is replaced. */
  readonly gap?: Gap;
  /** It is not done, unless mounts in use are detached lazily. */
  readonly blocked?: Blocked;
}
