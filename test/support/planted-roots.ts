import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readRoot } from "../../src/host/store.ts";
import { load } from "../../src/manifest/load.ts";
import type { Root } from "../../src/model/root.ts";
import { layersOf } from "../../src/model/root.ts";
import type { BuiltRootfs } from "../../src/model/rootfs.ts";
import { releaseOf, stagesOf } from "../../src/model/rootfs.ts";
import { rootKey } from "../../src/resources/rootfs.ts";
import { writeLayout } from "./oci-layout.ts";
import type { Rig } from "./rig.ts";
import { buildRoot, factsOf } from "./root-build.ts";

/** Two roots as tars, `first.tar` and `second.tar`, as OCI images `first.oci` and `second.oci`, and `both.oci` with both by these names, in the rig's directory: of `root`, and one that differs from it. */
export function makeTars(directory: string, root: string): void {
  // Hundreds of links to one busybox: they stay links.
  execFileSync("cp", ["--archive", root, join(directory, "other-root")]);
  writeFileSync(join(directory, "other-root/etc/other"), "other\n");
  for (const [name, tree] of [
    ["first", root],
    ["second", join(directory, "other-root")],
  ] as const) {
    const options = ["--sort=name", "--mtime=@0", "--numeric-owner", "--owner=0", "--group=0"];
    execFileSync("tar", ["--create", "--file", join(directory, `${name}.tar`), "--directory", tree, ...options, "."]);
  }
  const layers = ["first", "second"].map((name) => ({ name, layers: [readFileSync(join(directory, `${name}.tar`))] }));
  for (const image of layers) writeLayout(join(directory, `${image.name}.oci`), [image]);
  writeLayout(join(directory, "both.oci"), layers);
}

/** Puts a root of each release that these manifests name into the rig's store as if it had been built, without a mirror; it holds what the tar holds. Packages over it are a layer with one file. */
export async function plantReleases({ dataDir }: Pick<Rig, "dataDir">, tar: string, manifests: readonly string[]): Promise<void> {
  const store = join(dataDir, "store");
  const whole = { type: "tar", tar } as const;
  const packages = { "/etc/packages": { content: "installed\n", uid: 0, gid: 0, mode: "0644" } };
  const built = [
    await buildRoot(whole, store),
    await buildRoot({ type: "layered", base: whole, layer: { type: "files", files: packages } }, store),
  ];
  for (const stage of manifests.flatMap(stagesIn)) {
    const [key, root] = [rootKey(stage, factsOf({})), built[stage.type === "layered" ? 1 : 0]];
    if (root === undefined || existsSync(join(store, "roots", `${key}.json`))) continue;
    // A base that was planted by an earlier call is of another tar.
    const below = stage.type === "layered" ? readRoot(store, rootKey(stage.base, factsOf({}))) : null;
    const planted: Root = { ...root, key, ...(below === null ? {} : { lowers: layersOf(below) }) };
    writeFileSync(join(store, "roots", `${key}.json`), `${JSON.stringify(planted)}\n`, { mode: 0o600 });
    // Of no package: what it takes to install some is tried in test/live/packages.test.ts.
    mkdirSync(join(store, "packages"), { recursive: true });
    writeFileSync(join(store, "packages", key), "");
  }
}

function stagesIn(text: string): readonly BuiltRootfs[] {
  const loaded = load({ sources: [{ path: "cloister.yaml", text }], directory: "/" });
  if ("diagnostics" in loaded) throw new Error(JSON.stringify(loaded.diagnostics));
  const roots = [...loaded.manifest.environments.values()].map(({ rootfs }) => rootfs);
  return roots.flatMap((rootfs) => (releaseOf(rootfs) === null ? [] : stagesOf(rootfs)));
}
