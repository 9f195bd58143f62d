import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Naming } from "../../../src/engine/lives.ts";
import { birthNames, bornOf, nameLives } from "../../../src/engine/lives.ts";
import type { Found } from "../../../src/model/host.ts";

const keeper = { pid: 1, start: "1", assembled: true, parent: 0, base: 0 };
const life = (name: string, id: string, alive = true): Found => ({ name, id, keeper: alive ? keeper : null, directory: "/" });

interface Said {
  /** What is wanted, with what it is moved from. */
  readonly wanted: Readonly<Record<string, string | null>>;
  readonly born?: Readonly<Record<string, string>>;
  readonly known?: readonly string[];
}

const naming = ({ wanted, born = {}, known = [] }: Said): Naming => ({
  environments: new Map(Object.entries(wanted).map(([name, moved_from]) => [name, { moved_from }])),
  born: new Map(Object.entries(born)),
  known: new Set(known),
});

/** `BIRTH is NAME`, and what it was called until now. */
function named(found: readonly Found[], said: Said): readonly string[] {
  return nameLives(found, naming(said)).map(({ birth, name, former }) => `${birth} is ${name}${former === null ? "" : `, was ${former}`}`);
}

const a = life("old", "aaaaaaaa");
const b = life("old", "bbbbbbbb");

test("a life is called as it was born, unless it was renamed or is to be", () => {
  assert.equal(named([a], { wanted: { old: null } }), ["old is old"]);
  assert.equal(named([a], { wanted: { web: "old" } }), ["old is web, was old"]);
  assert.equal(named([a], { wanted: { web: null }, born: { web: "old-aaaaaaaa" }, known: ["web"] }), ["old is web"]);
  assert.equal(named([a], { wanted: { third: "web" }, born: { web: "old-aaaaaaaa" }, known: ["web"] }), ["old is third, was web"]);
});

test("what was applied under another name is known by it when it is not in the manifest any more", () => {
  assert.equal(named([a], { wanted: {}, born: { web: "old-aaaaaaaa" }, known: ["web"] }), ["old is web"]);
});

test("without a record it is known by moved_from, without that as it was born", () => {
  assert.equal(named([a], { wanted: { web: "old" } }), ["old is web, was old"]);
  assert.equal(named([a], { wanted: { web: null } }), ["old is old"]);
});

test("without both it is known by what its run directory is called; what was applied knows better", () => {
  const renamed = { ...a, called: "web" };
  assert.equal(named([renamed], { wanted: { web: null } }), ["old is web"]);
  assert.equal(named([renamed], { wanted: { web: "old" } }), ["old is web"]);
  assert.equal(named([renamed, b], { wanted: { web: null, old: null } }), ["old is web", "old is old"]);
  assert.equal(named([renamed], { wanted: { third: "web" } }), ["old is third, was web"]);
  assert.equal(named([renamed], { wanted: { old: null } }), ["old is old, was web"]);
  assert.equal(named([renamed], { wanted: { third: "web" }, born: { third: "old-aaaaaaaa" }, known: ["third"] }), ["old is third"]);
});

test("an earlier generation has it back under the name that it was born with, and where it was renamed more than once", () => {
  assert.equal(named([a], { wanted: { old: null }, born: { web: "old-aaaaaaaa" }, known: ["web"] }), ["old is old, was web"]);
  assert.equal(named([a], { wanted: { web: "old" }, born: { third: "old-aaaaaaaa" }, known: ["third"] }), ["old is web, was third"]);
});

test("another one may have the old name: each keeps its own", () => {
  const said = { born: { web: "old-aaaaaaaa" }, known: ["web", "old"] };
  assert.equal(named([a, b], { wanted: { web: null, old: null }, ...said }), ["old is web", "old is old"]);
  assert.equal(named([a, b], { wanted: { old: null }, ...said }), ["old is web", "old is old"]);
  assert.equal(named([a], { wanted: { old: null }, ...said }), ["old is web"], "what is not running just now has its name all the same");
});

test("what runs under the new name already is not replaced by what is moved to it", () => {
  assert.equal(named([life("web", "cccccccc"), a], { wanted: { web: "old" } }), ["web is web", "old is old"]);
  assert.equal(named([life("web", "cccccccc", false), a], { wanted: { web: "old" } }), ["web is web", "old is web, was old"]);
});

test("what is to be searched for is what the kernel calls it; what is noted is what it calls it otherwise", () => {
  const said = naming({ wanted: { web: null, db: "store", new: null }, born: { web: "old-aaaaaaaa" }, known: ["web"] });
  assert.equal(birthNames(["web", "db", "new"], said), ["old", "store", "new"]);
  assert.equal([...bornOf(nameLives([a, life("new", "dddddddd")], said))], [["web", "old-aaaaaaaa"]]);
});

test.run();
