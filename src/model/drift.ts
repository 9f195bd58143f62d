import type { LeftBy } from "./drift-rules.ts";

/** One thing that the kernel does not have as it was applied. Values are as they are shown to people; all of them untrusted text. */
export interface DriftFinding {
  readonly address: string;
  readonly environment: string;
  readonly wanted: string;
  readonly found: string;
  /** The kernel's line, or where nothing of it was found; null where the address says it all. */
  readonly evidence: string | null;
  /** Asked not to be counted. */
  readonly ignored: boolean;
  /** What asked for that; null where it is counted. */
  readonly ignoredBy: LeftBy | null;
}

/** How a project stands against what was last applied. */
export interface Drift {
  /** Whether it was compared with what was applied; else that is not known, and the manifest stood in. */
  readonly basis: "generation" | "manifest";
  readonly findings: readonly DriftFinding[];
  /** Addresses that the manifest says otherwise than what was applied: no drift. */
  readonly pending: readonly string[];
}
