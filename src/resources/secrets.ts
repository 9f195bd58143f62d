import { child } from "../model/address.ts";
import type { Environment, Secret } from "../model/environment.ts";
import type { FactName } from "../model/fact.ts";
import type { ManagedFile } from "../model/managed-file.ts";
import type { Resource, Scope } from "../model/resource.ts";
import type { FileSeen } from "./file-seen.ts";
import type { FileWant } from "./managed-file.ts";
import { managedFiles } from "./managed-file.ts";

const asFiles = managedFiles({
  name: "secrets",
  path: (target, scope) => child("secrets", nameAt(target, scope)),
  declared: filesOf,
  contents: (_, { line }) => [{ field: "", want: "what its source holds", have: "something else", evidence: line }],
  describe: ({ path, file: { uid, gid, mode } }) =>
    [path, `mode ${mode}`, ...(uid === 0 && gid === 0 ? [] : [`owner ${uid}:${gid}`])].join(", "),
  secret: true,
});

/** The secrets that the manifest declares, as files by their targets. */
export const secrets: Resource<FileWant, FileSeen> = {
  ...asFiles,
  facts: (scope) => [...asFiles.facts(scope), ...sourceFacts(scope)],
};

/** Whether somebody else decides where a source leads is judged before anything is done. */
function sourceFacts({ environment }: Scope): readonly FactName[] {
  return Object.values(environment?.secrets ?? {}).flatMap(({ file }): readonly FactName[] =>
    file === undefined ? [] : [`source/${file}`],
  );
}

function filesOf({ secrets: declared }: Environment, { environment }: Scope): Readonly<Record<string, ManagedFile>> {
  const others = environment?.files ?? {};
  // Where a secret was there may be a file by now.
  const own = Object.values(declared).filter(({ target }) => !Object.hasOwn(others, target));
  return Object.fromEntries(own.map(({ target, uid, gid, mode, held = "" }) => [target, { held: [0, held], uid, gid, mode }]));
}

function nameAt(target: string, { environment, last }: Scope): string {
  const named = [environment, last].flatMap((one): [string, Secret][] => Object.entries(one?.secrets ?? {}));
  return named.find(([, secret]) => secret.target === target)?.[0] ?? target;
}
