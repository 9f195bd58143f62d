import { test } from "uvu";
import * as assert from "uvu/assert";
import { lockDigest } from "../../../src/host/store-lock.ts";
import type { LockedRoot } from "../../../src/model/lock.ts";
import { lockText, parseLock } from "../../../src/model/lock.ts";
import { fieldsOf, packagesIndex, packagesOf } from "../../../src/model/locked-packages.ts";
import { sampleLockedLayer as layer, sampleLockedRoot as root } from "../../support/sample-lock.ts";

test("what is written is read again, and written as the same bytes whatever the order", () => {
  const other: LockedRoot = { ...root, name: "a-root" };
  const text = lockText({
    roots: [
      { projects: ["blog", "api"], root },
      { projects: ["blog"], root: other },
    ],
    layers: [],
  });
  const read = parseLock(text);
  if ("problem" in read) throw new Error(read.problem);
  assert.equal(read.roots[0]?.root, other);
  assert.equal(read.roots[1], { projects: ["api", "blog"], root });
  const { packages, ...rest } = root;
  const shuffled = { packages: Object.fromEntries(Object.entries(packages).reverse()), ...rest };
  assert.is(
    lockText({
      roots: [
        { projects: ["blog"], root: other },
        { projects: ["api", "blog"], root: shuffled },
      ],
      layers: [],
    }),
    text,
  );
  assert.is(lockDigest(shuffled), lockDigest(root));
  assert.is.not(lockDigest(other), lockDigest(root));
});

test("nothing is believed that would mean something to a shell, a path or an archive's index", () => {
  const text = lockText({ roots: [{ projects: ["blog"], root }], layers: [] });
  const problem = (from: string, to: string) => {
    assert.ok(text.includes(from), from);
    const read = parseLock(text.replace(from, to));
    return "problem" in read ? read.problem : "";
  };
  assert.match(problem('"curl": {', '"cu rl": {'), /packages\.cu rl: is no name of a package/);
  assert.match(problem("7.88.1-10+deb12u5", "7.88.1 $(id)"), /packages\.curl: has no version/);
  assert.match(problem("pool/main/c/curl", "../../etc/curl"), /packages\.curl: has no filename below the mirror/);
  assert.match(problem("pool/main/c/curl", "/etc/curl"), /has no filename below the mirror/);
  assert.match(problem('"Depends": "', '"Depends": "a\\nFilename: x'), /packages\.curl: Depends is no line/);
  assert.match(problem('"sha256": "', '"sha256": "../'), /packages\.curl: has no sha256/);
  assert.match(problem('"tree": "', '"tree": "x'), /result has no tree/);
  assert.match(problem('"epoch": 1', '"epoch": -1'), /epoch is no number of seconds/);
  assert.match(problem('"suite": "', '"suite": " '), /release has no suite/);
  assert.match(problem("cloister/lock/v1", "cloister/lock/v2"), /it is cloister\/lock\/v2, and this cloister knows cloister\/lock\/v1/);
  assert.match(problem("cloister/lock/v1", "cloister/plan/v1"), /it is no cloister\/lock\/v1/);
  assert.is(problem("{", "<<<<<<< HEAD\n{"), "it has conflicts that are not resolved");
});

test("layers stand in a lock beside roots, and a lock without any is as it was before there were any", () => {
  const roots = [{ projects: ["blog"], root }];
  const free = {
    ...layer,
    name: "bookworm-minbase+setup",
    spec: { type: "setup", run: "a\nb", network: "host" },
    result: null,
    from: null,
  };
  const layers = [layer, free].map((one) => ({ projects: ["blog"], layer: one }));
  const text = lockText({ roots, layers });
  assert.equal(parseLock(text), { roots, layers });
  assert.is(lockText({ roots, layers: [...layers].reverse() }), text);
  assert.not.ok(lockText({ roots, layers: [] }).includes("layers"));
  assert.is.not(lockDigest(layer), lockDigest({ ...layer, over: "0".repeat(64) }), "over another root it is another one");
  const problem = (from: string, to: string) => {
    assert.ok(text.includes(from), from);
    const read = parseLock(text.slice(0, text.indexOf('"layers"')) + text.slice(text.indexOf('"layers"')).replace(from, to));
    return "problem" in read ? read.problem : "";
  };
  assert.match(problem('"over": "', '"over": "../'), /^layers\[0\]: it has no name, no spec or nothing that it lies on/);
  assert.match(problem('"curl": {', '"cu rl": {'), /^layers\[0\]: packages\.cu rl: is no name of a package/);
  assert.match(problem('"tree": "', '"tree": "x'), /^layers\[0\]: result has no tree/);
  assert.match(problem('"epoch": ', '"epoch": -'), /^layers\[0\]: from has no recipe or no epoch/);
});

test("an archive's stanzas become packages, and packages an archive's index", () => {
  const stanzas = [
    "Package: b\nVersion: 1:2.0-1\nArchitecture: amd64\nEssential: yes\nDescription: of no use\nDepends: a (>= 1),\n libc6\nFilename: pool/b.deb",
    "Package: a\nVersion: 1\nArchitecture: all\nInstalled-Size: 12\nFilename: pool/a.deb",
  ].map((stanza, index) => `${stanza}\nSize: ${index}\nSHA256: ${String(index).repeat(64)}\n`);
  const packages = packagesOf(stanzas.join("\n"));
  assert.equal(Object.keys(packages), ["a", "b"]);
  assert.equal(packages.b?.fields, { Essential: "yes", Depends: "a (>= 1), libc6" });
  assert.equal(packagesOf(packagesIndex(packages)), packages);
  assert.match(
    packagesIndex(packages),
    /^Package: a\nVersion: 1\nArchitecture: all\nInstalled-Size: 12\nFilename: pool\/a\.deb\nSize: 1\nSHA256: 1{64}\n\n/,
  );
  assert.throws(() => packagesOf("Package: a\nVersion: 1\n"), /stanza of a cannot be locked: has no architecture/);
  assert.is(fieldsOf("A: b\n c\nD:e").get("A"), "b c");
});

test.run();
