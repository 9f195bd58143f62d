import { spawn } from "node:child_process";
import * as fs from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { CloisterError } from "../model/diagnostic.ts";
import type { Fact } from "../model/fact.ts";
import type { LowerRoot, Root, RootPlan } from "../model/root.ts";
import { layersOf, parseRoot, rootPath } from "../model/root.ts";
import { noSpace } from "./build-causes.ts";
import { digestOfOpen } from "./file-digest.ts";
import { removeFile, writeDurably } from "./files.ts";
import { assertOwned } from "./owned.ts";
import { readNames } from "./proc-reader.ts";
import { keepLock } from "./store-lock.ts";
import { hostEnvironment, tool } from "./tools.ts";

// STORE/sha256/DIGEST      images, erofs, one file each          STORE/tmp/KEY, KEY.lock   a build that runs, and who runs it
// STORE/trees/DIGEST       trees, where mkfs.erofs is missing    STORE/logs/KEY.log        what its last build printed
// STORE/roots/KEY.json     which of them a root's spec is        all 0700 or 0600, root's
// STORE/packages/KEY       stanzas of a layer's packages
// STORE/squashfs/DIGEST, unpacked/DIGEST, shifted/DIGEST.MAP      what the shim made of them, where the kernel cannot mount them (src/host/shim-image.pl)
// STORE/decompressed/SHA256-OWN  those packages decompressed, by the sha256 of both, for the next build (src/host/local-archive.pl)
// STORE/debs/SHA256        packages of locks and layers (0444)   STORE/locks/DIGEST.json, SPEC.json   entries of locks; the last that was made of a spec

/** Directories of what is made of an image to mount it, each by the image's digest and perhaps a map of ids. */
export const derivedKinds = ["squashfs", "unpacked", "shifted"] as const;

/** A build directory that is this process's alone until it is committed or abandoned; the kernel gives it up when the process ends. */
export interface Build {
  readonly directory: string;
  /** Makes a root of what stands in the directory, and returns its index entry; the directory is gone then. */
  commit(plan: RootPlan): Promise<Root>;
  /** Throws away whatever stands in the directory. */
  abandon(): Promise<void>;
}

/**
 * Begins a build: sweeps what dead builds left, then takes `STORE/tmp/KEY`, empty. Where another process builds the same root this waits
 * for it, and the file `done` in the directory then says that nothing is left to do.
 */
export async function beginBuild(store: string, key: string): Promise<Build> {
  makeStore(store);
  await sweepTemporary(store);
  const directory = `${store}/tmp/${key}`;
  const quick = await takeLock(`${directory}.lock`, "try");
  const lock = quick ?? (await takeLock(`${directory}.lock`, "wait"));
  if (lock === null) throw new Error(`flock gave no lock on ${directory}.lock`);
  await removeTree(directory);
  removeFile(`${store}/logs/${key}.log`);
  fs.mkdirSync(directory, { mode: 0o700 });
  if (quick === null && readRoot(store, key) !== null) fs.writeFileSync(`${directory}/done`, "");
  let ended = false;
  const end = async () => {
    if (ended) return;
    ended = true;
    await removeTree(directory).finally(() => lock.release());
  };
  const finish = async (plan: RootPlan) => {
    try {
      return await commit(store, plan);
    } catch (error) {
      if (!(error instanceof CloisterError) || error.diagnostics[0]?.code !== "host/no-space") throw error;
      throw new CloisterError({ code: "rootfs/no-space", severity: "error", ...noSpace, cause: error.message });
    } finally {
      await end();
    }
  };
  return { directory, commit: finish, abandon: end };
}

/** Removes the directories of builds whose process is gone. */
export async function sweepTemporary(store: string): Promise<void> {
  const names = fs.readdirSync(`${store}/tmp`).map((name) => name.replace(/\.lock$/, ""));
  for (const name of new Set(names)) {
    const lock = await takeLock(`${store}/tmp/${name}.lock`, "try");
    if (lock === null) continue;
    await removeTree(`${store}/tmp/${name}`);
    lock.release();
  }
}

/** The fact `store/KEY`: the index entry's text, absent where it or what it names is missing or not whole. */
export function readStoreFact(store: string, key: string): Fact {
  const root = readRoot(store, key);
  return root === null ? { absent: "not in the store" } : { text: JSON.stringify(root) };
}

/** The index entry of a root that stands in the store, or null. Sizes are compared, bytes are not: they were hashed when it came. */
export function readRoot(store: string, key: string): Root | null {
  const text = readIfThere(`${store}/roots/${key}.json`);
  const root = text === null ? null : parseRoot(text);
  if (root === null || root.key !== key) return null;
  return layersOf(root).every((layer) => isWhole(store, layer)) ? root : null;
}

