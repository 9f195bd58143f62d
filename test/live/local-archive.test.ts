import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withDirectory } from "../support/directory.ts";

const script = resolve("src/host/local-archive.pl");
const compressions = ["none", "gzip", "xz", "zstd"] as const;

interface Package {
  readonly sha256: string;
  /** Its place in the archive. */
  readonly file: string;
  readonly path: string;
}

/** A package that dpkg-deb makes, kept under its sha256 as the store keeps it. */
function make(directory: string, compression: string): Package {
  const tree = join(directory, `tree-${compression}`);
  mkdirSync(join(tree, "DEBIAN"), { recursive: true });
  mkdirSync(join(tree, "usr/share/tiny"), { recursive: true });
  writeFileSync(join(tree, "usr/share/tiny", compression), `${compression}\n`.repeat(100_000));
  const control = [
    `Package: tiny-${compression}`,
    "Version: 1",
    "Architecture: all",
    "Maintainer: test <test@localhost>",
    "Description: test",
  ];
  writeFileSync(join(tree, "DEBIAN/control"), `${control.join("\n")}\n`);
  const built = join(directory, "built.deb");
  execFileSync("dpkg-deb", ["--build", "--root-owner-group", `-Z${compression}`, tree, built]);
  const sha256 = digest(built);
  const path = join(directory, "debs", sha256);
  mkdirSync(join(directory, "debs"), { recursive: true });
  copyFileSync(built, path);
  return { sha256, file: `pool/${compression}/tiny-${compression}_1_all.deb`, path };
}

