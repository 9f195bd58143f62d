import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tarDigest } from "../../../src/host/tar-digest.ts";
import { withDirectory } from "../../support/directory.ts";

const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

test("the sha256 of a file; nothing for what is no file", () =>
  withDirectory((directory) => {
    const tar = join(directory, "r.tar");
    assert.is(tarDigest(tar, null), null);
    assert.is(tarDigest(directory, null), null);
    execFileSync("mkfifo", [join(directory, "fifo")]);
    assert.is(tarDigest(join(directory, "fifo"), null), null);
    writeFileSync(tar, "");
    assert.is(tarDigest(tar, null), empty);
    writeFileSync(tar, Buffer.alloc(3 << 20, 1));
    assert.is(tarDigest(tar, null), execFileSync("sha256sum", [tar], { encoding: "utf8" }).slice(0, 64));
  }));

test("an unchanged file is not read again, a changed one is", () =>
  withDirectory((directory) => {
    const [tar, cache] = [join(directory, "r.tar"), join(directory, "cache")];
    writeFileSync(tar, "");
    assert.is(tarDigest(tar, cache), empty);
    const [entry = ""] = readdirSync(cache);
    const lie = "ab".repeat(32);
    writeFileSync(join(cache, entry), lie);
    assert.is(tarDigest(tar, cache), lie, "it was read again");
    writeFileSync(tar, "x");
    assert.is(tarDigest(tar, cache), execFileSync("sha256sum", [tar], { encoding: "utf8" }).slice(0, 64));
    assert.is(readdirSync(cache).length, 2);
  }));

test("a cache that others can write is not believed", () =>
  withDirectory((directory) => {
    const [tar, cache] = [join(directory, "r.tar"), join(directory, "cache")];
    writeFileSync(tar, "");
    tarDigest(tar, cache);
    writeFileSync(join(cache, readdirSync(cache)[0] ?? ""), "ab".repeat(32));
    chmodSync(cache, 0o777);
    assert.is(tarDigest(tar, cache), empty);
  }));

test.run();
