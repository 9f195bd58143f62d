// timeout: 600 s
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lockDigest, readNotedLock } from "../../src/host/store-lock.ts";
import { lockText } from "../../src/model/lock.ts";
import type { ReleaseRootfs } from "../../src/model/rootfs.ts";
import { rootKey } from "../../src/resources/rootfs.ts";
import { needs } from "../support/needs.ts";
import { declare, inside, repository } from "../support/packages-repository.ts";
import type { Rig } from "../support/rig.ts";
import { withRig } from "../support/rig.ts";
import { buildRoot, rootFactsHere } from "../support/root-build.ts";

const live = needs(test, "root", "mmdebstrap", "busybox", "gpg", "catatonit", "overlayfs");

const store = (rig: Rig) => join(rig.dataDir, "store");
const lockOf = (rig: Rig) => readFileSync(join(rig.directory, "cloister.lock"), "utf8");

/** The names of the roots in the index. */
async function built(rig: Rig): Promise<readonly string[]> {
  const { roots }: { readonly roots: readonly { readonly name: string }[] } = JSON.parse(
    (await rig.expect(0, "rootfs", "ls", "--json")).stdout,
  );
  return roots.map(({ name }) => name).sort();
}

const builds = (rig: Rig) => new Set(readdirSync(join(store(rig), "roots")));
const imagesIn = (rig: Rig) => readdirSync(join(store(rig), "sha256")).sort();

live("packages, files and commands lie over the base; a change of the packages builds them and what lies on them, and not the base", () =>
  withRig(async (rig) => {
    const first = repository(rig, "first");
    const over = { files: { "/etc/motd": { content: "x\n" } }, setup: ["/bin/busybox cat /usr/lib/tool >/etc/seen"] };
    declare(rig, first, { packages: ["tool"], ...over });
    await rig.expect(0, "apply", "-y");
    const names = ["", "+1", "+1+files", "+1+files+setup"].map((end) => `jammy-essential${end}`);
    assert.equal(await built(rig), names);
    assert.is(await inside(rig, "cat", "/etc/seen", "/usr/lib/library"), "usr/lib/tool of first\nusr/lib/library of first");
    assert.is(await inside(rig, "cat", "/var/lib/dpkg/calls"), "library tool");
    const before = builds(rig);
    declare(rig, first, { packages: ["tool", "late"], ...over });
    await rig.expect(0, "apply", "-y");
    const after = [...builds(rig)].filter((name) => !before.has(name));
    assert.is(after.length, 3, "the base is the same");
    assert.is(await inside(rig, "cat", "/usr/lib/late", "/etc/seen"), "usr/lib/late of first\nusr/lib/tool of first");
    assert.equal(
      (await inside(rig, "cat", "/var/lib/dpkg/calls")).split("\n").map((line) => line.trim()),
      ["early early-data", "late library tool"],
    );
    await rig.expect(0, "plan", "--detailed-exitcode");
    declare(rig, first, { packages: ["toool"] });
    assert.match((await rig.expect(1, "apply", "-y")).stdout, /rootfs\/no-package.*jammy has no package toool/);
    assert.is(await inside(rig, "cat", "/usr/lib/late"), "usr/lib/late of first", "what runs is as it was");
  }),
);

live("layers stand in the lock with what must come of them; they are built of it to the bit, offline, and nothing else is", () =>
  withRig(async (rig) => {
    const first = repository(rig, "first");
    const rootfs = { packages: ["tool"], files: { "/etc/motd": { content: "x\n" } }, setup: ["echo same >/etc/same"] };
    declare(rig, first, rootfs);
    assert.match((await rig.expect(0, "lock")).stdout, /: 1 root, 3 layers, 3 packages\n$/);
    const text = lockOf(rig);
    const { roots, layers } = JSON.parse(text);
    assert.equal(Object.keys(roots[0].packages), ["base"]);
    assert.equal(Object.keys(layers[0].from.packages), ["library", "tool"]);
    assert.equal(
      layers.map(({ name, result }: { readonly name: string; readonly result: unknown }) => `${name} ${result !== null}`),
      ["jammy-essential+1 true", "jammy-essential+1+files true", "jammy-essential+1+files+setup true"],
    );
    await rig.expect(0, "lock", "--check");
    assert.match((await rig.expect(0, "lock")).stdout, /^nothing to do/);
    assert.match((await rig.expect(0, "build", "--locked")).stdout, /^nothing to build/);
    const images = imagesIn(rig);
    assert.is(images.length, 4);
    rmSync(first.directory, { recursive: true });
    const empty = () => {
      for (const place of ["roots", "sha256"]) rmSync(join(store(rig), place), { recursive: true });
    };
    empty();
    await rig.expect(0, "build", "--locked", "--offline");
    assert.equal(imagesIn(rig), images);
    assert.match((await rig.expect(0, "rootfs", "verify", "--rebuild", "web")).stdout, /^same +jammy-essential\+1\+files\+setup /m);
    await rig.expect(0, "gc");
    empty();
    await rig.expect(0, "build", "--locked", "--offline");
    assert.equal(imagesIn(rig), images, "gc keeps what the layers are made of");

    const image: string = layers[2].result.image;
    rig.write("cloister.lock", text.replace(image, "0".repeat(64)));
    const refused = await rig.expect(1, "build", "--locked", "--offline");
    assert.match(
      refused.stdout,
      new RegExp(`lock/mismatch: .*: jammy-essential\\+1\\+files\\+setup: the image .* sha256 ${image}, locked 0{64}`),
    );
    rig.write("cloister.lock", text);
    const { sha256 } = layers[0].from.packages.tool;
    const kept = join(store(rig), "debs", sha256);
    const bytes = readFileSync(kept);
    bytes.writeUInt8(bytes.readUInt8(200) ^ 1, 200);
    writeFileSync(kept, bytes);
    empty();
    const changed = await rig.expect(1, "build", "--locked", "--offline");
    assert.match(changed.stdout, new RegExp(`lock/mismatch: .*tool 1 \\(sha256 [0-9a-f]{64}, the lock says ${sha256}\\)`), changed.stdout);
    assert.is(builds(rig).size, 1, "nothing of it was installed");
    rmSync(kept);
    const missing = await rig.expect(1, "build", "--locked", "--offline");
    assert.match(missing.stdout, /lock\/not-kept: .*tool 1 \(sha256 [0-9a-f]{64}\)/);
    declare(rig, first, { ...rootfs, setup: ["echo other >/etc/same"] });
    const stale = await rig.expect(2, "build", "--locked");
    assert.match(stale.stderr, /lock\/stale: .*does not say what the root of web \(jammy-essential\+1\+files\+setup\) is made of/);
  }),
);