function isWhole(store: string, { digest, format, bytes }: LowerRoot): boolean {
  const stat = fs.lstatSync(rootPath(store, { digest, format }), { throwIfNoEntry: false });
  return format === "erofs" ? stat?.isFile() === true && stat.size === bytes : stat?.isDirectory() === true;
}

/** What was made of a root, or of what it lies on, to mount it. */
export function derivedOf(store: string, root: Root): readonly { readonly form: (typeof derivedKinds)[number]; readonly path: string }[] {
  const digests = new Set(layersOf(root).map(({ digest }) => digest));
  return derivedKinds.flatMap((form) =>
    readNames(`${store}/${form}`).flatMap((name) => (digests.has(name.slice(0, 64)) ? [{ form, path: `${store}/${form}/${name}` }] : [])),
  );
}

function makeStore(store: string): void {
  // Uppers and volumes lie beside it, and mapped roots must pass.
  fs.mkdirSync(dirname(store), { recursive: true, mode: 0o711 });
  fs.mkdirSync(store, { recursive: true, mode: 0o700 });
  for (const name of ["sha256", "trees", "roots", "tmp", "logs", "debs", "decompressed", "locks"]) {
    fs.mkdirSync(`${store}/${name}`, { recursive: true, mode: 0o700 });
    assertOwned(`${store}/${name}`);
  }
}

/** The order is the promise: an index entry is only written when what it names is on disk, whole. */
async function commit(store: string, plan: RootPlan): Promise<Root> {
  const from = `${store}/tmp/${plan.key}`;
  const present = fs.existsSync(`${from}/done`) ? readRoot(store, plan.key) : null;
  if (present !== null) return present;
  const { digest, bytes, keep } = plan.format === "erofs" ? await hashImage(store, from) : hashTree(store, from);
  const builder = { name: plan.builder, version: packageVersion(plan.builder) };
  const { key, spec } = await keepLock(plan, { store, from, version: builder.version, image: plan.format === "erofs" ? digest : null });
  const { name, format } = plan;
  const lowers = lowersOf(store, from);
  const root: Root = {
    ...{ schema: "cloister/root/v1", key, digest, name, format, spec, bytes },
    ...(lowers.length === 0 ? {} : { lowers }),
    builder,
    date: new Date().toISOString(),
    packages: count(readIfThere(`${from}/packages`)),
  };
  // Before anything is kept: on a full disk nothing is.
  writeDurably(`${from}/index.json`, `${JSON.stringify(root)}\n`, 0o600);
  if (plan.builder === "packages") keepArchive(store, `${from}/Packages`, key);
  keep();
  fs.renameSync(`${from}/index.json`, `${store}/roots/${key}.json`);
  syncDirectory(`${store}/roots`);
  return root;
}

/** A layer of packages that stands in the store is known by the digest of its lock's entry too. */
export function nameByLock(store: string, root: Root, { key, locked }: { readonly key: string; readonly locked: string }): void {
  keepArchive(store, `${store}/packages/${root.key}`, key);
  writeDurably(`${store}/roots/${key}.json`, `${JSON.stringify({ ...root, key, spec: { ...root.spec, locked } })}\n`, 0o600);
}

/** The stanzas of a layer's packages: by them they are installed in an environment that runs. */
function keepArchive(store: string, index: string, key: string): void {
  fs.mkdirSync(`${store}/packages`, { recursive: true, mode: 0o700 });
  writeDurably(`${store}/packages/${key}`, readIfThere(index) ?? "", 0o600);
}

/** What a layer was built over: its script noted the paths, each of which is named by its digest. */
function lowersOf(store: string, from: string): readonly LowerRoot[] {
  const paths = (readIfThere(`${from}/lowers`) ?? "").split("\n").filter((path) => path !== "");
  return paths.map((path) => {
    const [place, digest = ""] = path.split("/").slice(-2);
    const format = place === "trees" ? "tree" : "erofs";
    return { digest, format, bytes: format === "tree" ? 0 : fs.statSync(rootPath(store, { digest, format })).size };
  });
}

/** What stands finished in a build's directory, digested; `keep` makes it a part of the store. */
interface Finished {
  readonly digest: string;
  readonly bytes: number;
  keep(): void;
}

/** What is digested without giving way to anything else, in bytes: in some 50 ms, two thirds of what it takes otherwise. */
const aMoment = 1 << 26;

