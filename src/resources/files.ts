import { child } from "../model/address.ts";
import type { Difference } from "../model/resource.ts";
import type { FileSeen } from "./file-seen.ts";
import type { FileWant } from "./managed-file.ts";
import { managedFiles } from "./managed-file.ts";

/** The files that the manifest declares, by path. */
export const files = managedFiles({
  name: "files",
  path: (path) => child("files", path),
  declared: ({ files: declared }) => declared,
  contents,
  describe: (want) => [summary(want), `mode ${want.file.mode}`, ...owner(want)].join(", "),
});

function summary({ file, size, sha256 }: FileWant): string {
  return file.source === undefined ? `${size} bytes` : `${file.source}, ${size} bytes, sha256 ${sha256.slice(0, 16)}`;
}

function owner({ file: { uid, gid } }: FileWant): readonly string[] {
  return uid === 0 && gid === 0 ? [] : [`owner ${uid}:${gid}`];
}

/** The first line that is another one, where both texts are known; else sizes and digests. */
function contents(want: FileWant, have: FileSeen): readonly Difference[] {
  const evidence = have.line;
  const { content } = want.file;
  if (content === undefined || have.text === null) {
    const found = have.sha256 === null ? "" : `, sha256 ${have.sha256.slice(0, 16)}`;
    return [{ field: "content", want: summary(want), have: `${have.size} bytes${found}`, evidence }];
  }
  const [wanted, found] = [content.split("\n"), have.text.split("\n")];
  const index = Array.from({ length: Math.max(wanted.length, found.length) }, (_, at) => at).find((at) => wanted[at] !== found[at]) ?? 0;
  const line = (lines: readonly string[]) =>
    lines[index] === undefined ? `no line ${index + 1}` : `line ${index + 1}: ${cut(lines[index] ?? "")}`;
  return [{ field: "content", want: line(wanted), have: line(found), evidence }];
}

const shownOfLine = 100;

function cut(line: string): string {
  return line.length > shownOfLine ? `${line.slice(0, shownOfLine)}...` : line;
}
