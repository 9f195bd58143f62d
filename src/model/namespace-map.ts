import type { NamespaceKind } from "./environment.ts";

/** A namespace of the machine, and who is in it. */
export interface MappedNamespace {
  readonly kind: NamespaceKind;
  /** As in /proc/PID/ns: two of the same kind are the same where this is. */
  readonly inode: string;
  /** Whether it is the one that cloister itself is in. */
  readonly host: boolean;
  /** The environment that it was made for; null: another's, or the host's. */
  readonly owner: { readonly project: string; readonly environment: string } | null;
  readonly processes: readonly { readonly pid: number; readonly command: string }[];
  /** The files that keep it, mounts of it. */
  readonly files: readonly string[];
}
