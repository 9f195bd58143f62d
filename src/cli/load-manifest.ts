import * as fs from "node:fs";
import * as path from "node:path";
import { load } from "../manifest/load.ts";
import type { ReadFile } from "../manifest/reading.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Manifest } from "../model/environment.ts";
import type { Context } from "./context.ts";
import { readHostFile } from "./host-file.ts";
import { withIncludes } from "./included-files.ts";
import { loadCached } from "./manifest-cache.ts";
import { readManifestFiles } from "./manifest-files.ts";

/** What reading a manifest is told. `exists`: whether a path that it names is on this host; the file system's own answer by default. */
interface Reading extends Pick<Context, "settings" | "sources"> {
  readonly exists?: (path: string) => boolean;
  /** What a file that it names holds; what the host has there by default. */
  readonly read?: (path: string) => ReadFile;
}

/** The manifest that the flags name, or all of its problems. Its texts are kept in `sources`, for frames. */
export function loadManifest(reading: Reading): Manifest {
  const loaded = tryManifest(reading, reading.settings.files);
  if ("manifest" in loaded) return loaded.manifest;
  throw new CloisterError(loaded.diagnostics);
}

/** As `loadManifest`, of the named files, with the manifest's problems returned. Files that cannot be read are thrown. */
export function tryManifest(
  { settings, sources, exists = fs.existsSync, read = readHostFile }: Reading,
  names: readonly string[],
): { readonly manifest: Manifest } | { readonly diagnostics: readonly Diagnostic[] } {
  const given = readManifestFiles(names);
  const files = withIncludes(given, ({ name, text }) => sources.set(name, text));
  const request = {
    sources: files.map(({ name, text, directory }) => ({ path: name, text, ...(directory === undefined ? {} : { directory }) })),
    directory: directoryOf(given[0]?.path ?? null),
    ...(settings.project !== null && { project: settings.project }),
    exists,
    read,
  };
  return loadCached(request, load);
}

function directoryOf(file: string | null): string {
  return fs.realpathSync(file === null ? process.cwd() : path.dirname(file));
}
