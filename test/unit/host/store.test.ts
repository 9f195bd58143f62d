import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { beginBuild, readRoot, readStoreFact, sweepTemporary } from "../../../src/host/store.ts";
import type { RootPlan } from "../../../src/model/root.ts";
import { parseRoot, rootPath } from "../../../src/model/root.ts";
import { until } from "../../support/until.ts";

const plan: RootPlan = { key: "0123456789abcdef", name: "a-root", spec: { type: "test" }, builder: "tar", format: "erofs" };

async function withStore(body: (store: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "cloister-test-"));
  try {
    await body(join(directory, "store"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function commit(store: string, image = "an image"): Promise<string> {
  const build = await beginBuild(store, plan.key);
  writeFileSync(`${build.directory}/image`, image);
  writeFileSync(`${build.directory}/packages`, "88\n");
  return (await build.commit(plan)).digest;
}

test("an image is known by its bytes, and its entry by its key", () =>
  withStore(async (store) => {
    const digest = await commit(store);
    assert.is(digest, createHash("sha256").update("an image").digest("hex"));
    const root = readRoot(store, plan.key);
    assert.is(root?.packages, 88);
    assert.is(root?.bytes, 8);
    assert.is(readFileSync(rootPath(store, { digest, format: "erofs" }), "utf8"), "an image");
    const fact = readStoreFact(store, plan.key);
    assert.equal("text" in fact ? parseRoot(fact.text) : null, root);
    assert.equal(readdirSync(`${store}/tmp`), []);
  }));

test("an entry whose image is gone, cut or of another key counts for nothing", () =>
  withStore(async (store) => {
    const digest = await commit(store);
    const entry = `${store}/roots/${plan.key}.json`;
    const text = readFileSync(entry, "utf8");
    const broken: readonly (() => void)[] = [
      () => truncateSync(`${store}/sha256/${digest}`, 7),
      () => rmSync(`${store}/sha256/${digest}`),
      () => mkdirSync(`${store}/sha256/${digest}`),
    ];
    for (const damage of broken) {
      damage();
      assert.equal(readStoreFact(store, plan.key), { absent: "not in the store" });
    }
    rmSync(`${store}/sha256/${digest}`, { recursive: true });
    assert.is(await commit(store), digest, "it is built anew");
    writeFileSync(entry, text.replace(plan.key, "fedcba9876543210"));
    assert.is(readRoot(store, plan.key), null);
  }));

test("an entry that was cut at any byte, or had any bit turned, is no other root", () =>
  withStore(async (store) => {
    const digest = await commit(store);
    const entry = `${store}/roots/${plan.key}.json`;
    const text = readFileSync(entry);
    for (let length = 0; length < text.length - 1; length += 1) {
      writeFileSync(entry, text.subarray(0, length));
      const root = readRoot(store, plan.key);
      if (length < text.length - 2) assert.is(root, null, `cut at ${length}`);
    }
    for (let bit = 0; bit < text.length * 8; bit += 1) {
      const turned = Buffer.from(text);
      turned.writeUInt8(turned.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      writeFileSync(entry, turned);
      const root = readRoot(store, plan.key);
      assert.ok(root === null || root.digest === digest, `bit ${bit}`);
    }
  }));

test("a build that is abandoned, or fails in its commit, leaves nothing", () =>
  withStore(async (store) => {
    const build = await beginBuild(store, plan.key);
    writeFileSync(`${build.directory}/image`, "half");
    await build.abandon();
    const failing = await beginBuild(store, plan.key);
    const error: unknown = await failing.commit(plan).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.instance(error, Error);
    assert.equal(
      ["tmp", "sha256", "roots"].flatMap((name) => readdirSync(`${store}/${name}`)),
      [],
    );
  }));

test("what a dead build left is swept, what a live one has is not", () =>
  withStore(async (store) => {
    const live = await beginBuild(store, "1111111111111111");
    writeFileSync(`${live.directory}/tree`, "being built");
    mkdirSync(`${store}/tmp/2222222222222222/tree`, { recursive: true });
    writeFileSync(`${store}/tmp/2222222222222222.lock`, "");
    mkdirSync(`${store}/tmp/3333333333333333`);
    await sweepTemporary(store);
    assert.equal(readdirSync(`${store}/tmp`).sort(), ["1111111111111111", "1111111111111111.lock"]);
    assert.ok(existsSync(`${live.directory}/tree`));
    await live.abandon();
  }));

test("a second build of the same root waits for the first, and finds it done", () =>
  withStore(async (store) => {
    const first = await beginBuild(store, plan.key);
    const second = beginBuild(store, plan.key);
    const waits = new RegExp(`-> FLOCK .*:${statSync(`${first.directory}.lock`).ino} `);
    await until("the second one waits", () => waits.test(readFileSync("/proc/locks", "utf8")));
    writeFileSync(`${first.directory}/image`, "an image");
    const root = await first.commit(plan);
    const waited = await second;
    assert.ok(existsSync(`${waited.directory}/done`));
    assert.equal(await waited.commit(plan), root);
    assert.equal(readdirSync(`${store}/tmp`), []);
  }));

test("a build directory is not cleared while a command of the dead build lives", () =>
  withStore(async (store) => {
    mkdirSync(`${store}/tmp/${plan.key}`, { recursive: true, mode: 0o700 });
    const alive = `${store}/tmp/${plan.key}/alive`;
    // When its end is heard of here, the directory may be cleared already: it says itself whether it still had it.
    const script = 'exec 9>>"$1" && flock 9 && echo ready && read -r _ && [ -e "$1" ] && echo last >"$2"';
    const survivor = spawn("sh", ["-c", script, "sh", alive, `${store}/word`], { stdio: ["pipe", "pipe", "ignore"] });
    await new Promise((ready) => survivor.stdout.once("data", ready));
    const ended = new Promise<boolean>((done) => survivor.once("exit", () => done(existsSync(`${store}/word`))));
    const build = beginBuild(store, plan.key);
    survivor.stdin.end("\n");
    assert.ok(await ended, "its directory was taken from under it");
    assert.equal(readdirSync((await build).directory), []);
    await (await build).abandon();
  }));

test.run();
