import { createHash } from "node:crypto";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { LockedLayer, LockedRelease, LockedRoot } from "../model/lock.ts";
import { packagesOfEntry, parseLockEntry } from "../model/lock.ts";
import type { LockedPackages } from "../model/locked-packages.ts";
import { packagesIndex } from "../model/locked-packages.ts";
import type { LayeredRootfs, Locking, ReleaseRootfs } from "../model/rootfs.ts";

/** The entry of a lock by its digest, from the fact `lock/DIGEST`; null where neither the lock nor the store has it. */
export function lockedRoot(digest: string, facts: Facts): LockedRoot | null {
  const entry = lockEntry(digest, facts);
  return entry === null || "over" in entry ? null : entry;
}

/** The same of a layer. */
export function lockedLayer(digest: string, facts: Facts): LockedLayer | null {
  const entry = lockEntry(digest, facts);
  return entry !== null && "over" in entry ? entry : null;
}

function lockEntry(digest: string, facts: Facts): LockedRoot | LockedLayer | null {
  const entry = text(facts, `lock/${digest}`);
  return entry === null ? null : parseLockEntry(JSON.parse(entry));
}

/** The facts `lock/DIGEST` of the entries that say what something is made of. */
export function lockFacts({ locked, resolving }: Locking): readonly string[] {
  return [locked, resolving?.from].flatMap((digest) => (digest === undefined || digest === null ? [] : [`lock/${digest}`]));
}

/** The digest of the entry of what a layer lies on; null where that is not locked. */
export function entryBelow({ base }: LayeredRootfs): string | null {
  if (base.type === "layered") return base.layer.locked ?? null;
  return base.type === "release" ? (base.locked ?? null) : null;
}

/** That the entry of the lock by which something was wanted is gone, or null. */
export function lockProblem({ locked }: Locking, name: string, facts: Facts): Diagnostic | null {
  if (locked === undefined || lockEntry(locked, facts) !== null) return null;
  return {
    code: "lock/missing",
    severity: "error",
    message: `what ${name} was locked to (sha256 ${locked}) stands neither in the lock nor in the store`,
    hint: "put that cloister.lock back beside the manifest, or lock anew: cloister lock",
  };
}

/** What of a lock stays as it is while other packages move on. */
export interface Pinned {
  readonly release: LockedRelease;
  readonly packages: LockedPackages;
}

/** All but what is named, and what is made of the same source; null where nothing is bound. */
export function pinnedOf({ from, free }: NonNullable<ReleaseRootfs["resolving"]>, facts: Facts): Pinned | null {
  const before = from === null ? null : lockEntry(from, facts);
  if (before === null || free.length === 0) return null;
  const release = "over" in before ? before.from?.release : before.release;
  if (release === undefined) return null;
  const all = packagesOfEntry(before);
  const sources = new Set(free.map((name) => sourceOf(all, name)));
  const packages = Object.entries(all).filter(([name]) => !sources.has(sourceOf(all, name)));
  return { release, packages: Object.fromEntries(packages) };
}

function sourceOf(packages: LockedPackages, name: string): string {
  return packages[name]?.fields.Source?.split(" ")[0] ?? name;
}

/** Has apt take these versions and no others of what is not to move. */
export function preferences(packages: LockedPackages): string {
  return Object.entries(packages)
    .map(([name, { version }]) => `Package: ${name}\nPin: version ${version}\nPin-Priority: 1001\n\n`)
    .join("");
}

/** The files of an archive of these packages alone, and the list by which they are looked up. */
export function archiveFiles({ packages, release: { suite, codename, date } }: Pinned) {
  const index = packagesIndex(packages);
  const digest = createHash("sha256").update(index).digest("hex");
  const release = [
    `Suite: ${suite}`,
    `Codename: ${codename}`,
    `Date: ${date}`,
    "SHA256:",
    ` ${digest} ${Buffer.byteLength(index)} Packages`,
  ];
  const list = Object.entries(packages).map(
    ([name, { sha256, size, filename, version }]) => `${[sha256, size, filename, name, version].join(" ")}\n`,
  );
  return { Packages: index, Release: `${release.join("\n")}\n`, "packages.list": list.join("") };
}
