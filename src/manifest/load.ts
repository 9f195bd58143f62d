import type { Address } from "../model/address.ts";
import type { Diagnostic, Place } from "../model/diagnostic.ts";
import type { Environment, Manifest, UsedVariable } from "../model/environment.ts";
import type { ManifestDocument } from "../model/manifest.gen.ts";
import { borrowRoots } from "./borrowed-roots.ts";
import { check } from "./check.ts";
import { parseEnvFile } from "./env-file.ts";
import { expansionBudget } from "./expand.ts";
import { Findings } from "./findings.ts";
import { inherit, mayExtend } from "./inherit.ts";
import { interpolate } from "./interpolate.ts";
import { merge, withoutRemoved } from "./merge.ts";
import { normalize } from "./normalize.ts";
import type { Parsed } from "./parse.ts";
import { parse } from "./parse.ts";
import { inactiveIn, strangeProfiles } from "./profiles.ts";
import type { ReadFile, Reading, ReadText } from "./reading.ts";
import { emptyFile, emptyText } from "./reading.ts";
import { quoted } from "./shown.ts";
import type { Source } from "./source.ts";
import type { Pointer, Tree } from "./tree.ts";
import { addressOf, inside, item, keysOf } from "./tree.ts";
import { validate } from "./validate.ts";
import { VariableUses } from "./variable-uses.ts";
import type { Variables } from "./variables.ts";
import { noVariables } from "./variables.ts";

/** What is read, and what of the host is to be known. */
export interface LoadRequest {
  /** In order; where two say something of the same key, the later one holds. What one includes (see `filesNamedBy`) comes before it. */
  readonly sources: readonly Source[];
  /** The other files that environments extend, by the names that `Source.bases` has, each with what it includes. */
  readonly bases?: Readonly<Record<string, readonly Source[]>>;
  /** Where relative paths start: the real path of the directory that holds the first source. */
  readonly directory: string;
  /** Stands over the manifest's `name`. */
  readonly project?: string;
  /** The active profiles; without them, those that CLOISTER_PROFILES names. */
  readonly profiles?: readonly string[];
  /** The variables that values may use; without them, none is set. */
  readonly variables?: Variables;
  /** Whether a path of the host exists; without it, every path is taken to. */
  readonly exists?: (path: string) => boolean;
  /** What a file of the host holds, which becomes part of the manifest; without it, every file is empty. */
  readonly read?: (path: string) => ReadFile;
  /** Likewise, of an env file. */
  readonly readText?: (path: string) => ReadText;
}

/** A manifest, or its problems with the variables that it uses. */
export type Loaded =
  | { readonly manifest: Manifest }
  | { readonly diagnostics: readonly Diagnostic[]; readonly variables: readonly UsedVariable[] };

/** Texts to a manifest with every default filled in, or every problem that they have. Pure: reads and writes nothing. */
export function load(request: LoadRequest): Loaded {
  const { sources, project, variables = noVariables } = request;
  const read = readSources(request, variables);
  if ("diagnostics" in read) return { diagnostics: read.diagnostics, variables: [] };
  const uses = new VariableUses();
  const { tree, faults } = interpolate(read.tree, variables, uses);
  const inactive = inactiveIn(tree.value, request.profiles, variables);
  const findings = new Findings(tree, read.unresolved);
  // What is not there now needs no variables: they are set where it is.
  for (const fault of faults) if (!inactive.has(environmentAt(fault.at))) findings.report(fault);
  if (project === undefined) reportOtherNames(read.named, findings);
  const document = validate(tree, { findings, partial: new Set([...inactive.keys(), ...read.unresolved]) });
  const origins = originsOf(tree);
  const reading = readingOf(request, { tree, findings, uses, origins });
  const environments = borrowRoots(readAll(document, { inactive, reading }), document, findings);
  check(environments, findings, inactive);
  const strange = strangeProfiles(document, request.profiles ?? []);
  const used = uses.list(variables);
  const found = findings.diagnostics(sources.map(({ path }) => path));
  const diagnostics = [...read.problems, ...variables.problems(), ...found, ...strange];
  if (diagnostics.some(({ severity }) => severity === "error")) return { diagnostics, variables: used };
  const manifest: Manifest = {
    ...{ project: project ?? document.name ?? "", directory: request.directory, environments },
    ...(inactive.size === 0 ? {} : { inactive: Object.fromEntries(inactive) }),
    ...(used.length === 0 ? {} : { variables: used }),
    ...(used.length > 0 || rests(document) ? { dependent: true } : {}),
    ...{ origins, files: [...sources, ...basesOf(request)].map(fingerprint), warnings: diagnostics },
  };
  return { manifest };
}

/** Whether env files or profiles are part of what it says. */
function rests({ environments = {} }: ManifestDocument): boolean {
  return Object.values(environments).some(({ env_file, profiles = [], processes = {} }) => {
    const files = [env_file, ...Object.values(processes).map((process) => process.env_file)];
    return profiles.length > 0 || files.some((file) => file !== undefined);
  });
}

