import { execFileSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "../../src/manifest/load.ts";
import type { Root } from "../../src/model/root.ts";
import { rootKey } from "../../src/resources/rootfs.ts";
import type { Rig } from "./rig.ts";
import { buildRoot, factsOf } from "./root-build.ts";

/** Two roots as tars, `first.tar` and `second.tar`, in the rig's directory: of `root`, and one that differs from it. */
export function makeTars(directory: string, root: string): void {
  cpSync(root, join(directory, "other-root"), { recursive: true });
  writeFileSync(join(directory, "other-root/etc/other"), "other\n");
  for (const [name, tree] of [
    ["first", root],
    ["second", join(directory, "other-root")],
  ] as const) {
    const options = ["--sort=name", "--mtime=@0", "--numeric-owner", "--owner=0", "--group=0"];
    execFileSync("tar", ["--create", "--file", join(directory, `${name}.tar`), "--directory", tree, ...options, "."]);
  }
}

/**
 * Puts roots of releases into the rig's store as if they had been built, without a mirror: what the first manifest names holds
 * `first.tar`, what only later ones name holds `second.tar`.
 */
export async function plantReleases(
  { dataDir, directory }: Pick<Rig, "dataDir" | "directory">,
  manifests: readonly string[],
): Promise<void> {
  const store = join(dataDir, "store");
  const [first, ...others] = new Set(manifests.flatMap((text) => releaseKeysOf(text, directory)));
  const plant = async (name: string, keys: readonly string[]) => {
    const root = await buildRoot({ type: "tar", tar: join(directory, name) }, store);
    for (const key of keys) {
      const planted: Root = { ...root, key };
      writeFileSync(join(store, "roots", `${key}.json`), `${JSON.stringify(planted)}\n`, { mode: 0o600 });
    }
  };
  if (first === undefined) return;
  await plant("first.tar", [first]);
  await plant("second.tar", others);
}

function releaseKeysOf(text: string, directory: string): readonly string[] {
  const loaded = load({ sources: [{ path: "cloister.yaml", text }], directory });
  if ("diagnostics" in loaded) throw new Error(JSON.stringify(loaded.diagnostics));
  const roots = [...loaded.manifest.environments.values()].map(({ rootfs }) => rootfs);
  return roots.flatMap((rootfs) => (rootfs.type === "release" ? [rootKey(rootfs, factsOf({}))] : []));
}
