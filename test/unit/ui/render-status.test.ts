import { stripVTControlCharacters } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { renderStatus } from "../../../src/ui/render-status.ts";
import { renderTree } from "../../../src/ui/render-tree.ts";
import { golden } from "../../support/golden.ts";
import { richPlan, state, statusOf } from "../../support/sample-plan.ts";

test("a table with what has drifted below its row", () => {
  golden("status/rich.txt", renderStatus(statusOf(richPlan.environments), { color: false }));
});

test("without processes there is no column for them", () => {
  assert.not.match(renderStatus(statusOf([state({ name: "web" })]), { color: false }), /PROCESS/);
});

test("colour changes no column", () => {
  const plain = renderStatus(statusOf(richPlan.environments), { color: false });
  const colored = renderStatus(statusOf(richPlan.environments), { color: true });
  assert.is.not(colored, plain);
  const bare = stripVTControlCharacters(colored).split("\n");
  assert.equal(bare.map((line) => line.trimEnd()).join("\n"), plain);
});

test("no environment is said, not shown as an empty table", () => {
  assert.match(renderStatus(statusOf([]), { color: false }), /^no environments/);
});

test("names from outside are made harmless", () => {
  const text = renderStatus(statusOf([state({ name: "web", root: "/roots/\x1b[2J", drifted: ["web.\u202ex"] })]), { color: false });
  assert.not(text.includes("\x1b") || text.includes("\u202e"), text);
});

test("a tree of values is indented, short lists stand on one line", () => {
  const value = {
    name: "web",
    pids: [1, 2],
    mounts: [
      { target: "/", options: ["rw"] },
      { target: "/tmp", options: [] },
    ],
    none: null,
    "e\x1b": {},
  };
  assert.is(
    renderTree(value, { color: false }),
    "name: web\npids: 1, 2\nmounts:\n  - target: /\n    options: rw\n  - target: /tmp\n    options: none\nnone: -\ne\\x1b: none\n",
  );
});

test.run();
