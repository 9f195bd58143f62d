import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { installable } from "../support/installable.ts";
import { withMirror } from "../support/mirror.ts";
import { needs } from "../support/needs.ts";
import type { Packages } from "../support/repository.ts";
import { makeRepositoryOf } from "../support/repository.ts";
import { withRig } from "../support/rig.ts";

const live = needs(test, "root", "mmdebstrap", "busybox", "gpg", "catatonit");

/** The same with its programs below a directory. */
function below(directory: string, files: Packages[string]): Packages[string] {
  return Object.fromEntries(Object.entries(files).map(([path, file]) => [/^bin\//.test(path) ? `${directory}/${path}` : path, file]));
}

for (const [release, more, links] of [
  ["jammy", {}, "bin lib lib32 lib64 libx32 sbin"],
  // Since noble base-files brings the links, and only provides the name of the package that Debian has for them.
  [
    "noble",
    { "base-files": { "usr/bin/of-base": "", "usr/sbin/of-base": "", bin: { linkTo: "usr/bin" }, sbin: { linkTo: "usr/sbin" } } },
    "bin sbin",
  ],
] as const) {
  live(`release: ${release} from a signed mirror by http: locked, built, entered, and offline when the mirror is gone`, () =>
    withRig(async (rig) => {
      const control = { "base-files": { Provides: "usr-is-merged" } };
      const tiny = release === "noble" ? below("usr", installable) : installable;
      const ubuntu = makeRepositoryOf(rig.directory, release, { packages: { ...more, tiny }, control });
      await withMirror(ubuntu, null, async (mirror) => {
        const rootfs = { release, variant: "essential", mirror, keyring: ubuntu.keyring };
        rig.write("cloister.yaml", JSON.stringify({ api_version: "cloister/v1", name: rig.project, environments: { web: { rootfs } } }));
        await rig.expect(0, "lock");
        assert.is(JSON.parse(readFileSync(join(rig.directory, "cloister.lock"), "utf8")).roots[0].release.codename, release);
        await rig.expect(0, "apply", "--locked", "--yes");
      });
      const inside = async (...command: readonly string[]) =>
        (await rig.expect(0, "exec", "-T", "web", "--", "/usr/bin/busybox", ...command)).stdout;
      assert.is(await inside("cat", "/etc/hostname"), "localhost\n");
      assert.is(await inside("cat", "/etc/apt/sources.list"), `deb http://archive.ubuntu.com/ubuntu ${release} main\n`);
      assert.is(
        (await inside("find", "/", "-xdev", "-maxdepth", "1", "-type", "l")).replace(/\//g, "").split("\n").sort().join(" ").trim(),
        links,
      );
      await rig.expect(0, "destroy", "--yes", "--volumes");
      for (const name of ["roots", "sha256"]) rmSync(join(rig.dataDir, "store", name), { recursive: true });
      await rig.expect(0, "build", "--locked", "--offline");
      // The control: what is not locked asks the mirror, which is not there any more.
      rmSync(join(rig.directory, "cloister.lock"));
      assert.match((await rig.expect(1, "build")).stdout, /rootfs\/no-network/);
    }),
  );
}

test.run();
