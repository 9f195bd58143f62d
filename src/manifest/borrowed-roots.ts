import type { Environment } from "../model/environment.ts";
import type { ManifestDocument } from "../model/manifest.gen.ts";
import { didYouMean } from "../model/nearest-name.ts";
import type { Findings } from "./findings.ts";
import { inside } from "./tree.ts";

/** The environments, each that has the root of another one with that root. Tells of those that are not there, and of circles. */
export function borrowRoots(
  environments: ReadonlyMap<string, Environment>,
  document: ManifestDocument,
  findings: Findings,
): ReadonlyMap<string, Environment> {
  const lenders = new Map(
    Object.entries(document.environments ?? {}).flatMap(([name, { rootfs }]) => {
      const lender = rootfs?.environment;
      return lender === undefined ? [] : [[name, lender] as const];
    }),
  );
  if (lenders.size === 0) return environments;
  return new Map(
    [...environments].map(([name, environment]) => {
      const owner = ownerOf(name, { lenders, environments, findings });
      if (owner === null) return [name, environment];
      const borrowed = { ...environment, rootfs: owner.rootfs };
      checkWritable(borrowed, findings);
      return [name, borrowed];
    }),
  );
}

interface Borrowing {
  readonly lenders: ReadonlyMap<string, string>;
  readonly environments: ReadonlyMap<string, Environment>;
  readonly findings: Findings;
}

/** Who has the root of its own that an environment borrows; null where it borrows none, or from nobody. */
function ownerOf(name: string, { lenders, environments, findings }: Borrowing): Environment | null {
  const at = inside(inside(inside("/environments", name), "rootfs"), "environment");
  const passed = [name];
  for (let next = lenders.get(name); next !== undefined; next = lenders.get(next)) {
    const owner = environments.get(next);
    if (owner === undefined) {
      if (passed.length > 1 || findings.marked(at)) return null;
      const hint = didYouMean(
        next,
        [...environments.keys()].filter((other) => other !== name),
      );
      const message = `there is no environment "${next}" whose root it could be`;
      findings.report({ code: "manifest/rootfs-source", at, message, ...(hint === undefined ? {} : { hint }) });
      return null;
    }
    if (passed.includes(next)) {
      // Once for each circle.
      if (next !== name || passed.some((other) => other < name)) return null;
      const message = `roots are borrowed in a circle: ${[...passed, next].join(" -> ")}`;
      findings.report({ code: "manifest/rootfs-source", at, message, hint: "give one of them a root of its own" });
      return null;
    }
    passed.push(next);
    if (!lenders.has(next)) return owner;
  }
  return null;
}

/** As of a root that is its own: see `readOverlay`. */
function checkWritable({ name, rootfs, overlay, read_only }: Environment, findings: Findings): void {
  const at = inside(inside("/environments", name), "overlay");
  if (overlay !== "none" || read_only || rootfs.type === "directory" || findings.marked(at)) return;
  const message = "without an overlay the root of another environment is shared, and nobody may write to it";
  findings.report({ code: "manifest/conflict", at, message, hint: "add read_only: true, or take overlay: ephemeral" });
}
