import * as fs from "node:fs";
import * as path from "node:path";
import type { Loaded } from "../manifest/load.ts";
import { load } from "../manifest/load.ts";
import type { ReadFile, ReadText } from "../manifest/reading.ts";
import type { Source } from "../manifest/source.ts";
import type { Variables } from "../manifest/variables.ts";
import { variablesOf } from "../manifest/variables.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Manifest } from "../model/environment.ts";
import { noteCode } from "./code-used.ts";
import type { Context } from "./context.ts";
import { readHostFile, readHostText } from "./host-file.ts";
import { loadCached } from "./manifest-cache.ts";
import type { ManifestFile } from "./manifest-files.ts";
import { readManifestFiles } from "./manifest-files.ts";
import { withNamedFiles } from "./named-files.ts";

/** What reading a manifest is told. `exists`: whether a path that it names is on this host; the file system's own answer by default. */
interface Reading extends Pick<Context, "settings" | "sources"> {
  readonly exists?: (path: string) => boolean;
  /** What a file that it names holds; what the host has there by default. */
  readonly read?: (path: string) => ReadFile;
  /** Likewise, of an env file. */
  readonly readText?: (path: string) => ReadText;
}

/** The manifest that the flags name, or all of its problems. Every text that it is made of is kept in `sources`, for frames. */
export function loadManifest(reading: Reading): Manifest {
  const loaded = tryManifest(reading, reading.settings.files);
  if (!("manifest" in loaded)) throw new CloisterError(loaded.diagnostics);
  noteCode(loaded.manifest);
  return loaded.manifest;
}

/** As `loadManifest`, of the named files, with the manifest's problems returned. Files that cannot be read are thrown. */
export function tryManifest(
  { settings, sources, exists = fs.existsSync, read = readHostFile, readText = readHostText }: Reading,
  names: readonly string[],
): Loaded {
  const told = ({ name, text }: Pick<ManifestFile, "name" | "text">) => sources.set(name, text);
  const given = readManifestFiles(names);
  const first = given[0]?.path ?? null;
  const variables = variablesFrom(settings.envFiles, { beside: first, told });
  const { files, bases } = withNamedFiles(given, { variables, told });
  const extended = Object.entries(bases).map(([name, of]) => [name, of.map(sourceOf)] as const);
  const request = {
    sources: files.map(sourceOf),
    ...(extended.length > 0 && { bases: Object.fromEntries(extended) }),
    directory: directoryOf(first),
    ...(settings.project !== null && { project: settings.project }),
    ...(settings.profiles.length > 0 && { profiles: settings.profiles }),
    ...{ variables, exists, read },
    readText: (file: string) => {
      const found = readText(file);
      told({ name: file, text: found !== null && "text" in found ? found.text : "" });
      return found;
    },
  };
  return loadCached(request, load);
}

function sourceOf({ name, text, directory, bases }: ManifestFile): Source {
  return { path: name, text, ...(directory === undefined ? {} : { directory }), ...(bases === undefined ? {} : { bases }) };
}

function directoryOf(file: string | null): string {
  return fs.realpathSync(file === null ? process.cwd() : path.dirname(file));
}

interface Surroundings {
  /** The first manifest; null: standard input. */
  readonly beside: string | null;
  readonly told: (file: Pick<ManifestFile, "name" | "text">) => void;
}

/** The caller's environment, and the env files that the flags name, or else `.env` beside the manifest where there is one. Throws `manifest/env-file` when they are read. */
function variablesFrom(given: readonly string[], { beside, told }: Surroundings): Variables {
  const byDefault = path.join(beside === null ? process.cwd() : path.dirname(beside), ".env");
  return variablesOf(process.env, () =>
    (given.length === 0 ? [byDefault] : given.map((file) => path.resolve(file))).map((file) => {
      const found = readHostText(file);
      if (found !== null && "problem" in found) throw envFileError(`the env file ${file} ${found.problem}`);
      if (found === null && given.length > 0) throw envFileError(`there is no env file ${file}`);
      const source = { path: file, text: found?.text ?? "" };
      told({ name: source.path, text: source.text });
      return source;
    }),
  );
}

function envFileError(message: string): CloisterError {
  const hint = "name another one with --env-file, or make it readable";
  return new CloisterError({ code: "manifest/env-file", severity: "error", message, hint });
}
