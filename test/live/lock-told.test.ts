// timeout: 300 s
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { installable } from "../support/installable.ts";
import { needs } from "../support/needs.ts";
import { makeRepository } from "../support/repository.ts";
import type { Rig } from "../support/rig.ts";
import { withRig } from "../support/rig.ts";

const live = needs(test, "root", "mmdebstrap", "busybox", "gpg", "catatonit");

/** A root of a repository of two packages: half a second to build. */
function repository(rig: Rig) {
  const { mirror, keyring } = makeRepository(rig.directory, "jammy", { tiny: installable, "lib-one": { "usr/lib/one": "one\n" } });
  return { release: "jammy", variant: "essential", mirror, keyring };
}

function declare(rig: Rig, environments: Readonly<Record<string, unknown>>): void {
  rig.write("cloister.yaml", JSON.stringify({ api_version: "cloister/v1", name: rig.project, environments }));
}

function says(text: string, words: string): void {
  assert.ok(text.includes(words), `not said: ${words}\n${text}`);
}

live("what was applied of a lock is as the manifest wants for who looks too; a damaged lock keeps nobody from looking", () =>
  withRig(async (rig) => {
    declare(rig, { web: { rootfs: repository(rig) } });
    await rig.expect(0, "lock");
    await rig.expect(0, "apply", "--locked", "--yes");
    const synced = async () => JSON.parse((await rig.expect(0, "status", "--json")).stdout).environments[0].synced;
    assert.is(await synced(), true);
    assert.match((await rig.expect(0, "drift")).stdout, /^in sync/);
    writeFileSync(join(rig.directory, "cloister.lock"), "{");
    assert.is(await synced(), false);
    const { stdout } = await rig.expect(0, "drift");
    says(stdout, "warning lock/damaged: ");
    says(stdout, "pending web.rootfs: the manifest, its lock or a file that it names was edited, not applied\n");
    says((await rig.expect(0, "status")).stdout, "warning lock/damaged: ");
    assert.match((await rig.cloister("plan")).stderr, /lock\/damaged/);
    rmSync(join(rig.directory, "cloister.lock"));
    assert.is(await synced(), false, "the manifest alone names no lock");
  }),
);

live(
  "what is not in the lock is told once, and of the environments that a run is about; one that runs beside what is resolved is no orphan",
  () =>
    withRig(async (rig) => {
      const root = repository(rig);
      const other = { rootfs: { ...root, packages: ["tiny"] } };
      const environments = { web: { rootfs: root }, db: { rootfs: root }, more: other, again: other };
      declare(rig, environments);
      for (const verb of [
        ["lock", "--check"],
        ["plan", "--locked"],
      ]) {
        const { stderr } = await rig.expect(2, ...verb);
        assert.is(stderr.match(/lock\/stale/g)?.length, 1, stderr);
        says(stderr, "the root of web, db, more, again (jammy-essential) is made of");
      }
      await rig.expect(0, "lock");
      await rig.expect(0, "apply", "--locked", "--yes");
      const changed = { ...environments, more: { rootfs: { ...root, packages: ["tiny", "lib-one"] } } };
      declare(rig, changed);
      says((await rig.expect(2, "lock", "--check")).stderr, "the root of more (jammy-essential+2) is made of");
      await rig.expect(0, "build", "--locked", "web", "again");
      await rig.expect(2, "build", "--locked", "web", "more");
      assert.not.match((await rig.expect(0, "plan", "web")).stdout, /lock\/stale/);
      const { stdout } = await rig.expect(0, "lock", "--update", "tiny");
      assert.not.match(stdout, /engine\/orphan|unchanged/);
    }),
);

live("a lock that is written for another project alone, with nothing to resolve, has what it names kept, too", () =>
  withRig(async (rig) => {
    declare(rig, { web: { rootfs: repository(rig) } });
    await rig.expect(0, "lock");
    const store = join(rig.dataDir, "store");
    const debs = readdirSync(join(store, "debs"));
    assert.is(debs.length, 2);
    rmSync(join(store, "lockfiles"), { recursive: true });
    assert.match((await rig.expect(0, "lock", "-p", `${rig.project}-b`)).stdout, /wrote /);
    await rig.expect(0, "gc");
    assert.equal(readdirSync(join(store, "debs")), debs);
  }),
);

test.run();