function digest(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Where they are kept decompressed. */
const keptIn = (directory: string) => join(directory, "decompressed");

function listOf(packages: readonly Package[]): string {
  return packages.map(({ sha256, file, path }) => `${sha256} ${statSync(path).size} ${file} tiny 1\n`).join("");
}

function stanzaOf({ sha256, file, path }: Package): string {
  const control = execFileSync("dpkg-deb", ["--field", path], { encoding: "utf8" });
  return `${control}Filename: ${file}\nSize: ${statSync(path).size}\nSHA256: ${sha256}\n\n`;
}

interface Laying {
  readonly name?: string;
  /** A command that begins the line, and has it run. */
  readonly begin?: readonly string[];
  /** The index, where it is not made of the packages. */
  readonly described?: string;
}

function layOut(directory: string, packages: readonly Package[], laying: Laying = {}) {
  const { name = "archive", begin = [], described = packages.map(stanzaOf).join("") } = laying;
  const index = join(directory, "Packages");
  writeFileSync(index, described);
  const archive = join(directory, name);
  mkdirSync(archive, { recursive: true });
  mkdirSync(keptIn(directory), { recursive: true });
  const [command = "", ...words] = [
    ...begin,
    "perl",
    script,
    index,
    "2",
    keptIn(directory),
    join(directory, "nowhere"),
    join(directory, "debs"),
  ];
  return { archive, described, ...spawnSync(command, words, { cwd: archive, input: listOf(packages), encoding: "utf8" }) };
}

/** As a layer has it: files that are there already, or with `keep` nothing but what is kept. */
function fill(directory: string, how: "none" | "keep", packages: readonly Package[]) {
  const words = [script, how, "2", keptIn(directory), join(directory, "debs")];
  return spawnSync("perl", words, { cwd: join(directory, "filled"), input: listOf(packages), encoding: "utf8" });
}

test("the packages of an archive hold what they held, decompressed, and its index tells their size and sum", () =>
  withDirectory((directory) => {
    const packages = compressions.map((compression) => make(directory, compression));
    const { archive, status, stdout, stderr } = layOut(directory, packages);
    assert.is(stderr, "");
    assert.is(status, 0);
    const stanzas = stdout.trim().split("\n\n");
    assert.is(stanzas.length, packages.length);
    for (const [index, { file, path }] of packages.entries()) {
      const own = join(archive, file);
      assert.ok(stanzas[index]?.includes(`\nFilename: ${file}\nSize: ${statSync(own).size}\nSHA256: ${digest(own)}`));
      for (const part of ["--fsys-tarfile", "--ctrl-tarfile"])
        assert.ok(execFileSync("dpkg-deb", [part, own]).equals(execFileSync("dpkg-deb", [part, path])), `${part} ${file}`);
      assert.match(readFileSync(own, "latin1"), /data\.tar {8}/);
    }
  }));

test("a package that ends in the middle, or is not there, is an error", () =>
  withDirectory((directory) => {
    const packages = compressions.map((compression) => make(directory, compression));
    for (const { path } of packages.slice(2, 3)) truncateSync(path, statSync(path).size - 200);
    const gone = { sha256: "0".repeat(64), file: "pool/gone.deb", path: packages[0]?.path ?? "" };
    const { status, stdout, stderr } = layOut(directory, [...packages.slice(0, 3), gone]);
    assert.is(status, 1);
    assert.is(stdout, "");
    assert.match(stderr, /^pool\/xz\/tiny-xz_1_all\.deb cannot be decompressed$/m);
    assert.match(stderr, /^pool\/gone\.deb \(0{64}\): No such file or directory$/m);
  }));

test("what was decompressed once is kept, and taken the next time without being decompressed", () =>
  withDirectory((directory) => {
    const packages = compressions.map((compression) => make(directory, compression));
    const first = layOut(directory, packages);
    const kept = readdirSync(keptIn(directory)).sort();
    assert.equal(kept, packages.map(({ sha256, file }) => `${sha256}-${digest(join(first.archive, file))}`).sort());
    // A package of which nothing can be decompressed: what is kept is all that is read.
    for (const { path } of packages) writeFileSync(path, Buffer.alloc(statSync(path).size));
    const second = layOut(directory, packages, { name: "second", described: first.described });
    assert.equal([second.status, second.stderr, second.stdout], [0, "", first.stdout]);
    for (const { sha256, file } of packages) {
      const name = kept.find((one) => one.startsWith(sha256)) ?? "";
      assert.is(statSync(join(second.archive, file)).ino, statSync(join(keptIn(directory), name)).ino);
    }
  }));

test("what is kept and no longer whole is decompressed anew, and kept instead; what else lies there is nobody's", () =>
  withDirectory((directory) => {
    const packages = compressions.map((compression) => make(directory, compression));
    const first = layOut(directory, packages);
    const kept = readdirSync(keptIn(directory)).sort();
    const [cut = "", changed = ""] = kept;
    // Not by their inode, which the first archive has, too.
    for (const name of [cut, changed]) {
      const bytes = readFileSync(join(keptIn(directory), name));
      rmSync(join(keptIn(directory), name));
      bytes.writeUInt8(bytes.readUInt8(200) ^ 1, 200);
      writeFileSync(join(keptIn(directory), name), name === cut ? bytes.subarray(0, 100_000) : bytes);
    }
    writeFileSync(join(keptIn(directory), `${"0".repeat(64)}.1`), "half");
    const second = layOut(directory, packages, { name: "second" });
    assert.equal([second.status, second.stderr, second.stdout], [0, "", first.stdout]);
    for (const { file } of packages) assert.is(digest(join(second.archive, file)), digest(join(first.archive, file)));
    for (const name of kept) assert.is(digest(join(keptIn(directory), name)), name.slice(65));
    // The .deb itself is what is left, where it is not kept.
    rmSync(join(keptIn(directory), cut));
    for (const { sha256, path } of packages) if (cut.startsWith(sha256)) truncateSync(path, 100);
    assert.is(layOut(directory, packages, { name: "third", described: first.described }).status, 1);
  }));

test("files that are there are filled in place; to keep is all that `keep` does", () =>
  withDirectory((directory) => {
    const packages = compressions.map((compression) => make(directory, compression)).map((one) => ({ ...one, file: one.sha256 }));
    const filled = join(directory, "filled");
    mkdirSync(keptIn(directory));
    mkdirSync(filled);
    const kept = fill(directory, "keep", packages);
    assert.equal([kept.status, kept.stdout, kept.stderr], [0, "", ""]);
    const names = readdirSync(keptIn(directory)).sort();
    assert.is(names.length, packages.length);
    for (const name of readdirSync(filled)) rmSync(join(filled, name));
    const before = packages.map(({ file }) => {
      writeFileSync(join(filled, file), "");
      return statSync(join(filled, file)).ino;
    });
    const taken = fill(directory, "none", packages);
    assert.equal([taken.status, taken.stdout, taken.stderr], [0, "", ""]);
    assert.equal(
      packages.map(({ file }) => statSync(join(filled, file)).ino),
      before,
    );
    assert.equal(packages.map(({ sha256 }) => `${sha256}-${digest(join(filled, sha256))}`).sort(), names);
    assert.is(fill(directory, "keep", packages).status, 0);
    assert.equal(readdirSync(keptIn(directory)).sort(), names);
  }));

test("on another disk they are kept as copies, and not at all where that has less than 1 GiB left", () =>
  withDirectory((directory) => {
    const packages = compressions.map((compression) => make(directory, compression));
    const listed = 'mount -t tmpfs -o "size=$1" kept "$2" && shift && list=$1 && shift && "$@" && ls "$list" >&2';
    const on = (size: string) => ["unshare", "--mount", "sh", "-c", listed, "sh", size, keptIn(directory)];
    const roomy = layOut(directory, packages, { name: "roomy", begin: on("1100m") });
    const names = packages.map(({ sha256, file }) => `${sha256}-${digest(join(roomy.archive, file))}`).sort();
    assert.equal([roomy.status, roomy.stderr], [0, `${names.join("\n")}\n`]);
    const tight = layOut(directory, packages, { name: "tight", begin: on("1000m") });
    assert.equal([tight.status, tight.stderr, tight.stdout], [0, "", roomy.stdout]);
  }));

test("an archive that is laid out again where it lies writes to nothing that another build reads", () =>
  withDirectory((directory) => {
    const packages = compressions.map((compression) => make(directory, compression));
    const first = layOut(directory, packages);
    const { archive: other } = layOut(directory, packages, { name: "other" });
    const digests = () => packages.map(({ file }) => digest(join(other, file)));
    const before = digests();
    const again = layOut(directory, packages);
    assert.equal([again.status, again.stderr, again.stdout], [0, "", first.stdout]);
    assert.equal(digests(), before);
    for (const name of readdirSync(keptIn(directory))) assert.is(digest(join(keptIn(directory), name)), name.slice(65));
  }));

test("to keep is never an error, and ends where less than 1 GiB would be left", () =>
  withDirectory((directory) => {
    const packages = compressions.map((compression) => make(directory, compression)).map((one) => ({ ...one, file: one.sha256 }));
    mkdirSync(keptIn(directory));
    mkdirSync(join(directory, "filled"));
    const [cut, ...whole] = packages;
    if (cut !== undefined) truncateSync(cut.path, 100);
    assert.is(fill(directory, "keep", packages).status, 0);
    assert.equal(readdirSync(join(directory, "filled")), []);
    assert.equal(
      readdirSync(keptIn(directory))
        .map((name) => name.slice(0, 64))
        .sort(),
      whole.map(({ sha256 }) => sha256).sort(),
    );
    const small = join(directory, "small");
    mkdirSync(small);
    const line =
      'mount -t tmpfs -o size=1025m,nr_inodes=100 small "$1" && mkdir "$1/work" "$1/kept" && cd "$1/work" && perl "$2" keep 1 "$1/kept" "$3" && ls "$1/kept" "$1/work"';
    const words = ["--mount", "sh", "-c", line, "sh", small, script, join(directory, "debs")];
    const { status, stdout } = spawnSync("unshare", words, { input: listOf(whole), encoding: "utf8" });
    assert.is(status, 0);
    // Two are less than a MiB, three are more.
    assert.is([...stdout.matchAll(/^[0-9a-f]{64}-[0-9a-f]{64}$/gm)].length, 2);
    assert.match(stdout, /work:\n$/);
  }));

test.run();
