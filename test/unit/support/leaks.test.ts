import { test } from "uvu";
import * as assert from "uvu/assert";
import { projectNetwork } from "../../../src/model/network.ts";
import type { Machine } from "../../support/leaks.ts";
import { lastingInterfaces } from "../../support/leaks.ts";

const owner = { project: "own" };
const other = ["cl-aaaaaaaa", projectNetwork("other").bridge];
const left = (machine: Machine) => lastingInterfaces(owner, ["cl-before22"], { machine, withinMs: 100 });

test("an interface that came and stays is left, unless it is of an environment of another project", async () => {
  const groups = () => ["other/web-aaaaaaaa", "own/web-bbbbbbbb"];
  assert.equal(await left({ interfaces: () => ["cl-before22", ...other], groups }), []);
  const own = ["cl-bbbbbbbb", projectNetwork("own").bridge, "cl-cccccccc"];
  assert.equal(await left({ interfaces: () => [...other, ...own], groups }), own);
});

test("what another one had is awaited", async () => {
  const seen = [other, other, []];
  assert.equal(await left({ interfaces: () => seen.shift() ?? [], groups: () => [] }), []);
  assert.is(seen.length, 0);
});

test.run();
