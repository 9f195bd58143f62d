import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CloisterError } from "../../src/model/diagnostic.ts";
import type { Root } from "../../src/model/root.ts";
import { rootPath } from "../../src/model/root.ts";
import type { Step } from "../../src/model/step.ts";
import { busyboxTar } from "../support/busybox.ts";
import type { Place } from "../support/evil-archives.ts";
import { attacks, harmlessToAnyTar, listing, stateOf, trusting, unpackNaively, withPlace } from "../support/evil-archives.ts";
import { needs } from "../support/needs.ts";
import { writeLayout } from "../support/oci-layout.ts";
import type { BuildOptions } from "../support/root-build.ts";
import { buildRoot, storeContent } from "../support/root-build.ts";
import type { Member } from "../support/tar-bytes.ts";
import { paxHeader, tarBytes } from "../support/tar-bytes.ts";

const live = needs(test, "root", "busybox");

function unpack({ directory, store }: Place, members: readonly Member[] | Buffer, options?: BuildOptions): Promise<Root> {
  const tar = join(directory, "evil.tar");
  writeFileSync(tar, Buffer.isBuffer(members) ? members : tarBytes(members));
  return buildRoot({ type: "tar", tar }, store, options);
}

for (const [name, members] of Object.entries(attacks)) {
  live(`${name}: nothing outside the tree changes`, () =>
    withPlace(async (place) => {
      const before = stateOf(place.victim);
      const built = await unpack(place, members(place.victim)).catch((error: unknown) => {
        if (!(error instanceof CloisterError)) throw error;
        assert.is(error.diagnostics[0]?.code, "rootfs/bad-archive", error.message);
        return null;
      });
      assert.is(stateOf(place.victim), before);
      // What a link points to is not in the image either.
      if (built !== null) assert.not.match(readFileSync(rootPath(place.store, built), "latin1"), /the host's/);
      await unpack(place, members(place.victim), trusting).catch(() => null);
      assert.is(stateOf(place.victim), before);

      unpackNaively(place, members(place.victim));
      if (!harmlessToAnyTar.includes(name))
        assert.is.not(stateOf(place.victim), before, "the control changed nothing: this archive tests nothing");
    }),
  );
}

live("the host's programs, which tar itself needs, cannot be written through a link", () =>
  withPlace(async (place) => {
    const name = `cloister-test-${process.pid}`;
    const members: readonly Member[] = [
      { name: "out", type: "2", link: "../usr/bin" },
      { name: `out/${name}`, content: "evil" },
      { name: `/usr/bin/${name}`, content: "evil" },
    ];
    for (const options of [{}, trusting]) await unpack(place, members, options).catch(() => null);
    assert.not.ok(existsSync(`/usr/bin/${name}`));
  }),
);

live("device nodes are left out, wherever they stand, and the rest is there", () =>
  withPlace(async (place) => {
    const members: readonly Member[] = [
      { name: "dev/", type: "5", mode: 0o755 },
      { name: "dev/null", type: "3", device: [1, 3], mode: 0o666 },
      { name: "etc/disk", type: "4", device: [8, 0], mode: 0o666 },
      { name: "pipe", type: "6" },
      { name: "etc/passwd", content: "root:x:0:0:root:/root:/bin/sh\n" },
    ];
    const root = await unpack(place, members);
    assert.equal(listing(place.store, root), ["d 755 0 dev", "d 755 0 etc", "f 644 0 etc/passwd", "p 644 0 pipe"]);
    assert.match(readFileSync(`${place.store}/logs/${root.key}.log`, "utf8"), /^cloister: device nodes left out: 2$/m);
  }),
);

// The control of the control: with MKNOD they would be made.
live("it is the missing capability that leaves them out", () =>
  withPlace(async (place) => {
    const tar = join(place.directory, "evil.tar");
    writeFileSync(tar, tarBytes([{ name: "disk", type: "4", device: [8, 0] }]));
    const root = await buildRoot({ type: "tar", tar }, place.store, {
      change: (step) =>
        step.type !== "run"
          ? step
          : { ...step, command: step.command.map((word) => (typeof word === "string" ? word.replace("+fsetid", "+fsetid,+mknod") : word)) },
    });
    assert.equal(listing(place.store, root), ["b 644 0 disk"]);
  }),
);

live("setuid, sticky and foreign owners are the tree's own and reach nobody on the host", () =>
  withPlace(async (place) => {
    const root = await unpack(place, [
      { name: "bin/su", content: "x", mode: 0o4755 },
      { name: "home/", type: "5", uid: 1000, gid: 1000, mode: 0o700 },
      { name: "tmp/", type: "5", mode: 0o1777 },
      { name: "nobody", uid: 65534, content: "x" },
    ]);
    assert.equal(listing(place.store, root), ["d 1777 0 tmp", "d 700 1000 home", "d 755 0 bin", "f 4755 0 bin/su", "f 644 65534 nobody"]);
    assert.is(statSync(place.store).mode & 0o077, 0);
    assert.is(statSync(join(place.store, "tmp")).mode & 0o077, 0);
  }),
);

live("extended attributes of an overlay are not taken over, capabilities are", () =>
  withPlace(async (place) => {
    // cap_net_raw=ep, version 2.
    const capability =
      "\u0001\u0000\u0000\u0002\u0000\u0020\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000";
    const root = await unpack(place, [
      paxHeader({ "SCHILY.xattr.trusted.overlay.redirect": "/etc", "SCHILY.xattr.trusted.overlay.opaque": "y" }),
      { name: "redirected/", type: "5" },
      paxHeader({ "SCHILY.xattr.security.capability": capability }),
      { name: "ping", content: "x", mode: 0o755 },
    ]);
    const mounted = mkdtempSync(join(tmpdir(), "cloister-test-"));
    execFileSync("mount", ["-t", "erofs", "-o", "ro,nosuid,nodev", rootPath(place.store, root), mounted]);
    try {
      const attributes = execFileSync("tar", ["--create", "--xattrs", "--xattrs-include=*", "--file=-", "."], {
        cwd: mounted,
        encoding: "latin1",
      });
      assert.not.match(attributes, /trusted\.overlay/);
      assert.ok(attributes.includes(`SCHILY.xattr.security.capability=${capability}`));
    } finally {
      execFileSync("umount", [mounted]);
      rmSync(mounted, { recursive: true });
    }
  }),
);

live("an honest root, plain and in each compression, is the same image", () =>
  withPlace(async (place) => {
    const tar = busyboxTar(join(place.directory, "root.tar"));
    const plain = await buildRoot({ type: "tar", tar }, place.store);
    assert.is(plain.packages, null);
    assert.ok(listing(place.store, plain).some((line) => line.endsWith(" bin/sh")));
    for (const [tool, suffix] of [
      ["gzip", "gz"],
      ["xz", "xz"],
      ["bzip2", "bz2"],
      ["zstd", "zst"],
    ] as const) {
      const file = `${tar}.${suffix}`;
      writeFileSync(file, execFileSync(tool, ["--stdout", tar], { maxBuffer: 1 << 26 }));
      const root = await buildRoot({ type: "tar", tar: file }, place.store);
      assert.is(root.digest, plain.digest, suffix);
      assert.is.not(root.key, plain.key);
    }
  }),
);

live("the dates of a root are those of what is in it: not the archive's, an image's own, or that of unpacking", () =>
  withPlace(async ({ directory, store }) => {
    const named = { type: "5", mode: 0o755, date: 500_000_000 };
    const future = { name: "named/future", content: "x", date: 8_000_000_000 };
    const bytes = tarBytes([{ name: "./", ...named }, { name: "named/", ...named }, future, { name: "not/named/file", content: "x" }]);
    const tar = join(directory, "root.tar");
    const digests: string[] = [];
    for (const date of [1_000, 1_700_000_000]) {
      // Another archive, or the second would be the root that is there.
      writeFileSync(tar, Buffer.concat([bytes, Buffer.from(`${date}`)]));
      utimesSync(tar, date, date);
      digests.push((await buildRoot({ type: "tar", tar }, store)).digest);
    }
    for (const created of ["2024-01-02T03:04:05Z", "1970-01-01T00:00:00Z", undefined]) {
      const oci = writeLayout(join(directory, "image"), [{ name: "", layers: [bytes], spoil: { config: () => ({ created }) } }]);
      digests.push((await buildRoot({ type: "oci", oci, image: null }, store)).digest);
    }
    // Of two layers: what comes into a directory of the first one is no reason for it to be of today.
    const layers = [
      [{ name: "named/", ...named }],
      [{ name: "named/a", content: "x" }],
      [
        { name: "./", ...named },
        { name: "named/", ...named },
      ],
    ];
    const oci = writeLayout(join(directory, "layered"), [{ name: "", layers: layers.map(tarBytes) }]);
    const stacked = await buildRoot({ type: "oci", oci, image: null }, store);
    writeFileSync(
      tar,
      tarBytes([
        { name: "./", ...named },
        { name: "named/", ...named },
        { name: "named/a", content: "x" },
      ]),
    );
    const flat = await buildRoot({ type: "tar", tar }, store);
    assert.is(stacked.digest, flat.digest);
    assert.is(new Set(digests).size, 1, digests.join(" "));
  }),
);

live("what tar only remarks on is unpacked, and is not told as the cause where something else is wrong", () =>
  withPlace(async (place) => {
    const file = { name: "a", content: "x" };
    const whole = tarBytes([file, { name: "b", type: "7", content: "y" }]);
    const remarked = await unpack(place, whole.subarray(0, -512));
    assert.equal(listing(place.store, remarked), ["f 644 0 a", "f 644 0 b"]);
    const error: unknown = await unpack(place, [
      { name: "/c", content: "x" },
      { name: "d", type: "1", link: "e" },
    ]).catch((thrown) => thrown);
    assert.ok(error instanceof CloisterError);
    assert.match(error.message, /cannot be unpacked \(d: Cannot hard link to/);
  }),
);

live("what is no archive, or cut, or changed since it was looked at, is refused, and nothing is kept", () =>
  withPlace(async (place) => {
    const refused = async (attempt: Promise<Root>, message: RegExp) => {
      const error: unknown = await attempt.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof CloisterError)) throw error;
      assert.is(error.diagnostics[0]?.code, "rootfs/bad-archive");
      assert.match(error.message, message);
      assert.equal(storeContent(place.store), []);
    };
    await refused(unpack(place, Buffer.from("garbage".repeat(1000))), /does not look like a tar archive/);
    const whole = tarBytes([{ name: "file", content: "x".repeat(100_000) }]);
    await refused(unpack(place, whole.subarray(0, 50_000)), /Unexpected EOF in archive/);

    const tar = join(place.directory, "evil.tar");
    writeFileSync(tar, whole);
    const onStep = (step: Step) => {
      if (step.type === "stage") writeFileSync(tar, tarBytes([{ name: "other", content: "y" }]));
    };
    await refused(buildRoot({ type: "tar", tar }, place.store, { onStep }), /the archive changed while it was read/);
  }),
);

test.run();
