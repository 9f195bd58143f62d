import * as fs from "node:fs";

/** Some bytes of a file of the host. */
export interface Blob {
  readonly file: string;
  readonly offset: number;
  readonly size: number;
}

/** The files of an OCI image layout, by their names in it. */
export type LayoutFiles = (name: string) => Blob | null;

/** A layout that is a directory, or an archive of one (a tar that is not compressed); null where it is neither. */
export function layoutFiles(path: string): LayoutFiles | null {
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) {
    return (name) => {
      const file = `${path}/${name}`;
      // No link: it would have root read what whoever made the layout chose.
      const found = fs.lstatSync(file, { throwIfNoEntry: false });
      return found?.isFile() === true ? { file, offset: 0, size: found.size } : null;
    };
  }
  if (stat?.isFile() !== true) return null;
  const members = tarMembers(path, stat.size);
  return (name) => members.get(name) ?? null;
}

/** The bytes of a blob; null where there are more than `most`. */
export function readBlob({ file, offset, size }: Blob, most: number): Buffer | null {
  if (size > most) return null;
  const descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, size, offset));
  } finally {
    fs.closeSync(descriptor);
  }
}

/** More members than any layout has blobs. */
const mostMembers = 100_000;

/** The regular files of a tar, by their names without `./`. Headers alone are read. */
function tarMembers(path: string, length: number): ReadonlyMap<string, Blob> {
  const members = new Map<string, Blob>();
  const descriptor = fs.openSync(path, "r");
  try {
    const header = Buffer.alloc(512);
    for (let at = 0, count = 0; at + 512 <= length && count < mostMembers; count += 1) {
      if (fs.readSync(descriptor, header, 0, 512, at) !== 512 || header[0] === 0) break;
      const field = (start: number, end: number) => header.toString("latin1", start, end).replace(/\0.*$/s, "");
      const size = Number.parseInt(field(124, 136).trim() || "0", 8);
      if (field(257, 262) !== "ustar" || !Number.isSafeInteger(size) || size < 0) break;
      const prefix = field(345, 500);
      const name = `${prefix === "" ? "" : `${prefix}/`}${field(0, 100)}`.replace(/^(\.\/)+/, "");
      const type = field(156, 157);
      if ((type === "0" || type === "") && at + 512 + size <= length) members.set(name, { file: path, offset: at + 512, size });
      at += 512 + Math.ceil(size / 512) * 512;
    }
    return members;
  } finally {
    fs.closeSync(descriptor);
  }
}
