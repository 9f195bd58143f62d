import { commandOutput } from "../../host/command-output.ts";
import { parseElfHeader } from "../../kernel/elf.ts";
import type { Architecture } from "../../model/architecture.ts";
import type { InstalledPackage } from "../../model/installed-package.ts";
import { architectureOfElf } from "../../resources/interpreter.ts";
import type { Readable } from "../../resources/rootfs-reading.ts";
import { hashingCommand, listingCommand, packagesCommand, programCommand, readingCommand } from "../../resources/rootfs-reading.ts";

/** One entry of a file tree. */
export interface TreeEntry {
  /** As find(1) says it: f, d, l, c, b, p, s. */
  readonly type: string;
  /** Octal, without leading zeros. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Of a link. */
  readonly target: string;
  /** Of a file, hex. */
  readonly sha256: string | null;
}

/** Everything in a tree by its path inside, with the digest of each file where that is asked for. */
export async function treeEntries(shim: string, readable: Readable, hashed: boolean): Promise<ReadonlyMap<string, TreeEntry>> {
  const read = async (command: readonly string[]) => fieldsOf(await commandOutput(readingCommand(shim, readable, command)));
  const [listing, hashes] = await Promise.all([read(listingCommand), hashed ? read(hashingCommand) : Promise.resolve([])]);
  const digests = new Map(hashes.map((line) => [line.slice(67), line.slice(0, 64)]));
  const entries = new Map<string, TreeEntry>();
  for (let at = 0; at + 7 <= listing.length; at += 7) {
    const [type = "", mode = "", uid = "", gid = "", size = "", target = "", path = ""] = listing.slice(at, at + 7);
    const sha256 = digests.get(path.slice(1)) ?? null;
    entries.set(path.slice(1), { type, mode, uid: Number(uid), gid: Number(gid), size: type === "d" ? 0 : Number(size), target, sha256 });
  }
  return entries;
}

/** Names that are no UTF-8 stay apart: each of their bytes is a character. */
function fieldsOf(output: Buffer): readonly string[] {
  const utf8 = output.toString("utf8");
  const text = Buffer.from(utf8, "utf8").equals(output) ? utf8 : output.toString("latin1");
  return text.split("\0").slice(0, -1);
}

/** The packages that are installed in a tree, by name and architecture; [] where dpkg has none. */
export async function installedPackages(shim: string, readable: Readable): Promise<readonly InstalledPackage[]> {
  const status = await commandOutput(readingCommand(shim, readable, packagesCommand));
  return parsePackages(status.toString());
}

/** What the programs of a tree are for, as the first of them says; null where none is, or what it is for has no name here. */
export async function treeArchitecture(shim: string, readable: Readable): Promise<Architecture | null> {
  const hex = (await commandOutput(readingCommand(shim, readable, programCommand))).toString();
  const header = parseElfHeader(Buffer.from(hex, "hex"));
  return header === null ? null : architectureOfElf(header);
}

/** The installed packages of dpkg's status file, in order. */
export function parsePackages(status: string): readonly InstalledPackage[] {
  const packages = status.split("\n\n").flatMap((stanza): readonly InstalledPackage[] => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(stanza)?.[1] ?? null;
    const [name, version] = [field("Package"), field("Version")];
    if (name === null || version === null || field("Status") !== "install ok installed") return [];
    const about = { source: field("Source")?.replace(/ \(.*/, "") ?? null, maintainer: field("Maintainer"), homepage: field("Homepage") };
    return [{ name, version, architecture: field("Architecture") ?? "all", ...about }];
  });
  return packages.sort((one, other) => compare(`${one.name}:${one.architecture}`, `${other.name}:${other.architecture}`));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