/** All texts as one tree, with what environments inherit. */
interface ReadSources {
  readonly tree: Tree;
  /** Those that say the project's name. */
  readonly named: readonly Tree[];
  readonly problems: readonly Diagnostic[];
  readonly unresolved: ReadonlySet<string>;
}

function readSources(request: LoadRequest, variables: Variables): ReadSources | { readonly diagnostics: readonly Diagnostic[] } {
  const { sources, bases = {} } = request;
  const parsed = sources.map(parse);
  const beside = Object.entries(bases).map(([name, files]) => [name, files.map(parse)] as const);
  const all = [...parsed, ...beside.flatMap(([, files]) => files)];
  const syntax = all.flatMap(({ diagnostics }) => diagnostics);
  if (all.some(({ tree }) => tree === null)) return { diagnostics: syntax };
  const tree = merge(treesOf(parsed));
  const named = treesOf(parsed.filter((_, index) => sources[index]?.directory === undefined));
  if (!sources.some(({ text }) => mayExtend(text))) return { tree: withoutRemoved(tree), named, problems: syntax, unresolved: new Set() };
  const ancestry = {
    bases: new Map(beside.map(([name, files]) => [name, merge(treesOf(files))] as const)),
    sources: new Map([...basesOf(request), ...sources].map((source) => [source.path, source] as const)),
    variables,
  };
  const { tree: whole, problems, unresolved } = inherit(tree, ancestry);
  return { tree: withoutRemoved(whole), named, problems: [...syntax, ...problems], unresolved };
}

function treesOf(parsed: readonly Parsed[]): readonly Tree[] {
  return parsed.flatMap(({ tree }) => tree ?? []);
}

function basesOf({ bases = {} }: LoadRequest): readonly Source[] {
  return Object.values(bases).flat();
}

/** The name of the environment that a pointer lies in; "" in none. */
function environmentAt(pointer: Pointer): string {
  const [top, name = ""] = keysOf(pointer);
  return top === "environments" ? name : "";
}

interface Means {
  readonly tree: Tree;
  readonly findings: Findings;
  readonly uses: VariableUses;
  readonly origins: Map<Address, Place>;
}

/** What all environments are read with. */
function readingOf(request: LoadRequest, { tree, findings, uses, origins }: Means): Omit<Reading, "name" | "at"> {
  const { directory, sources, variables = noVariables, exists = () => true, read = () => emptyFile, readText = () => emptyText } = request;
  const directories = new Map<string, string>();
  for (const { path, directory: own } of [...basesOf(request), ...sources]) {
    if (own === undefined) directories.delete(path);
    else directories.set(path, own);
  }
  const known = new Map<string, ReturnType<Reading["envFile"]>>();
  const budget = expansionBudget();
  const envFile: Reading["envFile"] = (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const text = readText(path);
    const file =
      text === null || "problem" in text
        ? text
        : parseEnvFile({ path, text: text.text }, { find: (name) => variables.find(name)?.value, budget, uses });
    if (file !== null && "problems" in file) for (const problem of file.problems) findings.tell(problem);
    known.set(path, file);
    return file;
  };
  const note: Reading["note"] = (at, place) => void origins.set(addressOf(at), place);
  return { tree, findings, directory, directories, exists, read, envFile, note };
}

/** Manifests of different projects are not meant to be read as one. */
function reportOtherNames(trees: readonly Tree[], findings: Findings): void {
  const said = trees.flatMap(({ value, spots }) => {
    const [name, at] = [item(value, "name"), spots.get("/name")?.value];
    return typeof name === "string" && at !== undefined ? [{ name, at }] : [];
  });
  const [first] = said;
  const other = said.find(({ name }) => name !== first?.name);
  if (first === undefined || other === undefined) return;
  const message = `the manifests are of different projects: ${[...new Set(said.map(({ name }) => name))].map(quoted).join(", ")}`;
  const also = [{ message: `${quoted(first.name)} is said here`, at: first.at }];
  findings.tell({
    code: "manifest/project-differs",
    severity: "error",
    at: other.at,
    message,
    also,
    hint: "name the project by -p, or read them one by one",
  });
}

function readAll(
  document: ManifestDocument,
  { inactive, reading }: { readonly inactive: ReadonlyMap<string, unknown>; readonly reading: Omit<Reading, "name" | "at"> },
): ReadonlyMap<string, Environment> {
  const active = Object.entries(document.environments ?? {}).filter(([name]) => !inactive.has(name));
  return new Map(active.map(([name, written]) => [name, normalize({ ...reading, name, at: inside("/environments", name) }, written)]));
}

/** Where each key stands, by address. */
function originsOf({ spots }: Tree): Map<Address, Place> {
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