async function hashImage(store: string, from: string): Promise<Finished> {
  const image = await open(`${from}/image`, "r");
  try {
    await image.chmod(0o400);
    const { size } = await image.stat();
    const synced = image.sync();
    const digest = size > aMoment ? await sha256(image) : digestOfOpen(image.fd);
    await synced;
    const keep = () => {
      fs.renameSync(`${from}/image`, `${store}/sha256/${digest}`);
      syncDirectory(`${store}/sha256`);
    };
    return { digest, bytes: size, keep };
  } finally {
    await image.close();
  }
}

/** The listing's digest and the sum of sizes were made beside the tree, which was synced then. */
function hashTree(store: string, from: string): Finished {
  const digest = /^[0-9a-f]{64}/.exec(readIfThere(`${from}/digest`) ?? "")?.[0];
  const bytes = count(readIfThere(`${from}/bytes`));
  if (digest === undefined || bytes === null) throw new Error(`no digest of the tree in ${from}`);
  const keep = () => {
    // One of the same digest is the same: whoever made it first may have it mounted.
    if (!fs.existsSync(`${store}/trees/${digest}`)) fs.renameSync(`${from}/tree`, `${store}/trees/${digest}`);
    syncDirectory(`${store}/trees`);
  };
  return { digest, bytes, keep };
}

/** The next part is read while one is digested. */
async function sha256(file: FileHandle): Promise<string> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  let [free, taken] = [Buffer.allocUnsafe(1 << 22), Buffer.allocUnsafe(1 << 22)];
  let next = file.read(free, 0, free.length, 0);
  for (let at = 0; ; ) {
    const { bytesRead } = await next;
    if (bytesRead === 0) return hash.digest("hex");
    at += bytesRead;
    [free, taken] = [taken, free];
    next = file.read(free, 0, free.length, at);
    hash.update(taken.subarray(0, bytesRead));
  }
}

function syncDirectory(directory: string): void {
  const descriptor = fs.openSync(directory, "r");
  fs.fsyncSync(descriptor);
  fs.closeSync(descriptor);
}

/** The version of an installed Debian package, from dpkg's own status file; null where there is none. */
function packageVersion(name: string): string | null {
  const stanza = (readIfThere("/var/lib/dpkg/status") ?? "").split("\n\n").find((text) => text.startsWith(`Package: ${name}\n`));
  return /^Version: (\S+)$/m.exec(stanza ?? "")?.[1] ?? null;
}

function count(text: string | null): number | null {
  return text !== null && /^\d+\s*$/.test(text) ? Number(text) : null;
}

function readIfThere(file: string): string | null {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

interface Lock {
  release(): void;
}

/** An exclusive lock on our own descriptor of `file`; null where `try` finds it taken. The file goes with the lock. */
async function takeLock(file: string, how: "try" | "wait"): Promise<Lock | null> {
  for (;;) {
    const descriptor = fs.openSync(file, "a", 0o600);
    // flock(1) locks the open file that it inherits, which stays ours when it ends, and is free at once when we are killed.
    const code = await run(["flock", ...(how === "try" ? ["--nonblock"] : []), "3"], descriptor);
    if (code !== 0) {
      fs.closeSync(descriptor);
      return null;
    }
    // Whoever had it before has unlinked it: then this is a lock on a file that nobody else will ever open.
    if (fs.fstatSync(descriptor).ino === fs.statSync(file, { throwIfNoEntry: false })?.ino) {
      return {
        release() {
          removeFile(file);
          fs.closeSync(descriptor);
        },
      };
    }
    fs.closeSync(descriptor);
  }
}

/**
 * Removes a build's directory, once the commands that wrote into it are dead: each holds a lock on its file `alive`, and a kill takes a moment.
 * Never into another file system: something that an administrator mounted there stays what it is.
 */
async function removeTree(directory: string): Promise<void> {
  if (!fs.existsSync(directory)) return;
  const alive = `${directory}/alive`;
  const awaited = fs.existsSync(alive) ? ["flock", alive] : [];
  const code = await run([...awaited, "rm", "-rf", "--one-file-system", "--", directory]);
  if (code !== 0) throw new Error(`rm -rf ${directory} ended with ${code}`);
}

function run([name = "", ...args]: readonly string[], ...inherited: readonly number[]): Promise<number | null> {
  return new Promise((done, failed) => {
    const child = spawn(tool(name), args, { env: hostEnvironment(), stdio: ["ignore", "ignore", "ignore", ...inherited] });
    child.once("error", failed);
    child.once("close", done);
  });
}
