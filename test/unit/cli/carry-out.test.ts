import { test } from "uvu";
import * as assert from "uvu/assert";
import { carryOut } from "../../../src/cli/carry-out.ts";
import type { Context, ProgressMode } from "../../../src/cli/context.ts";
import type { Engine } from "../../../src/cli/engine.ts";
import type { Diagnostic } from "../../../src/model/diagnostic.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { change, planOf } from "../../support/sample-plan.ts";

interface Run {
  readonly code: number;
  readonly out: string;
  readonly error: string;
  /** Whether the plan was carried out. */
  readonly done: boolean;
}

interface Setting {
  readonly progress?: ProgressMode;
  readonly yes?: boolean;
  /** What is typed; none: there is no terminal. */
  readonly answer?: string;
  /** Why it cannot be carried out. */
  readonly refusals?: readonly Diagnostic[];
  /** Where what is told goes. */
  readonly out?: string[];
}

async function carriedOut(plan: Plan, { progress = "plain", yes = false, answer, refusals = [], out = [] }: Setting = {}): Promise<Run> {
  const error: string[] = [];
  const done: Plan[] = [];
  const never = () => Promise.reject(new Error("not asked for"));
  const engine: Engine = {
    project: "blog",
    formatStep: (step) => step.title,
    refusals: () => refusals,
    carryOut: (carried, report) => {
      if (refusals.length > 0) throw new CloisterError(refusals);
      done.push(carried);
      report({ type: "apply-finished", changed: 1, failed: 0, skipped: 0, durationMs: 5 });
      return Promise.resolve(0);
    },
    planText: () => "",
    planSaved: () => Promise.resolve(plan),
    note: () => Promise.resolve(),
    copy: never,
    drift: never,
    watch: never,
    plan: never,
    script: never,
    planDestroy: never,
    planBuild: never,
    planReset: never,
    planProcesses: never,
    kill: never,
    freeze: never,
    wait: never,
    awaitStarted: never,
    status: never,
    inspect: never,
    attach: never,
    logs: never,
    usage: never,
    verify: never,
  };
  const context: Context = {
    operands: [],
    flags: { has: () => false, value: () => null, values: () => [] },
    settings: {
      ...{ files: [], profiles: [], envFiles: [], project: null, dataDir: null, stateDir: null, lockTimeoutMs: 0 },
      ...{ json: progress === "json", quiet: progress === "quiet", verbose: false, color: { out: false, error: false } },
      progress,
      yes,
    },
    terminal: {
      isTerminal: (stream) => stream === "stdin" && answer !== undefined,
      columns: () => 80,
      rows: () => 24,
      out: (text) => void out.push(text),
      pass: (bytes) => void out.push(Buffer.from(bytes).toString()),
      error: (text) => void error.push(text),
      isRead: () => true,
      line: () => answer ?? "",
    },
    sources: new Map(),
  };
  const code = await carryOut(plan, { context, engine });
  return { code, out: out.join(""), error: error.join(""), done: done.length > 0 };
}

const mild = planOf([
  change({ address: 'web.mounts["/tmp"]', action: "update" }),
  change({ address: 'web.mounts["/old"]', action: "destroy" }),
]);
const harsh = planOf([
  change({ address: "web.namespaces", action: "recreate", liveUpdate: "recreate", pids: [41] }),
  change({ address: "gone", action: "destroy", pids: [77] }),
  change({ address: "stopped", action: "destroy" }),
]);

test("what changes in place is not asked about", async () => {
  const { done, error, out, code } = await carriedOut(mild);
  assert.equal({ done, error, code }, { done: true, error: "", code: 0 });
  assert.match(out, /1 to change in place, 1 to destroy\n\ndone in 5 ms\n$/);
});

test("an empty plan is said to be one, and nothing is carried out", async () => {
  assert.equal(await carriedOut(planOf([])), {
    code: 0,
    out: "nothing to change: the manifest has no environment\n",
    error: "",
    done: false,
  });
});

for (const [answer, yes] of [
  ["y", true],
  ["YES", true],
  ["", false],
  ["n", false],
  ["yesterday", false],
] as const) {
  test(`what would end is asked about by name; "${answer}" is ${yes ? "yes" : "no"}`, async () => {
    const { done, error, code } = await carriedOut(harsh, { answer });
    assert.is(error, `recreate web and destroy gone, stopped? [y/N] ${yes ? "" : "nothing was changed\n"}`);
    assert.equal({ done, code }, { done: yes, code: yes ? 0 : 5 });
  });
}

test("-y does not ask", async () => {
  const { done, error } = await carriedOut(harsh, { yes: true });
  assert.equal({ done, error }, { done: true, error: "" });
});

for (const progress of ["plain", "json", "quiet"] as const) {
  test(`where nobody can be asked nothing is done (${progress})`, async () => {
    const run = await carriedOut(harsh, { progress, ...(progress === "json" && { answer: "y" }) }).catch((error: unknown) => error);
    assert.instance(run, CloisterError);
    assert.is(run instanceof CloisterError && run.diagnostics[0]?.code, "usage/not-confirmed");
  });
}

const noImage: Diagnostic = { code: "rootfs/bad-image", severity: "error", message: "/srv/image is no image" };
const other: Diagnostic = { code: "rootfs/no-tool", severity: "warning", message: "zstd is not installed" };

test("what is refused is told as an error, and not as a warning of the plan before it", async () => {
  const warned = { ...mild, warnings: [{ ...noImage, severity: "warning" as const }, other] };
  const out: string[] = [];
  const run = await carriedOut(warned, { refusals: [noImage], out }).catch((error: unknown) => error);
  assert.instance(run, CloisterError);
  assert.equal(run instanceof CloisterError && run.diagnostics, [noImage]);
  assert.not.match(out.join(""), "no image");
  assert.match(out.join(""), "zstd is not installed");
});

test("nobody is asked for what will be refused", async () => {
  const run = await carriedOut(harsh, { refusals: [noImage], answer: "y" }).catch((error: unknown) => error);
  assert.equal(run instanceof CloisterError && run.diagnostics, [noImage]);
});

test("as JSON there is nothing but events", async () => {
  const { out } = await carriedOut(harsh, { progress: "json", yes: true });
  assert.is(out, '{"schema":"cloister/event/v1","type":"apply-finished","changed":1,"failed":0,"skipped":0,"duration_ms":5}\n');
});

test("quiet says nothing where nothing failed", async () => {
  assert.is((await carriedOut(mild, { progress: "quiet" })).out, "");
});

test.run();
