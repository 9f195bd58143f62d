import * as fs from "node:fs";
import * as path from "node:path";
import { load } from "../manifest/load.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Manifest } from "../model/environment.ts";
import type { Context } from "./context.ts";
import { loadCached } from "./manifest-cache.ts";
import { readManifestFiles } from "./manifest-files.ts";

/** The manifest that the flags name, or all of its problems. Its texts are kept in `sources`, for frames. */
export function loadManifest({ settings, sources }: Pick<Context, "settings" | "sources">): Manifest {
  const loaded = tryManifest({ settings, sources }, settings.files);
  if ("manifest" in loaded) return loaded.manifest;
  throw new CloisterError(loaded.diagnostics);
}

/** As `loadManifest`, of the named files, with the manifest's problems returned. Files that cannot be read are thrown. */
export function tryManifest(
  { settings, sources }: Pick<Context, "settings" | "sources">,
  names: readonly string[],
): { readonly manifest: Manifest } | { readonly diagnostics: readonly Diagnostic[] } {
  const files = readManifestFiles(names);
  for (const { name, text } of files) sources.set(name, text);
  const request = {
    sources: files.map(({ name, text }) => ({ path: name, text })),
    directory: directoryOf(files[0]?.path ?? null),
    ...(settings.project !== null && { project: settings.project }),
    exists: fs.existsSync,
  };
  return loadCached(request, load);
}

function directoryOf(file: string | null): string {
  return fs.realpathSync(file === null ? process.cwd() : path.dirname(file));
}
