import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CloisterError } from "../../src/model/diagnostic.ts";
import type { Root } from "../../src/model/root.ts";
import { rootPath } from "../../src/model/root.ts";
import { ociProblems } from "../../src/resources/rootfs-oci.ts";
import { busyboxTar } from "../support/busybox.ts";
import type { Place } from "../support/evil-archives.ts";
import { attacks, harmlessToAnyTar, listing, stateOf, trusting, unpackNaively, withPlace } from "../support/evil-archives.ts";
import { needs } from "../support/needs.ts";
import type { Image } from "../support/oci-layout.ts";
import { writeLayout } from "../support/oci-layout.ts";
import type { BuildOptions } from "../support/root-build.ts";
import { buildRoot, rootFactsHere, storeContent } from "../support/root-build.ts";
import type { Member } from "../support/tar-bytes.ts";
import { tarBytes } from "../support/tar-bytes.ts";

const live = needs(test, "root", "busybox");

/** Builds a root of an image with these layers. */
function stack(
  { directory, store }: Place,
  layers: readonly (readonly Member[])[],
  options: BuildOptions & Partial<Image> = {},
): Promise<Root> {
  const oci = join(directory, "image");
  rmSync(oci, { recursive: true, force: true });
  writeLayout(oci, [{ name: "", ...options, layers: layers.map((members) => tarBytes(members)) }]);
  return buildRoot({ type: "oci", oci, image: null }, store, options);
}

/** What the image in a layout lacks, as a plan tells it. */
function problemOf(oci: string, image: string | null = null): string {
  const rootfs = { type: "oci", oci, image } as const;
  return ociProblems(rootfs, rootFactsHere(rootfs, "/nowhere"))
    .map(({ message }) => message)
    .join("; ");
}

const directory = (name: string, mode = 0o755): Member => ({ name, type: "5", mode });

live("a layer stands over those below it: files, directories, links and what takes the place of what", () =>
  withPlace(async (place) => {
    const below = [
      directory("etc/"),
      { name: "etc/a", content: "old" },
      { name: "etc/b", content: "kept" },
      directory("was-directory/"),
      { name: "was-directory/inside", content: "x" },
      { name: "was-file", content: "x" },
      { name: "was-link", type: "2", link: "etc" },
    ];
    const above = [
      directory("etc/", 0o700),
      { name: "etc/a", content: "newer" },
      { name: "was-directory", content: "file" },
      directory("was-file/"),
      { name: "was-file/inside", content: "y" },
      directory("was-link/"),
    ];
    for (const gzip of [false, true]) {
      const root = await stack(place, [below, above], { gzip });
      assert.equal(listing(place.store, root), [
        "d 700 0 etc",
        "d 755 0 was-file",
        "d 755 0 was-link",
        "f 644 0 etc/a",
        "f 644 0 etc/b",
        "f 644 0 was-directory",
        "f 644 0 was-file/inside",
      ]);
    }
  }),
);

live("whiteouts take away what lies below, and nothing of their own layer", () =>
  withPlace(async (place) => {
    const below = [
      directory("a/"),
      { name: "a/file", content: "x" },
      directory("a/tree/"),
      { name: "a/tree/inside", content: "x" },
      directory("b/"),
      { name: "b/old", content: "x" },
      directory("b/sub/"),
      { name: "b/sub/old", content: "x" },
      { name: "c", content: "x" },
    ];
    const above = [
      { name: "a/.wh.file" },
      { name: "a/.wh.tree" },
      { name: "b/.wh..wh..opq" },
      { name: "b/new", content: "y" },
      { name: ".wh.c" },
      { name: "c", content: "its own" },
      { name: ".wh.never-there" },
    ];
    assert.equal(listing(place.store, await stack(place, [below, above])), ["d 755 0 a", "d 755 0 b", "f 644 0 b/new", "f 644 0 c"]);
  }),
);

live("a directory that a layer does not name goes where a link of the tree leads, inside the tree", () =>
  withPlace(async (place) => {
    const below = [
      directory("usr/"),
      directory("usr/lib/"),
      { name: "lib", type: "2", link: "/usr/lib" },
      { name: "up", type: "2", link: "../../.." },
    ];
    const above = [
      { name: "lib/new", content: "x" },
      { name: "up/over", content: "y" },
    ];
    assert.equal(listing(place.store, await stack(place, [below, above])), [
      "d 755 0 usr",
      "d 755 0 usr/lib",
      "f 644 0 over",
      "f 644 0 usr/lib/new",
      "l 777 0 lib /usr/lib",
      "l 777 0 up ../../..",
    ]);
  }),
);

