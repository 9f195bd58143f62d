import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
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

function layOut(directory: string, packages: readonly Package[]) {
  const stanzas = packages.map(({ sha256, file, path }) => {
    const control = execFileSync("dpkg-deb", ["--field", path], { encoding: "utf8" });
    return `${control}Filename: ${file}\nSize: ${statSync(path).size}\nSHA256: ${sha256}\n\n`;
  });
  const index = join(directory, "Packages");
  writeFileSync(index, stanzas.join(""));
  const archive = join(directory, "archive");
  mkdirSync(archive);
  const input = packages.map(({ sha256, file, path }) => `${sha256} ${statSync(path).size} ${file} tiny 1\n`).join("");
  const words = [script, index, "2", join(directory, "nowhere"), join(directory, "debs")];
  return { archive, ...spawnSync("perl", words, { cwd: archive, input, encoding: "utf8" }) };
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

test.run();
