import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { open } from "node:fs/promises";
import { CloisterError } from "../model/diagnostic.ts";
import type { Fact } from "../model/fact.ts";
import type { LockedLayer, LockedRelease, LockedResult, LockedRoot } from "../model/lock.ts";
import {
  entriesOf,
  lockedKey,
  ordered,
  orderedLayer,
  parseLock,
  parseLockEntry,
  parseLockedLayer,
  parseLockedRoot,
} from "../model/lock.ts";
import type { LockedPackages } from "../model/locked-packages.ts";
import { fieldsOf, packagesOf } from "../model/locked-packages.ts";
import type { RootPlan } from "../model/root.ts";
import { layeredKey } from "../model/root.ts";
import { writeDurably } from "./files.ts";
import { readNames } from "./proc-reader.ts";

/** A build that is finished, and what was found out of it. */
interface FinishedBuild {
  readonly store: string;
  readonly from: string;
  /** The builder's. */
  readonly version: string | null;
  /** sha256 of the image, or null for a tree. */
  readonly image: string | null;
}

/**
 * Compares a build with its lock (throws `lock/mismatch`), or makes the lock's entry of it; then keeps its packages and the entry. Returns the key and
 * spec under which the root goes into the store.
 */
export async function keepLock(plan: RootPlan, build: FinishedBuild): Promise<Pick<RootPlan, "key" | "spec">> {
  const { lock, key, spec } = plan;
  const { store, from } = build;
  if (plan.builder === "packages") await keepPackages(store, from);
  if (lock === undefined) return { key, spec };
  const entry = entryOf(plan, lock, build);
  await keepPackages(store, from);
  const digest = lockDigest(entry);
  const text = `${JSON.stringify(entry)}\n`;
  writeDurably(`${store}/locks/${digest}.json`, text, 0o600);
  if (lock.type === "check" || lock.type === "free") return { key, spec };
  writeDurably(`${store}/locks/${key}.json`, text, 0o600);
  if (lock.type === "note-layer" && lock.base === null) return { key, spec };
  return { key: lock.type === "note" ? lockedKey(digest) : layeredKey(lock.base ?? "", digest), spec: { ...spec, locked: digest } };
}

function entryOf(plan: RootPlan, lock: NonNullable<RootPlan["lock"]>, build: FinishedBuild): LockedRoot | LockedLayer {
  switch (lock.type) {
    case "note":
      return notedRoot(plan, lock, build);
    case "note-layer":
      return notedLayer(plan, lock, build);
    default:
      return checked(plan.name, lock, build);
  }
}

/** What a locked root or layer is known by: sha256 of its entry, 64 hex digits. */
export function lockDigest(entry: LockedRoot | LockedLayer): string {
  return createHash("sha256")
    .update(JSON.stringify("over" in entry ? orderedLayer(entry) : ordered(entry)))
    .digest("hex");
}

/** Keeps an entry that a lock is about to have. */
export function keepEntry(store: string, entry: LockedRoot | LockedLayer): void {
  writeDurably(`${store}/locks/${lockDigest(entry)}.json`, `${JSON.stringify(entry)}\n`, 0o600);
}

/** The entry of a lock that was made last of a root's spec, by the key of that build; null where none was. */
export function readNotedLock(store: string, key: string): LockedRoot | null {
  const entry = readEntry(`${store}/locks/${key}.json`);
  return entry === null || "over" in entry ? null : entry;
}

/** The same of a layer. */
export function readNotedLayer(store: string, key: string): LockedLayer | null {
  const entry = readEntry(`${store}/locks/${key}.json`);
  return entry !== null && "over" in entry ? entry : null;
}

/** Notes where a lock lies that was made with this store: what it names is kept, whether or not anything of it was ever applied. */
export function noteLockFile(store: string, path: string): void {
  const directory = `${store}/lockfiles`;
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeDurably(`${directory}/${createHash("sha256").update(path).digest("hex").slice(0, 16)}`, path, 0o600);
}

