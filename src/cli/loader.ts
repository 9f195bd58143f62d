/**
 * The first JavaScript that runs: compiles the bundle beside it, from V8's code cache where there is one, and writes that
 * cache after the command ran, so that the functions which the command compiled lazily are in it. A run that used what no run before has used adds to it.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { Script } from "node:vm";
import { cacheFile, readCache, writeCache } from "./code-cache.ts";
import { verbNamed } from "./verb-names.ts";

/** Digests of the bundles, put in by the build: another build never meets this one's cache. */
declare const BUNDLES: Readonly<Record<string, string>>;

/** Before the code stands what it was used for, in words; V8 wants the code at a multiple of eight. */
const headerLength = 64;

const argv = process.argv.slice(2);
const loaded = new Map<string, unknown>();

if (tooOld(process.versions.node)) {
  fs.writeSync(2, `error host/old-node: Node.js ${process.versions.node} is too old; cloister needs 20.19 or later\n`);
  process.exitCode = 6;
} else {
  const verb = argv.map(verbNamed).find((each) => each !== null);
  load(verb === "exec" && process.env.CLOISTER_ENTERING !== undefined ? "entering" : "cloister");
}

function tooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 20 || (major === 20 && minor < 19);
}

/** Runs a bundle, which is one function, and returns what it exports. */
function load(name: string): unknown {
  const id = BUNDLES[name] ?? "";
  const file = path.join(__dirname, `${name}.cjs`);
  const source = fs.readFileSync(file, "latin1");
  // A bundle that is just being rebuilt may not be the one that this file was made with; V8 itself compares lengths only.
  const cache = source.startsWith(`/*${id}*/`) ? cacheFile({ name, id, argv }) : null;
  const cached = cache === null ? null : readCache(cache);
  const cachedData = cached?.subarray(headerLength);
  const script = new Script(source, { filename: file, ...(cachedData !== undefined && { cachedData }) });
  const isTaken = cached !== null && script.cachedDataRejected !== true;
  const known = isTaken ? cached.toString("latin1", 0, headerLength).trim().split(" ") : [];
  const exported: unknown = script.runInThisContext()(requireFrom, file, __dirname);
  if (cache !== null)
    process.once("exit", () => {
      const used = usedBy(exported);
      if (isTaken && used.every((one) => known.includes(one))) return;
      const header = [...new Set([...known, ...used])].join(" ").padEnd(headerLength).slice(0, headerLength);
      writeCache(cache, Buffer.concat([Buffer.from(header, "latin1"), script.createCachedData()]));
    });
  return exported;
}

/** What a run has used of a bundle that not every run uses, in words. */
function usedBy(exported: unknown): readonly string[] {
  const told: unknown =
    typeof exported === "object" && exported !== null && "codeUsed" in exported && typeof exported.codeUsed === "function"
      ? exported.codeUsed()
      : [];
  return Array.isArray(told) ? told.map(String) : [];
}

/** What bundles get as `require`: the packages that have a bundle of their own, and Node's modules. */
function requireFrom(name: string): unknown {
  if (!Object.hasOwn(BUNDLES, name)) return process.getBuiltinModule(name);
  if (!loaded.has(name)) loaded.set(name, load(name));
  return loaded.get(name);
}
