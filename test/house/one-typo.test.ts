import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isMap, parseDocument, visit } from "yaml";
import { load } from "../../src/manifest/load.ts";
import { beside } from "../support/manifest.ts";

const file = "test/golden/canonical/full.yaml";
const text = readFileSync(file, "utf8");

/** Maps whose keys are names of the user's own, or of other things than keys of the schema. */
const free =
  /^(environments|environments\.[^.]+\.(labels|mounts|files|extra_hosts|environment|sysctls|drift\.policies)|.*\.idmap|.*\.limits\.io|x-.*|.*\.x-[^.]*)$/;

interface Key {
  readonly name: string;
  readonly siblings: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** Every key of the manifest that the schema knows, with where it stands. */
function knownKeys(): readonly Key[] {
  const keys: Key[] = [];
  visit(parseDocument(text), {
    Map(_, map, path) {
      const parents = path.flatMap((node) => (typeof node === "object" && "key" in node && node.key !== null ? [String(node.key)] : []));
      if (free.test(parents.join("."))) return;
      const siblings = map.items.map((pair) => String(pair.key));
      for (const { key } of map.items) {
        if (typeof key !== "object" || key === null || !("range" in key) || !Array.isArray(key.range)) continue;
        const name = String(key);
        if (!name.startsWith("x-")) keys.push({ name, siblings, start: Number(key.range[0]), end: Number(key.range[1]) });
      }
    },
  });
  return keys;
}

/** Four ways to misspell a word of at least three letters: a letter lost, doubled, changed, two swapped. */
function typos(name: string): readonly string[] {
  const middle = Math.floor(name.length / 2);
  const [a = "", b = ""] = [name.charAt(middle - 1), name.charAt(middle)];
  const around = (inner: string) => name.slice(0, middle - 1) + inner + name.slice(middle + 1);
  return [around(a), around(a + b + b), around(`${a}q`), around(b + a)].filter((typo) => typo !== name);
}

const keys = knownKeys();
const names = new Set(keys.map(({ name }) => name));

test("the manifest that is misspelt has every kind of key", () => {
  assert.ok(isMap(parseDocument(text).contents));
  assert.ok(keys.length > 120, String(keys.length));
  for (const name of [
    "api_version",
    "sise",
    "size",
    "cap_add",
    "inside",
    "soft",
    "mode",
    "uts",
    "nofile",
    "extends",
    "file",
    "profiles",
    "path",
    "required",
  ])
    assert.is(names.has(name), name !== "sise", name);
});

test("each key misspelt once gives exactly one problem, which names the right key", () => {
  let tried = 0;
  for (const { name, start, end } of keys) {
    for (const typo of typos(name)) {
      // A typo that makes another word of the schema (user, users) is no typo to be seen as one here.
      if (names.has(typo)) continue;
      const broken = text.slice(0, start) + typo + text.slice(end);
      const loaded = load({ sources: [{ path: file, text: broken, bases: beside.paths }], bases: beside.bases, directory: "/work/site" });
      const where = `${typo} for ${name} at ${start}`;
      assert.ok("diagnostics" in loaded, `${where} was not seen`);
      const errors = loaded.diagnostics.filter(({ severity }) => severity === "error");
      assert.is(errors.length, 1, `${where}: ${errors.map(({ message }) => message).join("; ")}`);
      assert.is(errors[0]?.code, "manifest/unknown-key", where);
      assert.is(errors[0]?.hint, `did you mean "${name}"?`, where);
      tried += 1;
    }
  }
  assert.ok(tried > 400, String(tried));
});

test.run();
