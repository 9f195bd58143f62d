import * as fs from "node:fs";
import type { LoadRequest } from "../manifest/load.ts";
import type { ReadFile } from "../manifest/reading.ts";
import { emptyFile } from "../manifest/reading.ts";
import type { Manifest } from "../model/environment.ts";
import { cachePlace, readCache, writeCache } from "./code-cache.ts";

/** How many manifests are kept. */
const kept = 100;

/** What a cached manifest was made from. It is used only where all of it is the same: the texts too, letter by letter. */
interface Made {
  /** Of this build: another one may understand the same text otherwise. */
  readonly build: string;
  readonly sources: LoadRequest["sources"];
  readonly directory: string;
  readonly project: string | null;
}

interface Entry {
  readonly made: Made;
  /** What was asked of the host, and what it answered. */
  readonly asked: readonly (readonly [path: string, exists: boolean])[];
  /** Which files it was read from beside, and what they held, by digest. */
  readonly read: readonly (readonly [path: string, digest: string])[];
  readonly manifest: Omit<Manifest, "environments" | "origins"> & {
    readonly environments: readonly (readonly [string, Manifest["environments"] extends ReadonlyMap<string, infer One> ? One : never])[];
    readonly origins: readonly (readonly [string, Manifest["origins"] extends ReadonlyMap<string, infer One> ? One : never])[];
  };
}

/**
 * Loads a manifest, or takes what the same texts were the last time: parsing and checking them costs as much as all the rest of a plan that changes
 * nothing. A manifest with a problem is never kept: its messages come from a real reading.
 */
export function loadCached<Loaded extends { readonly manifest: Manifest } | { readonly diagnostics: readonly unknown[] }>(
  request: LoadRequest,
  load: (request: LoadRequest) => Loaded,
): Loaded | { readonly manifest: Manifest } {
  const file = cachePlace("manifests", nameOf(request));
  if (file === null) return load(request);
  const made = { build: buildOf(), sources: request.sources, directory: request.directory, project: request.project ?? null };
  const exists = request.exists ?? (() => true);
  const read = request.read ?? (() => emptyFile);
  const known = entryIn(file);
  if (
    known !== null &&
    same(known.made, made) &&
    known.asked.every(([path, answer]) => exists(path) === answer) &&
    known.read.every(([path, digest]) => digestOf(read(path)) === digest)
  )
    return { manifest: restored(known) };
  const asked = new Map<string, boolean>();
  const digests = new Map<string, string>();
  const loaded = load({
    ...request,
    exists: (path) => remember(asked, path, exists(path)),
    read: (path) => {
      const found = read(path);
      digests.set(path, digestOf(found));
      return found;
    },
  });
  if ("manifest" in loaded) {
    const { environments, origins, ...rest } = loaded.manifest;
    const entry: Entry = {
      made,
      asked: [...asked],
      read: [...digests],
      manifest: { ...rest, environments: [...environments], origins: [...origins] },
    };
    writeCache(file, Buffer.from(JSON.stringify(entry)), kept);
  }
  return loaded;
}

function remember(asked: Map<string, boolean>, path: string, answer: boolean): boolean {
  asked.set(path, answer);
  return answer;
}

function digestOf(found: ReadFile): string {
  return "problem" in found
    ? found.problem
    : process.getBuiltinModule("node:crypto").createHash("sha256").update(found.bytes).digest("hex");
}

function entryIn(file: string): Entry | null {
  const content = readCache(file);
  if (content === null) return null;
  const entry: Entry = JSON.parse(content.toString());
  return entry;
}

function restored({ manifest }: Entry): Manifest {
  return { ...manifest, environments: new Map(manifest.environments), origins: new Map(manifest.origins) };
}

function same(a: Made, b: Made): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function buildOf(): string {
  const { size, mtimeMs } = fs.statSync(process.argv[1] ?? "");
  return `${size}-${mtimeMs}`;
}

// One file for each set of manifests. Two sets that meet in one name only take it from each other: what counts is compared.
function nameOf({ sources, directory }: LoadRequest): string {
  let hash = 0x811c9dc5;
  for (const character of [directory, ...sources.map(({ path }) => path)].join("\0"))
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return `set-${hash.toString(16).padStart(8, "0")}`;
}
