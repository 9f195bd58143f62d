import { stripVTControlCharacters } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { renderPlan, summarize } from "../../../src/ui/render-plan.ts";
import { golden } from "../../support/golden.ts";
import { change, planOf, richPlan, state } from "../../support/sample-plan.ts";

const formatStep = (step: { readonly title: string }) => `${step.title} # \x1b`;
const view = { color: false, verbose: false, formatStep };

test("every action, grouped, with why and what it costs", () => {
  golden("plan-text/rich.txt", renderPlan(richPlan, view));
});

test("verbose adds the commands", () => {
  golden("plan-text/rich-verbose.txt", renderPlan(richPlan, { ...view, verbose: true }));
});

test("brief counts what only follows from defaults, in environments that are made new", () => {
  const at = { file: "blog.yaml", line: 4, column: 1 };
  const changes = [
    change({ address: "db.namespaces" }),
    change({ address: "db.hostname", because: at }),
    change({ address: 'db.mounts["/data"]', because: at }),
    change({ address: 'db.mounts["/proc"]' }),
    change({ address: 'db.mounts["/a.b"]' }),
    change({ address: "db.network.lo" }),
    change({ address: 'web.mounts["/proc"]' }),
  ];
  const environments = [state({ name: "web" }), state({ name: "db", state: "absent" })];
  golden("plan-text/brief.txt", renderPlan(planOf(changes, { environments }), { ...view, brief: true }));
});

test("colour adds nothing that is not said in words", () => {
  const colored = renderPlan(richPlan, { ...view, color: true });
  assert.is(stripVTControlCharacters(colored), renderPlan(richPlan, view));
});

test("what is unsafe is red, other warnings are not", () => {
  const lines = renderPlan(richPlan, { ...view, color: true }).split("\n");
  assert.ok(lines[0]?.startsWith("\x1b[31mwarning manifest/unsafe: unsafe:"), lines[0]);
  assert.ok(lines[1]?.startsWith("\x1b[33mwarning manifest/host-network:\x1b[39m"), lines[1]);
});

test("an empty plan says that nothing changes", () => {
  const environments = [state({ name: "web" }), state({ name: "db" })];
  assert.is(renderPlan(planOf([], { environments }), view), "nothing to change: 2 environments are as the manifest wants\n");
  assert.is(renderPlan(planOf([], { environments: environments.slice(0, 1) }), view), "nothing to change: web is as the manifest wants\n");
  assert.is(renderPlan(planOf([]), view), "nothing to change: the manifest has no environment\n");
});

test("the last line counts, in a fixed order, without what is not there", () => {
  assert.is(summarize(richPlan.changes), "5 to create, 2 to change in place, 1 to restart, 1 to recreate, 2 to destroy");
  assert.is(summarize([change({ address: "web.hostname" })]), "1 to create");
  const last = renderPlan(richPlan, view).trimEnd().split("\n").at(-1);
  assert.is(last, `${summarize(richPlan.changes)}, 2 of them left out; held: 1 to restart, 1 to recreate`);
});

test("what would fill screens is bounded, and shown whole by -v", () => {
  const long = "y".repeat(130_000);
  const plan = planOf([
    change({
      address: "web.processes.p",
      action: "restart-process",
      description: long,
      differences: [{ field: "", want: long, have: "no" }],
    }),
  ]);
  assert.is(renderPlan(plan, view).split("y... (130000 characters: -v shows them)").length, 3);
  assert.ok(renderPlan(plan, view).length < 3000);
  assert.is(renderPlan(plan, { ...view, verbose: true }).split(long).length, 3);
});

test("names, values and evidence are made harmless", () => {
  const evil = "x\x1b[2J\u202e\nPlan: nothing";
  const hostile = change({
    address: `web.mounts["${evil}"]`,
    action: "update",
    description: evil,
    reason: evil,
    because: { file: evil, line: 1, column: 1 },
    differences: [{ field: evil, want: evil, have: evil, evidence: evil }],
  });
  const text = renderPlan(planOf([hostile], { environments: [state({ name: "web" })] }), { ...view, verbose: true });
  assert.not(text.includes("\x1b") || text.includes("\u202e") || text.includes("\nPlan"), text);
});

test.run();
