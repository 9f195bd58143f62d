import * as fs from "node:fs";
import * as path from "node:path";
import { verbNamed } from "./verb-names.ts";

/** How many caches of one verb are kept (other builds, other versions of Node). */
const keptOfVerb = 4;

/** Where the code cache of a bundle is, for this verb, build and Node version; null where caching is off or has no place. */
export function cacheFile({
  name,
  id,
  argv,
}: {
  readonly name: string;
  readonly id: string;
  readonly argv: readonly string[];
}): string | null {
  const verb = name === "cloister" ? (argv.map(verbNamed).find((each) => each !== null) ?? "none") : name;
  return cachePlace("code", `${verb}-${id}-${process.version}-${process.arch}`);
}

/** A file of a cache; null where caching is off or has no place. */
export function cachePlace(kind: "code" | "manifests", name: string): string | null {
  if (process.env.CLOISTER_CACHE === "off") return null;
  const root = cacheRoot(process.env);
  return root === null ? null : path.join(root, "cloister", kind, name);
}

function cacheRoot(env: NodeJS.ProcessEnv): string | null {
  if (process.geteuid?.() === 0) return "/var/cache";
  const xdg = env.XDG_CACHE_HOME;
  if (xdg?.startsWith("/")) return xdg;
  return env.HOME?.startsWith("/") ? path.join(env.HOME, ".cache") : null;
}

/** The cached code, or null where there is none that can be trusted: ours, writable by nobody else, undamaged. */
export function readCache(file: string): Buffer | null {
  let descriptor: number | null = null;
  try {
    if (!safeDirectory(path.dirname(file))) return null;
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    if (!ours(fs.fstatSync(descriptor))) return null;
    return undamaged(fs.readFileSync(descriptor));
  } catch {
    return null;
  } finally {
    if (descriptor !== null) fs.closeSync(descriptor);
  }
}

/** Writes `data` under a temporary name and renames it; of those whose names begin alike only the newest are kept. What cannot be written is left: the next run is only slower. */
export function writeCache(file: string, data: Buffer, kept = keptOfVerb): void {
  const directory = path.dirname(file);
  const temporary = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (!safeDirectory(directory)) return;
    fs.writeFileSync(temporary, Buffer.concat([data, data]), { mode: 0o600, flag: "wx" });
    fs.renameSync(temporary, file);
    removeOld(file, kept);
  } catch {
    forget(temporary);
  }
}

/** Where the directory is another's, there is nothing either. */
function forget(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch {
    return;
  }
}

// V8 does not verify its cache in release builds: one flipped bit crashed Node 20 or changed a result. So the data stands
// twice in the file: comparing costs 0.1 ms, where a checksum by zlib or crypto costs 1.7 to 3 ms to load.
function undamaged(content: Buffer): Buffer | null {
  const half = content.length / 2;
  if (half === 0 || !Number.isInteger(half)) return null;
  const data = content.subarray(0, half);
  return data.equals(content.subarray(half)) ? data : null;
}

function safeDirectory(directory: string): boolean {
  return [path.dirname(directory), directory].every((each) => {
    const stat = fs.lstatSync(each);
    return stat.isDirectory() && ours(stat);
  });
}

function ours(stat: fs.Stats): boolean {
  return stat.uid === process.geteuid?.() && (stat.mode & 0o022) === 0;
}

function removeOld(file: string, kept: number): void {
  const directory = path.dirname(file);
  const [verb] = path.basename(file).split("-");
  const files = fs.readdirSync(directory).filter((each) => each.startsWith(`${verb}-`));
  const byAge = files.map((each) => path.join(directory, each)).map((each) => ({ each, time: fs.lstatSync(each).mtimeMs }));
  for (const { each } of byAge.sort((a, b) => b.time - a.time).slice(kept)) fs.rmSync(each, { force: true });
}
