/**
 * The first JavaScript that runs: compiles the bundle beside it, from V8's code cache where there is one, and writes that
 * cache after the command ran, so that the functions which the command compiled lazily are in it.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { Script } from "node:vm";
import { cacheFile, readCache, writeCache } from "./code-cache.ts";
import { isQuick } from "./verb-names.ts";

/** Digests of the bundles, put in by the build: another build never meets this one's cache. */
declare const BUILD_IDS: { readonly quick: string; readonly cloister: string };

run();

function run(): void {
  if (tooOld(process.versions.node)) {
    fs.writeSync(2, `error host/old-node: Node.js ${process.versions.node} is too old; cloister needs 20.19 or later\n`);
    process.exitCode = 6;
    return;
  }
  const argv = process.argv.slice(2);
  const name = isQuick(argv) ? "quick" : "cloister";
  const bundle = path.join(__dirname, `${name}.cjs`);
  const id = BUILD_IDS[name];
  const source = fs.readFileSync(bundle, "latin1");
  // A bundle that is just being rebuilt may not be the one that this file was made with; V8 itself compares lengths only.
  const file = source.startsWith(`/*${id}*/`) ? cacheFile(argv, id) : null;
  const cached = file === null ? null : readCache(file);
  const script = new Script(source, { filename: bundle, ...(cached !== null && { cachedData: cached }) });
  if (file !== null && (cached === null || script.cachedDataRejected === true)) {
    process.once("exit", () => writeCache(file, script.createCachedData()));
  }
  script.runInThisContext()(require, bundle, __dirname);
}

function tooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 20 || (major === 20 && minor < 19);
}
