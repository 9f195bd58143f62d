import { isUtf8 } from "node:buffer";
import * as fs from "node:fs";
import type { ReadFile, ReadText } from "../manifest/reading.ts";
import { emptyFile } from "../manifest/reading.ts";
import type { Dns, Manifest } from "../model/environment.ts";
import { codeOf } from "../model/errno.ts";
import { layerFiles } from "../model/rootfs.ts";

/** How much a source of a file may hold. */
const most = 1_048_576;

/** A regular file of the host, whole; never anything that could keep us waiting. */
export function readHostFile(path: string): ReadFile {
  let descriptor: number | null = null;
  try {
    descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile()) return { problem: "is no regular file" };
    if (stat.size > most) return { problem: `has ${stat.size} bytes, more than 1 MiB` };
    const buffer = Buffer.allocUnsafe(most + 1);
    let length = 0;
    for (let count = 1; count > 0 && length <= most; length += count)
      count = fs.readSync(descriptor, buffer, length, most + 1 - length, null);
    return length > most ? { problem: "has more than 1 MiB" } : { bytes: buffer.subarray(0, length) };
  } catch (error) {
    return { problem: `cannot be read (${codeOf(error) || String(error)})` };
  } finally {
    if (descriptor !== null) fs.closeSync(descriptor);
  }
}

/** The same where nothing is made of it: what cannot be read is as if it were empty. */
export function tolerantRead(path: string): ReadFile {
  const found = readHostFile(path);
  return "bytes" in found ? found : emptyFile;
}

/** A text file of the host, whole; null where it is not there. */
export function readHostText(path: string): ReadText {
  if (!fs.existsSync(path)) return null;
  const found = readHostFile(path);
  if ("problem" in found) return found;
  const bytes = Buffer.from(found.bytes);
  return isUtf8(bytes) ? { text: bytes.toString("utf8") } : { problem: "is not UTF-8 text" };
}

const resolverFile = "/etc/resolv.conf";

/** The files of the host whose contents are part of a manifest. */
export function copiedFiles({ environments }: Manifest): readonly string[] {
  const sources = [...environments.values()].flatMap(({ files, rootfs, dns }) => [
    ...[...Object.values(files), ...layerFiles(rootfs)].flatMap(({ source }) => source ?? []),
    ...(isHosts(dns) ? [resolverFile] : []),
  ]);
  return [...new Set(sources)];
}

/** Whether each of them still holds what it held when the manifest was read. */
export function holdsSources({ environments }: Manifest): boolean {
  return [...environments.values()].every(
    ({ files, rootfs, dns }) =>
      [...Object.values(files), ...layerFiles(rootfs)].every(
        ({ source, held }) => source === undefined || held === undefined || isHeld(source, held),
      ) &&
      (!isHosts(dns) || textOf(resolverFile) === dns.host),
  );
}

function isHosts(dns: Dns): dns is Exclude<Dns, string | readonly string[]> {
  return typeof dns === "object" && "host" in dns;
}

function isHeld(source: string, [size, sha256]: readonly [number, string]): boolean {
  const found = readHostFile(source);
  if ("problem" in found || found.bytes.length !== size) return false;
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(found.bytes).digest("hex") === sha256;
}

function textOf(path: string): string | null {
  const found = readHostFile(path);
  return "bytes" in found ? Buffer.from(found.bytes).toString("utf8") : null;
}
