import { stripVTControlCharacters } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { HealthState, ProcessState } from "../../../src/model/plan.ts";
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

test("a process has its health beside it, with the last words of a check that failed, made harmless", () => {
  const shown = (health: HealthState) =>
    renderStatus(statusOf([state({ name: "web", processes: { main: { type: "running", pid: 7, health } } })]), { color: false });
  assert.match(shown({ status: "starting", failing_streak: 0 }), /pid 7, starting$/m);
  assert.match(shown({ status: "healthy", failing_streak: 0, code: 0, output: "fine" }), /pid 7, healthy$/m);
  assert.match(
    shown({ status: "healthy", failing_streak: 1, code: 124, output: "" }),
    /pid 7, healthy \(one check failed, the last with 124\)$/m,
  );
  const bad = shown({ status: "unhealthy", failing_streak: 3, code: 1, output: "first\n\x1b[2Jlast\u202e" });
  assert.match(bad, /pid 7, unhealthy \(3 checks failed, the last with 1: \\x1b\[2Jlast/);
  assert.not(bad.includes("\x1b") || bad.includes("\u202e"), bad);
});

test("a process of which nothing is there is shown, and counts as one that does not run", () => {
  const shown = (processes: Readonly<Record<string, ProcessState>>) =>
    renderStatus(statusOf([state({ name: "web", processes })]), { color: false });
  assert.match(shown({ main: { type: "absent" } }), /not started$/m);
  assert.match(shown({ app: { type: "absent" }, db: { type: "running", pid: 7 } }), /1 of 2 run\n {2}app: not started\n {2}db: pid 7$/m);
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
