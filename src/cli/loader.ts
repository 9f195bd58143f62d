/**
 * The first JavaScript that runs: compiles the bundle beside it, from V8's code cache where there is one, and writes that
 * cache after the command ran, so that the functions which the command compiled lazily are in it.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { Script } from "node:vm";
import { cacheFile, readCache, writeCache } from "./code-cache.ts";

/** Digests of the bundles, put in by the build: another build never meets this one's cache. */
declare const BUNDLES: Readonly<Record<string, string>>;

const argv = process.argv.slice(2);
const loaded = new Map<string, unknown>();

if (tooOld(process.versions.node)) {
  fs.writeSync(2, `error host/old-node: Node.js ${process.versions.node} is too old; cloister needs 20.19 or later\n`);
  process.exitCode = 6;
} else {
  load("cloister");
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
  const script = new Script(source, { filename: file, ...(cached !== null && { cachedData: cached }) });
  if (cache !== null && (cached === null || script.cachedDataRejected === true)) {
    process.once("exit", () => writeCache(cache, script.createCachedData()));
  }
  return script.runInThisContext()(requireFrom, file, __dirname);
}

/** What bundles get as `require`: the packages that have a bundle of their own, and Node's modules. */
function requireFrom(name: string): unknown {
  if (!Object.hasOwn(BUNDLES, name)) return process.getBuiltinModule(name);
  if (!loaded.has(name)) loaded.set(name, load(name));
  return loaded.get(name);
}
