import type { Surroundings } from "../host/secret-command.ts";
import { printedBy } from "../host/secret-command.ts";
import type { Secrets } from "../host/secrets.ts";
import { child } from "../model/address.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment, Manifest, Secret } from "../model/environment.ts";
import { readHostFile } from "./host-file.ts";

/** How much a secret can hold, in bytes; as in shim.pl. */
const mostSecret = 262_144;

/** How the sources of secrets are read. */
export interface SecretReading {
  readonly secrets: Secrets;
  /** The environments whose secrets must be known: what cannot be read is an error. Those of others are taken as they are found without running a command, or as they were last applied. */
  readonly needed: (name: string) => boolean;
  /** What was last applied, by name. */
  readonly last: () => Readonly<Record<string, Environment>>;
}

/** A manifest whose secrets are known, by their digests. Each command is run once. Throws `secret/unreadable` with all that cannot be read. */
export function withSecrets(manifest: Manifest, { secrets, needed, last }: SecretReading): Manifest {
  if ([...manifest.environments.values()].every((environment) => Object.keys(environment.secrets).length === 0)) return manifest;
  const problems: Diagnostic[] = [];
  const printed = new Map<string, Value>();
  const surroundings = { directory: manifest.directory, withheld: variablesIn(manifest), most: mostSecret };
  const read = (secret: Secret): Value => {
    if (secret.command === undefined) return checked(secret, valueIn(secret, surroundings));
    const key = secret.command.join("\0");
    const value = printed.get(key) ?? checked(secret, valueIn(secret, surroundings));
    printed.set(key, value);
    return value;
  };
  secrets.forget();
  const applied = last();
  const environments = [...manifest.environments].map(([name, environment]) => {
    const all = Object.entries(environment.secrets).map(([key, secret]) => {
      const isNeeded = needed(name);
      const before = applied[name]?.secrets[key];
      const value = isNeeded || secret.command === undefined ? read(secret) : { problem: "" };
      if ("bytes" in value) return [key, { ...secret, held: secrets.hold(secret.target, value.bytes) }] as const;
      if (isNeeded) problems.push(problemAt(manifest, child(child(child(name, "secrets"), key), sourceOf(secret)), value.problem));
      return [key, before?.held === undefined || !isSame(before, secret) ? unread(secret) : { ...secret, held: before.held }] as const;
    });
    return [name, all.length === 0 ? environment : { ...environment, secrets: Object.fromEntries(all) }] as const;
  });
  if (problems.length > 0) throw new CloisterError(problems);
  return { ...manifest, environments: new Map(environments) };
}

/** The files of the host that secrets are read from. */
export function secretFiles({ environments }: Manifest): readonly string[] {
  return [...environments.values()].flatMap(({ secrets }) => Object.values(secrets).flatMap(({ file }) => file ?? []));
}

/** The variables that secrets are read from. */
export function variablesIn({ environments }: Manifest): ReadonlySet<string> {
  return new Set(
    [...environments.values()].flatMap(({ secrets }) => Object.values(secrets).flatMap(({ environment }) => environment ?? [])),
  );
}

/** Whether each of these files still holds what it held when the manifest was read. */
export function holdsSecrets({ environments }: Manifest, secrets: Secrets): boolean {
  return [...environments.values()].every((environment) =>
    Object.values(environment.secrets).every((secret) => {
      if (secret.file === undefined) return true;
      const found = readHostFile(secret.file);
      return "bytes" in found && secrets.digest(secret.target, found.bytes) === secret.held;
    }),
  );
}

/** What a source gave, or why it gave nothing, in whole words. */
type Value = { readonly bytes: Uint8Array } | { readonly problem: string };

function valueIn({ file, environment = "", command }: Secret, surroundings: Surroundings): Value {
  if (file !== undefined) return told(file, readHostFile(file));
  if (command !== undefined) return told(`its command (${command[0] ?? ""})`, printedBy(command, surroundings));
  const value = process.env[environment];
  return value === undefined ? { problem: `the variable ${environment} is not set` } : { bytes: Buffer.from(value) };
}

function told(what: string, found: Value): Value {
  return "problem" in found ? { problem: `${what} ${found.problem}` } : found;
}

function checked(secret: Secret, value: Value): Value {
  if ("problem" in value) return value;
  if (value.bytes.length === 0) return { problem: `${secret.file ?? secret.environment ?? "what its command printed"} is empty` };
  return value.bytes.length > mostSecret
    ? { problem: `${secret.file ?? secret.environment} has more than ${mostSecret / 1024} KiB` }
    : value;
}

const hints = {
  file: "name a regular file of at most 256 KiB that can be read",
  environment: "set it where cloister is run; sudo passes it on with --preserve-env=NAME",
  command: "run it by hand, as the user who runs cloister: what it says is shown nowhere else",
} as const;

function problemAt({ origins }: Manifest, address: string, problem: string): Diagnostic {
  const at = origins.get(address);
  const hint = Object.entries(hints).find(([source]) => address.endsWith(`.${source}`))?.[1] ?? "";
  const message = `${address.replace(/\.[a-z]+$/, "")}: ${problem}`;
  return { code: "secret/unreadable", severity: "error", message, hint, ...(at === undefined ? {} : { at }) };
}

function sourceOf({ file, command }: Secret): keyof typeof hints {
  return file !== undefined ? "file" : command !== undefined ? "command" : "environment";
}

function isSame(a: Secret, b: Secret): boolean {
  const declared = ({ file, environment, command, target }: Secret) => JSON.stringify([file, environment, command, target]);
  return declared(a) === declared(b);
}

function unread({ held, ...secret }: Secret): Secret {
  return secret;
}