for (const [name, members] of Object.entries(attacks)) {
  live(`in a layer, ${name}: nothing outside the tree changes`, () =>
    withPlace(async (place) => {
      const before = stateOf(place.victim);
      // Once by itself, once over a layer that already has what the links are to lead through.
      for (const layers of [[members(place.victim)], [members(place.victim).slice(0, 1), members(place.victim)]]) {
        for (const options of [{}, trusting]) {
          const built = await stack(place, layers, options).catch((error: unknown) => {
            if (!(error instanceof CloisterError)) throw error;
            assert.is(error.diagnostics[0]?.code, "rootfs/bad-image", error.message);
            return null;
          });
          assert.is(stateOf(place.victim), before);
          if (built !== null) assert.not.match(readFileSync(rootPath(place.store, built), "latin1"), /the host's/);
        }
      }
      unpackNaively(place, members(place.victim));
      if (!harmlessToAnyTar.includes(name))
        assert.is.not(stateOf(place.victim), before, "the control changed nothing: this archive tests nothing");
    }),
  );
}

live("whiteouts that climb or follow links take nothing of the host away", () =>
  withPlace(async (place) => {
    const before = stateOf(place.victim);
    const aim = place.victim;
    const below = [{ name: "out", type: "2", link: aim }, { name: "up", type: "2", link: "../".repeat(20) }, directory("in/")];
    const above = [
      { name: "out/.wh.secret" },
      { name: `up/${aim.slice(1)}/.wh.secret` },
      { name: `up/${aim.slice(1)}/.wh..wh..opq` },
      { name: "in/.wh..." },
      { name: "in/.wh.." },
      { name: `${"../".repeat(20)}${aim.slice(1)}/.wh.secret` },
    ];
    for (const options of [{}, trusting]) await stack(place, [below, above], options).catch(() => null);
    assert.is(stateOf(place.victim), before);
    assert.ok(existsSync("/usr/bin/env"));
  }),
);

live("device nodes are left out, owners and modes are the layer's own", () =>
  withPlace(async (place) => {
    const members: readonly Member[] = [
      { name: "disk", type: "4", device: [8, 0] },
      { name: "su", content: "x", mode: 0o4755 },
      { name: "his", content: "x", uid: 1000, gid: 1000 },
    ];
    const root = await stack(place, [members]);
    assert.equal(listing(place.store, root), ["f 4755 0 su", "f 644 1000 his"]);
    assert.match(readFileSync(`${place.store}/logs/${root.key}.log`, "utf8"), /^cloister: device nodes left out: 1$/m);
  }),
);

live("a hard link inside a layer stays one; one to a file of a layer below is refused", () =>
  withPlace(async (place) => {
    const linked = [
      { name: "a", content: "x" },
      { name: "b", type: "1", link: "a" },
    ];
    assert.equal(listing(place.store, await stack(place, [linked])), ["f 644 0 a", "f 644 0 b"]);
    const error: unknown = await stack(place, [[{ name: "below", content: "x" }], [{ name: "b", type: "1", link: "below" }]]).catch(
      (thrown) => thrown,
    );
    assert.ok(error instanceof CloisterError && error.diagnostics[0]?.code === "rootfs/bad-image", String(error));
  }),
);

live("ten thousand files and a thousand whiteouts are a root as any other", () =>
  withPlace(async (place) => {
    const many = Array.from({ length: 10_000 }, (_, index) => ({ name: `f${index}`, content: "x" }));
    const gone = Array.from({ length: 1000 }, (_, index) => ({ name: `.wh.f${index}` }));
    assert.is(listing(place.store, await stack(place, [many, gone])).length, 9000);
  }),
);

live("a layer that is not what its digest says is refused, packed or unpacked, and nothing is kept", () =>
  withPlace(async (place) => {
    const layer = [{ name: "a", content: "x" }];
    const refused = async (attempt: Promise<Root>, message: RegExp) => {
      const error: unknown = await attempt.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof CloisterError)) throw error ?? new Error("it was built");
      assert.is(error.diagnostics[0]?.code, "rootfs/bad-image");
      assert.match(error.message, message);
      assert.equal(storeContent(place.store), []);
    };
    const changed: BuildOptions["onStep"] = (step) => {
      if (step.type !== "stage") return;
      const blobs = join(place.directory, "image/blobs/sha256");
      // Of the same size: that is looked at before.
      for (const name of readdirSync(blobs)) {
        const bytes = readFileSync(join(blobs, name));
        if (bytes[0] !== 0x7b) writeFileSync(join(blobs, name), Buffer.concat([Buffer.from("b"), bytes.subarray(1)]));
      }
    };
    await refused(stack(place, [layer], { onStep: changed }), /layer 1 is not what its digest says/);
    const other = {
      config: () => ({ rootfs: { diff_ids: [`sha256:${"0".repeat(64)}`] } }),
    };
    await refused(stack(place, [layer], { spoil: other }), /layer 1 is not what its digest says when unpacked/);
    await refused(stack(place, [layer], { gzip: true, spoil: { manifest: plainTypes } }), /when unpacked/);
  }),
);

