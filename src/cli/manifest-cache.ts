import * as fs from "node:fs";
import type { LoadRequest } from "../manifest/load.ts";
import type { ReadFile, ReadText } from "../manifest/reading.ts";
import { emptyFile, emptyText } from "../manifest/reading.ts";
import type { FoundVariable } from "../manifest/variables.ts";
import { noVariables } from "../manifest/variables.ts";
import type { Manifest } from "../model/environment.ts";
import { fnv1a } from "../model/fnv.ts";
import { cachePlace, readCache, writeCache } from "./code-cache.ts";

/** How many manifests are kept. */
const kept = 100;

/** What a cached manifest was made from. It is used only where all of it is the same: the texts too, letter by letter. */
interface Made {
  /** Of this build: another one may understand the same text otherwise. */
  readonly build: string;
  readonly sources: LoadRequest["sources"];
  readonly bases: LoadRequest["bases"] | null;
  readonly directory: string;
  readonly project: string | null;
  readonly profiles: readonly string[] | null;
}

interface Entry {
  readonly made: Made;
  /** What was asked of the host, and what it answered. */
  readonly asked: readonly (readonly [path: string, exists: boolean])[];
  /** Which files it was read from beside, and what they held, by digest. */
  readonly read: readonly (readonly [path: string, digest: string])[];
  /** Which env files, and what they held. */
  readonly texts: readonly (readonly [path: string, found: ReadText])[];
  /** Which variables were asked for, and what they held; null: not set. */
  readonly variables: readonly (readonly [name: string, found: FoundVariable | null])[];
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
  const made = madeFrom(request);
  const known = entryIn(file);
  if (known !== null && same(known.made, made) && stillHolds(known, request)) return { manifest: restored(known) };
  const seen = witnessed(request);
  const loaded = load(seen.request);
  if ("manifest" in loaded) {
    const { environments, origins, ...rest } = loaded.manifest;
    const manifest = { ...rest, environments: [...environments], origins: [...origins] };
    const { asked, read, texts, variables } = seen;
    const entry: Entry = { made, asked: [...asked], read: [...read], texts: [...texts], variables: [...variables], manifest };
    writeCache(file, Buffer.from(JSON.stringify(entry)), kept);
  }
  return loaded;
}

function madeFrom({ sources, bases, directory, project, profiles }: LoadRequest): Made {
  return { build: buildOf(), sources, bases: bases ?? null, directory, project: project ?? null, profiles: profiles ?? null };
}

/** Whether everything is answered as it was when the entry was made. */
function stillHolds({ asked, read, texts, variables }: Entry, request: LoadRequest): boolean {
  const answers = answersOf(request);
  return (
    asked.every(([path, answer]) => answers.exists(path) === answer) &&
    read.every(([path, digest]) => digestOf(answers.read(path)) === digest) &&
    texts.every(([path, found]) => same(answers.readText(path), found)) &&
    variables.every(([name, found]) => same(answers.variables.find(name), found)) &&
    answers.variables.problems().length === 0
  );
}

function answersOf({ exists = () => true, read = () => emptyFile, readText = () => emptyText, variables = noVariables }: LoadRequest) {
  return { exists, read, readText, variables };
}

/** A request that remembers what was asked in it, and what was answered. */
function witnessed(request: LoadRequest) {
  const { exists, read, readText, variables } = answersOf(request);
  const asked = new Map<string, boolean>();
  const digests = new Map<string, string>();
  const texts = new Map<string, ReadText>();
  const found = new Map<string, FoundVariable | null>();
  const witness: LoadRequest = {
    ...request,
    exists: (path) => remember(asked, path, exists(path)),
    read: (path) => {
      const file = read(path);
      digests.set(path, digestOf(file));
      return file;
    },
    readText: (path) => remember(texts, path, readText(path)),
    variables: { find: (name) => remember(found, name, variables.find(name)), problems: () => variables.problems() },
  };
  return { request: witness, asked, read: digests, texts, variables: found };
}

function remember<Answer>(answers: Map<string, Answer>, question: string, answer: Answer): Answer {
  answers.set(question, answer);
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

function same(a: Made | ReadText | FoundVariable | null, b: typeof a): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function buildOf(): string {
  const { size, mtimeMs } = fs.statSync(process.argv[1] ?? "");
  return `${size}-${mtimeMs}`;
}

// One file for each set of manifests. Two sets that meet in one name only take it from each other: what counts is compared.
function nameOf({ sources, directory }: LoadRequest): string {
  return `set-${fnv1a([directory, ...sources.map(({ path }) => path)].join("\0"))
    .toString(16)
    .padStart(8, "0")}`;
}
