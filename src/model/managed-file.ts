/** A regular file that is kept inside; its key is its path. It holds `content`, or what `source` held when the manifest was read. */
export interface ManagedFile {
  readonly content?: string;
  /** Absolute path on the host. */
  readonly source?: string;
  /** What the source held: how many bytes, and their sha256 in hex. */
  readonly held?: readonly [size: number, sha256: string];
  /** Ids inside. */
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, octal, as four digits. */
  readonly mode: string;
}