live("a layer that is something else each time, or asks the network, is told and left open; all else stays locked", () =>
  withRig(async (rig) => {
    const first = repository(rig, "first");
    const uuid = "/bin/busybox cat /proc/sys/kernel/random/uuid >/etc/uuid";
    declare(rig, first, { packages: ["tool"], setup: [uuid, { run: "echo >/etc/asked", network: "host" }] });
    const { stdout } = await rig.expect(0, "lock");
    assert.match(stdout, /^note: jammy-essential\+1\+setup is something else each time that it is made \(first at \/etc\/uuid\)/m);
    const { layers } = JSON.parse(lockOf(rig));
    assert.equal(
      layers.map(({ name, result }: { readonly name: string; readonly result: unknown }) => `${name} ${result !== null}`),
      ["jammy-essential+1 true", "jammy-essential+1+setup false", "jammy-essential+1+setup+2 false"],
    );
    await rig.expect(0, "lock", "--check");
    await rig.expect(0, "apply", "--locked", "-y");
    const seen = await inside(rig, "cat", "/etc/uuid");
    await rig.expect(0, "build", "--locked", "--refresh");
    await rig.expect(0, "apply", "--locked", "-y");
    assert.is.not(await inside(rig, "cat", "/etc/uuid"), seen);
  }),
);

live("--update moves a package of a layer, and nothing of the base", () =>
  withRig(async (rig) => {
    declare(rig, repository(rig, "first"), { packages: ["tool", "late"] });
    await rig.expect(0, "lock");
    const old = rig.write("old.lock", lockOf(rig));
    declare(rig, repository(rig, "second", "2"), { packages: ["tool", "late"] });
    await rig.expect(0, "lock");
    assert.is(lockOf(rig), readFileSync(old, "utf8"));
    await rig.expect(0, "lock", "--update", "tool");
    const { layers, roots } = JSON.parse(lockOf(rig));
    const packages: Readonly<Record<string, { readonly version: string }>> = layers[0].from.packages;
    const versions = Object.entries(packages).map(([name, { version }]) => `${name} ${version}`);
    assert.equal(versions, ["early 1", "early-data 1", "late 1", "library 1", "tool 2"]);
    assert.equal(roots, JSON.parse(readFileSync(old, "utf8")).roots);
    assert.match(
      (await rig.expect(0, "lock", "diff", old, "cloister.lock")).stdout,
      /^jammy-essential\+2\n {2}~ tool 1 -> 2\n {2}~ release file: /,
    );
    await rig.expect(0, "apply", "--locked", "-y");
    assert.is(await inside(rig, "cat", "/usr/lib/tool", "/usr/lib/late"), "usr/lib/tool of second\nusr/lib/late of first");
  }),
);

live("a lock from before packages were a layer stays in force, until all of it is resolved anew", () =>
  withRig(async (rig) => {
    const first = repository(rig, "first");
    const before: ReleaseRootfs = {
      ...{ type: "release", release: "jammy", distribution: "ubuntu", variant: "essential", components: ["main"], packages: ["tool"] },
      ...{ mirror: first.mirror, keyring: first.keyring, tool: "auto", resolving: { from: null, free: [] } },
    };
    await buildRoot(before, store(rig));
    const root = readNotedLock(store(rig), rootKey(before, rootFactsHere(before, store(rig))));
    assert.ok(root);
    writeFileSync(join(rig.directory, "cloister.lock"), lockText({ roots: [{ projects: [rig.project], root }], layers: [] }));
    declare(rig, first, { packages: ["tool"] });
    await rig.expect(0, "lock", "--check");
    assert.match((await rig.expect(0, "build", "--locked")).stdout, /^nothing to build/);
    await rig.expect(0, "apply", "--locked", "--offline", "-y");
    assert.equal(await built(rig), ["jammy-essential+1"]);
    assert.equal(readdirSync(join(store(rig), "roots")), [`${lockDigest(root).slice(0, 16)}.json`]);
    assert.match((await rig.expect(0, "lock")).stdout, /^nothing to do/);
    declare(rig, first, { packages: ["tool"], setup: ["true"] });
    await rig.expect(2, "lock", "--check");
    await rig.expect(0, "lock");
    const names = () => [JSON.parse(lockOf(rig))].flatMap(({ roots, layers }) => [...roots, ...layers].map(({ name }) => name));
    assert.equal(names(), ["jammy-essential+1", "jammy-essential+1+setup"]);
    await rig.expect(0, "lock", "--update");
    assert.equal(names(), ["jammy-essential", "jammy-essential+1", "jammy-essential+1+setup"]);
  }),
);

test.run();
