import type { Address } from "../model/address.ts";
import type { Diagnostic, Place } from "../model/diagnostic.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import type { ManifestDocument } from "../model/manifest.gen.ts";
import { borrowRoots } from "./borrowed-roots.ts";
import { check } from "./check.ts";
import { Findings } from "./findings.ts";
import { merge } from "./merge.ts";
import { normalize } from "./normalize.ts";
import { parse } from "./parse.ts";
import type { ReadFile, Reading } from "./reading.ts";
import { emptyFile } from "./reading.ts";
import { quoted } from "./shown.ts";
import type { Source } from "./source.ts";
import type { Tree } from "./tree.ts";
import { addressOf, inside, item } from "./tree.ts";
import { validate } from "./validate.ts";

/** What is read, and what of the host is to be known. */
export interface LoadRequest {
  /** In order; where two say something of the same key, the later one holds. What one includes (see `includesOf`) comes before it. */
  readonly sources: readonly Source[];
  /** Where relative paths start: the real path of the directory that holds the first source. */
  readonly directory: string;
  /** Stands over the manifest's `name`. */
  readonly project?: string;
  /** Whether a path of the host exists; without it, every path is taken to. */
  readonly exists?: (path: string) => boolean;
  /** What a file of the host holds, which becomes part of the manifest; without it, every file is empty. */
  readonly read?: (path: string) => ReadFile;
}

export type Loaded = { readonly manifest: Manifest } | { readonly diagnostics: readonly Diagnostic[] };

/** Texts to a manifest with every default filled in, or every problem that they have. Pure: reads and writes nothing. */
export function load(request: LoadRequest): Loaded {
  const { sources, directory, project, exists = () => true, read = () => emptyFile } = request;
  const parsed = sources.map(parse);
  const syntax = parsed.flatMap(({ diagnostics }) => diagnostics);
  const trees = parsed.flatMap(({ tree }) => tree ?? []);
  if (trees.length < sources.length) return { diagnostics: syntax };
  const tree = merge(trees);
  const findings = new Findings(tree);
  if (project === undefined)
    reportOtherNames(
      parsed.flatMap(({ tree: one }, index) => (sources[index]?.directory === undefined ? (one ?? []) : [])),
      findings,
    );
  const document = validate(tree, findings);
  const directories = new Map(sources.flatMap(({ path, directory: own }) => (own === undefined ? [] : [[path, own] as const])));
  const shared = { tree, findings, directory, directories, exists, read };
  const own = readAll(document, (name) => ({ name, at: inside("/environments", name), ...shared }));
  const environments = borrowRoots(own, document, findings);
  check(environments, findings);
  const diagnostics = [...syntax, ...findings.diagnostics(sources.map(({ path }) => path))];
  if (diagnostics.some(({ severity }) => severity === "error")) return { diagnostics };
  const files = sources.map(fingerprint);
  return {
    manifest: { project: project ?? document.name ?? "", directory, environments, origins: originsOf(tree), files, warnings: diagnostics },
  };
}

/** Manifests of different projects are not meant to be read as one. */
function reportOtherNames(trees: readonly Tree[], findings: Findings): void {
  const names = new Set(trees.map(({ value }) => item(value, "name")).filter((name) => typeof name === "string"));
  if (names.size < 2) return;
  const message = `the manifests are of different projects: ${[...names].map(quoted).join(", ")}`;
  findings.report({ code: "manifest/project-differs", at: "/name", message, hint: "name the project by -p, or read them one by one" });
}

function readAll(document: ManifestDocument, readingOf: (name: string) => Reading): ReadonlyMap<string, Environment> {
  return new Map(Object.entries(document.environments ?? {}).map(([name, written]) => [name, normalize(readingOf(name), written)]));
}

/** Where each key stands, by address. */
function originsOf({ spots }: Tree): ReadonlyMap<Address, Place> {
  const origins = new Map<Address, Place>();
  for (const [pointer, { key }] of spots) {
    if (key !== null) origins.set(addressOf(pointer), key);
  }
  return origins;
}

/** The digest is made when it is asked for: most runs do not, and node:crypto takes a millisecond to load. */
function fingerprint({ path, text }: Source): Manifest["files"][number] {
  return {
    path,
    get sha256() {
      return process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("hex");
    },
  };
}
