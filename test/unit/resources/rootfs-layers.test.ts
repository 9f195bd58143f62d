import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ManagedFile } from "../../../src/model/managed-file.ts";
import type { BuiltRootfs, LayeredRootfs, RootLayer } from "../../../src/model/rootfs.ts";
import { builtRoot, rootFacts, rootKey, rootName, rootProblems } from "../../../src/resources/rootfs.ts";
import { factsOf } from "../../support/root-build.ts";
import { bookworm, here, keyring, setup } from "../../support/sample-rootfs.ts";

const none = factsOf({});

test("a layer is known by what goes into it and by what it lies on", () => {
  const over = (base: BuiltRootfs, layer: RootLayer): LayeredRootfs => ({ type: "layered", base, layer });
  const [one, other] = [setup("one"), setup("other")];
  const keys = [
    bookworm,
    over(bookworm, one),
    over(bookworm, other),
    over(bookworm, { ...one, network: "host" }),
    over({ ...bookworm, variant: "buildd" }, one),
    over(over(bookworm, one), other),
    over(over(bookworm, other), one),
  ].map((rootfs) => rootKey(rootfs, none));
  assert.is(new Set(keys).size, keys.length);
  assert.is(rootKey(over(bookworm, setup("one")), none), keys[1]);
  const file = { uid: 0, gid: 0, mode: "0644" };
  const held = [4, createHash("sha256").update("text").digest("hex")] as const;
  const files = (more: Partial<ManagedFile>) => rootKey(over(bookworm, { type: "files", files: { "/a": { ...file, ...more } } }), none);
  assert.is(files({ content: "text" }), files({ source: "/anywhere", held }), "whatever it was read from");
  assert.is.not(files({ content: "text" }), files({ content: "Text" }));
  const missing = over({ type: "tar", tar: "/srv/root.tar" }, one);
  const names = rootFacts(missing);
  assert.ok(names.some((name) => /^layers\/[0-9a-f]{64} tar\/\/srv\/root\.tar$/.test(name)));
  assert.ok(
    names.includes(`store/${rootKey(missing, factsOf({ "tar//srv/root.tar": null }))}`),
    "what stands for one whose tar is missing is asked for",
  );
});

test("a layer over other layers than those that are there now is none", () => {
  const files: LayeredRootfs = { type: "layered", base: bookworm, layer: { type: "files", files: {} } };
  const top: LayeredRootfs = { type: "layered", base: files, layer: setup("one") };
  const entry = (digest: string, ...lowers: readonly string[]): string =>
    JSON.stringify({
      ...{ schema: "cloister/root/v1", key: "", digest: digest.repeat(32), name: "", format: "erofs", spec: {}, date: "", bytes: 1 },
      ...{ packages: null, builder: { name: "setup" } },
      lowers: lowers.map((lower) => ({ digest: lower.repeat(32), format: "erofs", bytes: 1 })),
    });
  const builtOver = (base: string, filesOver: string, ...topOver: readonly string[]) => {
    const facts = factsOf({
      [`store/${rootKey(bookworm, none)}`]: entry(base),
      [`store/${rootKey(files, none)}`]: entry("ff", filesOver),
      [`store/${rootKey(top, none)}`]: entry("ee", ...topOver),
    });
    return [files, top].map((rootfs) => builtRoot(rootfs, facts) !== null);
  };
  assert.equal(builtOver("aa", "aa", "aa", "ff"), [true, true]);
  assert.equal(builtOver("bb", "aa", "aa", "ff"), [false, false]);
  assert.equal(builtOver("bb", "bb", "aa", "ff"), [true, false], "the layer between has the same bytes over either base");
  assert.equal(builtOver("aa", "aa", "ff", "aa"), [true, false], "in order");
  assert.equal(builtOver("aa", "aa", "ff"), [true, false]);
});

test("packages are a layer of their own: known by their names whatever the order, or by the lock's entry", () => {
  const over = (layer: Omit<Extract<RootLayer, { readonly type: "packages" }>, "type">) =>
    rootKey({ type: "layered", base: bookworm, layer: { type: "packages", ...layer } }, none);
  assert.is(over({ packages: ["b", "a"] }), over({ packages: ["a", "b"] }));
  const keys = [
    rootKey(bookworm, none),
    over({ packages: ["a"] }),
    over({ packages: ["a", "b"] }),
    over({ packages: ["a"], locked: "ab".repeat(32) }),
    over({ packages: ["a"], resolving: { from: null, free: [] } }),
  ];
  assert.is(new Set(keys).size, keys.length);
  const rootfs: LayeredRootfs = { type: "layered", base: bookworm, layer: { type: "packages", packages: ["curl", "jq"] } };
  assert.is(rootName(rootfs), "bookworm-minbase+2");
  assert.ok(rootFacts(rootfs).includes(`store/${rootKey(rootfs, none)}`));
});

test("a layer of packages that is not built asks for what finding them takes", () => {
  const over = (layer: RootLayer): LayeredRootfs => ({ type: "layered", base: bookworm, layer });
  const base = JSON.stringify({
    ...{ schema: "cloister/root/v1", key: "", digest: "aa".repeat(32), name: "", format: "erofs", spec: {}, date: "", bytes: 1 },
    ...{ packages: null, builder: { name: "mmdebstrap" } },
  });
  const problems = (rootfs: LayeredRootfs, more: Readonly<Record<string, string | null>>) => {
    const facts = { ...here, [`store/${rootKey(bookworm, none)}`]: base, [`store/${rootKey(rootfs, none)}`]: null, ...more };
    return rootProblems(rootfs, factsOf(facts)).map(({ code }) => code);
  };
  const curl = over({ type: "packages", packages: ["curl"] });
  assert.equal(problems(curl, {}), []);
  assert.equal(problems(curl, { [`source/${keyring}`]: null }), ["rootfs/no-keyring"]);
  assert.equal(problems(curl, { "run/offline": "yes" }), ["rootfs/offline"]);
  assert.equal(problems(over(setup("true")), { "run/offline": "yes" }), [], "a command asks for nothing");
  const locked = "ab".repeat(32);
  assert.equal(problems(over({ type: "packages", packages: ["curl"], locked }), { [`lock/${locked}`]: null }), ["lock/missing"]);
});

test.run();
