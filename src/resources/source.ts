/** What the fact `source/PATH` says of a path on the host. */
export interface SourceFact {
  readonly type: "directory" | "file" | "other";
  readonly uid: number;
  readonly gid: number;
  readonly device: string;
  readonly inode: string;
  /** With every symbolic link resolved. */
  readonly realPath: string;
  /** The symbolic links that were followed, each by where it lies itself. */
  readonly links: readonly string[];
}

/** Parses the fact's JSON text; null where the path is not there. */
export function parseSource(text: string | null): SourceFact | null {
  if (text === null) return null;
  const value: SourceFact = JSON.parse(text);
  return value;
}
