import { isBelow } from "../kernel/mountinfo.ts";
import { child } from "../model/address.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Scope } from "../model/resource.ts";
import type { SourceFact } from "./source.ts";
import { parseSource } from "./source.ts";

/**
 * Sources that would show inside what nobody meant to: because an environment of the project can turn a link on the way to anywhere on the
 * host (it has a directory above it to write to), or because they lead to what is never shown.
 */
export function sourceProblems(scope: Scope, facts: Facts): readonly Diagnostic[] {
  const sources = sourcesOf(scope);
  const seen = new Map(sources.map(({ path }) => [path, parseSource(text(facts, `source/${path}`))]));
  const exposed = (scope.exposed ?? []).flatMap((path) => [path, seen.get(path)?.realPath ?? path]);
  return sources.flatMap(({ address, path }) => {
    const found = seen.get(path) ?? null;
    const why = found === null ? null : fault(found, exposed);
    if (found === null || why === null) return [];
    return [{ code: "engine/exposed-source", severity: "error", message: `${address}: ${path} leads to ${found.realPath}, ${why}`, hint }];
  });
}

const hint = "name the directory itself, and one that no environment can replace";

function fault({ realPath, links }: SourceFact, exposed: readonly string[]): string | null {
  if (realPath === "/" || isBelow("/proc", realPath) || isBelow("/sys", realPath)) return "which must not be seen inside";
  const link = links.find((one) => exposed.some((directory) => one !== directory && isBelow(directory, one)));
  return link === undefined ? null : `through the link ${link}, which an environment can change`;
}

function sourcesOf({ name, environment }: Scope): readonly { readonly address: string; readonly path: string }[] {
  if (environment === null) return [];
  const { mounts, files, secrets, rootfs } = environment;
  const bound = Object.entries(mounts).flatMap(([target, { type, source }]) =>
    source !== undefined && (type === "bind" || type === "overlay")
      ? [{ address: child(child(name, "mounts"), target), path: source }]
      : [],
  );
  const copied = Object.entries(files).flatMap(([target, { source }]) =>
    source === undefined ? [] : [{ address: child(child(name, "files"), target), path: source }],
  );
  const secret = Object.entries(secrets).flatMap(([key, { file }]) =>
    file === undefined ? [] : [{ address: child(child(name, "secrets"), key), path: file }],
  );
  const own = rootfs.type === "directory" ? [{ address: child(name, "rootfs"), path: rootfs.directory }] : [];
  return [...own, ...bound, ...copied, ...secret];
}