/** Each such note, with the place that it names. */
export function notedLockFiles(store: string): readonly { readonly note: string; readonly path: string }[] {
  const directory = `${store}/lockfiles`;
  return readNames(directory).map((name) => ({ note: `${directory}/${name}`, path: readIfThere(`${directory}/${name}`) ?? "" }));
}

/** What is kept of locks in a store, file by file; `entry` is null where one is not whole. */
export function lockEntries(store: string): readonly { readonly path: string; readonly entry: LockedRoot | LockedLayer | null }[] {
  return readNames(`${store}/locks`).map((name) => ({ path: `${store}/locks/${name}`, entry: readEntry(`${store}/locks/${name}`) }));
}

/** The fact `lock/DIGEST`: the entry's text, of the lock in the manifest's directory or of the store. */
export function readLockFact(digest: string, { store, directory }: { readonly store: string; readonly directory: string | null }): Fact {
  const kept = readEntry(`${store}/locks/${digest}.json`);
  const own = kept !== null && lockDigest(kept) === digest;
  const found = own ? kept : directory === null ? null : (entriesAt(`${directory}/${lockName}`).get(digest) ?? null);
  return found === null ? { absent: "in no lock" } : { text: JSON.stringify(found) };
}

/** What a lock is called; it lies beside the manifest. */
export const lockName = "cloister.lock";

/** The entries of the lock that was read last, by digest: many environments ask for those of one file. */
let known: { readonly text: string; readonly entries: ReadonlyMap<string, LockedRoot | LockedLayer> } = { text: "", entries: new Map() };

function entriesAt(path: string): ReadonlyMap<string, LockedRoot | LockedLayer> {
  const text = readIfThere(path);
  if (text === null) return new Map();
  if (known.text !== text) {
    const lock = parseLock(text);
    const entries = "problem" in lock ? new Map() : new Map(entriesOf(lock).map((entry) => [lockDigest(entry), entry] as const));
    known = { text, entries };
  }
  return known.entries;
}

function readEntry(path: string): LockedRoot | LockedLayer | null {
  try {
    return parseLockEntry(JSON.parse(fs.readFileSync(path, "utf8")));
  } catch {
    return null;
  }
}

type Check = Extract<NonNullable<RootPlan["lock"]>, { readonly digest: string }>;

function checked(name: string, lock: Check, { from, image }: FinishedBuild): LockedRoot | LockedLayer {
  const entry = readEntry(`${from}/entry`);
  if (entry === null || lockDigest(entry) !== lock.digest) throw new Error(`the lock's entry in ${from} is another one`);
  if (lock.type === "free") return entry;
  const mkfs = line(`${from}/mkfs`);
  const differs = (what: string, found: string, wanted: string) =>
    new CloisterError({
      code: "lock/mismatch",
      severity: "error",
      message: `${name}: ${what} is not what the lock says: sha256 ${found}, locked ${wanted}`,
      hint: mismatchHint(entry),
    });
  if (mkfs !== null && mkfs === lock.mkfs && image !== null && lock.image !== null) {
    if (image !== lock.image) throw differs("the image", image, lock.image);
    return entry;
  }
  const tree = treeDigest(from);
  if (tree !== lock.tree) throw differs("the tree", tree, lock.tree);
  return entry;
}

function mismatchHint(entry: LockedRoot | LockedLayer): string {
  if (!("over" in entry))
    return "its packages are as locked: see whether mmdebstrap and its hooks are of the version that the lock names; nothing is kept";
  if (entry.from !== null) return "its packages are as locked: a script of one of them does not do the same each time; nothing is kept";
  return "it does not do the same each time, or here: see with cloister rootfs verify --rebuild what differs, or lock anew; nothing is kept";
}

type Note<Type> = Extract<NonNullable<RootPlan["lock"]>, { readonly type: Type }>;

