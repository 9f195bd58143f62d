import { createHash } from "node:crypto";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { ReleaseRootfs } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { LockedRoot } from "../model/lock.ts";
import { packagesIndex, parseLockedRoot } from "../model/lock.ts";

/** The entry of a lock by its digest, from the fact `lock/DIGEST`; null where neither the lock nor the store has it. */
export function lockedRoot(digest: string, facts: Facts): LockedRoot | null {
  const entry = text(facts, `lock/${digest}`);
  if (entry === null) return null;
  const root = parseLockedRoot(JSON.parse(entry));
  return typeof root === "string" ? null : root;
}

/** That the entry of the lock by which a root was wanted is gone, or null. */
export function lockProblem({ locked, release }: ReleaseRootfs, facts: Facts): Diagnostic | null {
  if (locked === undefined || lockedRoot(locked, facts) !== null) return null;
  return {
    code: "lock/missing",
    severity: "error",
    message: `what ${release} was locked to (sha256 ${locked}) stands neither in the lock nor in the store`,
    hint: "put that cloister.lock back beside the manifest, or lock anew: cloister lock",
  };
}

/** What of a lock stays as it is while other packages move on: all but what is named, and what is made of the same source; null where nothing is bound. */
export function pinnedOf({ from, free }: NonNullable<ReleaseRootfs["resolving"]>, facts: Facts): LockedRoot | null {
  const before = from === null ? null : lockedRoot(from, facts);
  if (before === null || free.length === 0) return null;
  const sources = new Set(free.map((name) => sourceOf(before, name)));
  const packages = Object.entries(before.packages).filter(([name]) => !sources.has(sourceOf(before, name)));
  return { ...before, packages: Object.fromEntries(packages) };
}

function sourceOf({ packages }: LockedRoot, name: string): string {
  return packages[name]?.fields.Source?.split(" ")[0] ?? name;
}

/** The files of an archive of these packages alone, and the list by which they are looked up. */
export function archiveFiles(packages: LockedRoot["packages"], { suite, codename, date }: LockedRoot["release"]) {
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
