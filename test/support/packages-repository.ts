import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { installable } from "./installable.ts";
import type { Repository } from "./repository.ts";
import { makeRepositoryOf } from "./repository.ts";
import type { Rig } from "./rig.ts";
import type { Declared } from "./site.ts";

/** The libraries are asked for by `tool`; `early` must be ready before `late` is unpacked, and with it what it needs. */
export function repository(rig: Rig, name: string, version = "1"): Repository {
  const file = (path: string) => ({ [path]: `${path} of ${name}\n` });
  const packages = {
    base: installable,
    tool: file("usr/lib/tool"),
    library: file("usr/lib/library"),
    late: file("usr/lib/late"),
    early: file("usr/lib/early"),
    "early-data": file("usr/lib/early-data"),
  };
  const own = { Essential: "no", Priority: "optional", Version: version };
  const control = {
    tool: { ...own, Depends: "library (>= 1)" },
    library: own,
    late: { ...own, "Pre-Depends": "early" },
    early: { ...own, Depends: "early-data" },
    "early-data": own,
  };
  mkdirSync(join(rig.directory, name));
  return makeRepositoryOf(join(rig.directory, name), "jammy", { packages, control });
}

/** One environment from it. */
export function declare(rig: Rig, { mirror, keyring }: Repository, ...[rootfs, more]: readonly Declared[]): void {
  const web = { rootfs: { release: "jammy", variant: "essential", mirror, keyring, ...rootfs }, ...more };
  rig.write("cloister.yaml", JSON.stringify({ api_version: "cloister/v1", name: rig.project, environments: { web } }));
}

/** What a program of busybox prints in it. */
export async function inside(rig: Rig, ...command: readonly string[]): Promise<string> {
  return (await rig.expect(0, "exec", "-T", "web", "--", "/bin/busybox", ...command)).stdout.trim();
}