function plainTypes({ layers }: Readonly<Record<string, unknown>>): object {
  return { layers: JSON.parse(JSON.stringify(layers).replaceAll("+gzip", "")) };
}

live("a disk that fills up is said, at whatever size, and nothing is kept", () =>
  withPlace(async (place) => {
    const layers = [
      readFileSync(busyboxTar(join(place.directory, "root.tar"))),
      tarBytes([{ name: "more", content: "x".repeat(2_000_000) }]),
    ];
    const oci = writeLayout(join(place.directory, "image"), [{ name: "", layers, gzip: true }]);
    mkdirSync(place.store, { mode: 0o700 });
    let points = 0;
    for (let built = false; !built; points += 1) {
      const size = (points + 1) * 256;
      execFileSync("mount", ["-t", "tmpfs", "-o", `mode=700,size=${size}k`, "cloister-test", place.store]);
      try {
        const error: unknown = await buildRoot({ type: "oci", oci, image: null }, place.store).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        built = error === null;
        if (built) continue;
        if (!(error instanceof CloisterError)) throw error;
        assert.is(error.diagnostics[0]?.code, "rootfs/no-space", `${size} kB: ${error.message}`);
        assert.equal(storeContent(place.store), []);
      } finally {
        execFileSync("umount", [place.store]);
      }
    }
    assert.ok(points >= 20, `only ${points} sizes were too small`);
  }),
);

live("what is no image, or none for this machine, is told before anything is begun", () =>
  withPlace((place) => {
    const at = (name: string, images: readonly Image[]) => writeLayout(join(place.directory, name), images);
    const layers = [tarBytes([{ name: "a", content: "x" }])];
    const two = at("two", [
      { name: "one", layers },
      { name: "other", layers: [] },
    ]);
    assert.is(problemOf(two, "one"), "");
    assert.match(problemOf(two), /it has 2 images, so that rootfs.image must say which: it has one, other/);
    assert.match(problemOf(two, "third"), /it has no image "third": it has one, other/);
    assert.match(problemOf(join(place.directory, "nowhere")), /neither a directory nor a file/);
    assert.match(problemOf(place.victim), /it has no index.json/);
    assert.match(problemOf("/usr/bin/env"), /it has no index.json/);
    const spoilt = (name: string, spoil: Image["spoil"]) =>
      problemOf(at(name, [{ name: "", layers, ...(spoil === undefined ? {} : { spoil }) }]));
    assert.match(spoilt("size", { manifest: (one) => ({ layers: [{ ...first(one.layers), size: 1 }] }) }), /and should have 1/);
    assert.match(
      spoilt("kind", { manifest: (one) => ({ layers: [{ ...first(one.layers), mediaType: "text/plain" }] }) }),
      /of a kind that is not known/,
    );
    assert.match(spoilt("digest", { descriptor: () => ({ digest: "md5:1" }) }), /no sha256/);
    assert.match(spoilt("climbing", { descriptor: () => ({ digest: "sha256:../../../../etc/shadow" }) }), /no sha256/);
    assert.match(spoilt("absent", { descriptor: () => ({ digest: `sha256:${"1".repeat(64)}` }) }), /is not there/);
    assert.match(spoilt("fewer", { config: () => ({ rootfs: { diff_ids: [] } }) }), /has 1 layers, its configuration 0/);
    return Promise.resolve();
  }),
);

function first(list: unknown): Record<string, unknown> {
  const [one]: readonly Record<string, unknown>[] = JSON.parse(JSON.stringify(list));
  return one ?? {};
}

live("a link in a layout is not followed, and a layout in an archive is the same image", () =>
  withPlace(async (place) => {
    const layers = [readFileSync(busyboxTar(join(place.directory, "root.tar")))];
    const oci = writeLayout(join(place.directory, "image"), [{ name: "box", layers, gzip: true }]);
    const archive = join(place.directory, "image.tar");
    execFileSync("tar", ["--create", "--file", archive, "--directory", oci, "."]);
    const [one, other] = [
      await buildRoot({ type: "oci", oci, image: "box" }, place.store),
      await buildRoot({ type: "oci", oci: archive, image: null }, join(place.directory, "other-store")),
    ];
    assert.is(one.key, other.key);
    assert.is(one.digest, other.digest);
    renameSync(join(oci, "index.json"), join(place.directory, "index"));
    execFileSync("ln", ["-s", "../index", join(oci, "index.json")]);
    assert.match(problemOf(oci), /it has no index.json/);
  }),
);

test.run();