function notedRoot({ spec, builder }: RootPlan, lock: Note<"note">, { from, version, image }: FinishedBuild): LockedRoot {
  const entry = parseLockedRoot({
    ...{ name: lock.name, spec, epoch: Number(line(`${from}/epoch`)), normalisation: lock.normalisation },
    release: releaseIn(from),
    builder: { name: builder, version, recipe: lock.recipe, options: lock.options },
    result: resultOf(from, image),
    packages: installedOf(from),
  });
  if (typeof entry === "string") throw new Error(`what was built cannot be locked: ${entry}`);
  return entry;
}

function notedLayer({ spec, builder }: RootPlan, lock: Note<"note-layer">, { from, image }: FinishedBuild): LockedLayer {
  const packages = () => ({
    release: releaseIn(from),
    recipe: lock.recipe,
    epoch: Number(line(`${from}/epoch`)),
    packages: installedOf(from),
  });
  const entry = parseLockedLayer({
    ...{ name: lock.name, over: lock.over, spec, result: lock.open ? null : resultOf(from, image) },
    from: builder === "packages" ? packages() : null,
  });
  if (typeof entry === "string") throw new Error(`what was built cannot be locked: ${entry}`);
  return entry;
}

function resultOf(from: string, image: string | null): LockedResult {
  return { tree: treeDigest(from), files: Number(line(`${from}/tree-files`)), image, mkfs: line(`${from}/mkfs`) };
}

/** What the release file by which packages were found says of itself, and who has signed it. */
function releaseIn(from: string): Omit<LockedRelease, "suite" | "codename" | "date"> & Readonly<Record<string, unknown>> {
  const release = fs.readFileSync(`${from}/release`);
  // What stands before its first field is of the signature.
  const fields = fieldsOf(release.toString("utf8").replace(/^-----BEGIN PGP SIGNED MESSAGE-----\n(?:.+\n)*\n/, ""));
  const signatures = readIfThere(`${from}/signatures`) ?? "";
  const keys = [...signatures.matchAll(/^\[GNUPG:\] VALIDSIG (?:\S+ )*([0-9A-F]{40,64})$/gm)].map(([, key = ""]) => key);
  const [codename, suite] = [fields.get("Codename"), fields.get("Suite")];
  return {
    ...{ suite: suite ?? codename, codename: codename ?? suite, date: fields.get("Date"), valid_until: fields.get("Valid-Until") ?? null },
    in_release: createHash("sha256").update(release).digest("hex"),
    keys: [...new Set(keys)].sort(),
  };
}

/** The stanza of each package that was installed; one that no index of the mirror has came from nowhere. */
function installedOf(from: string): LockedPackages {
  const packages = packagesOf(readIfThere(`${from}/stanzas`) ?? "");
  const installed = (readIfThere(`${from}/installed`) ?? "").split("\n").filter((text) => text !== "");
  const unknown = installed.filter((text) => packages[text.split(" ")[0] ?? ""] === undefined);
  if (unknown.length > 0) throw new Error(`no index of the mirror has ${unknown.join(", ")}`);
  return packages;
}

/** Packages that came with this build, by their digests, which were compared before they were used. */
async function keepPackages(store: string, from: string): Promise<void> {
  const names = fs.existsSync(`${from}/debs`) ? fs.readdirSync(`${from}/debs`) : [];
  if (names.length === 0) return;
  for (const name of names) {
    const file = await open(`${from}/debs/${name}`, "r");
    await file.chmod(0o444);
    await file.sync();
    await file.close();
    fs.renameSync(`${from}/debs/${name}`, `${store}/debs/${name}`);
  }
  const directory = fs.openSync(`${store}/debs`, "r");
  fs.fsyncSync(directory);
  fs.closeSync(directory);
}

function treeDigest(from: string): string {
  return /^[0-9a-f]{64}/.exec(readIfThere(`${from}/tree-digest`) ?? "")?.[0] ?? "";
}

function line(path: string): string | null {
  return readIfThere(path)?.split("\n")[0] ?? null;
}

function readIfThere(path: string): string | null {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
