import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Environment } from "../../../src/model/environment.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { Scope, SharedResource } from "../../../src/model/resource.ts";
import type { Step } from "../../../src/model/step.ts";
import { makePlan, makeSharedPlan } from "../../../src/plan/plan.ts";
import type { PlanRequest, Target } from "../../../src/plan/plan-request.ts";
import { visitResources } from "../../../src/resources/registry.ts";
import type { Altered } from "../../support/captured.ts";
import { captured, capturedFact, declared } from "../../support/captured.ts";

/** How one environment was found: running as captured, absent, unfinished, or running without being wanted. */
type Found = "running" | "absent" | "unfinished" | "orphan";

const keeper = { pid: 9837, start: "979567", assembled: true, parent: 9836, base: 1879638016 };

function target(name: string, found: Found, altered: Altered = {}): Target {
  const observed = captured(altered);
  const scope: Scope = {
    ...observed.scope,
    name,
    environment: found === "orphan" ? null : observed.scope.environment,
    keeper: found === "absent" ? null : { ...keeper, assembled: found !== "unfinished" },
  };
  const state = found === "orphan" || found === "unfinished" ? found : found === "running" ? "running" : "absent";
  return {
    ...{ scope, facts: withJoined(observed), origins: observed.origins, remnants: [] },
    fresh: { ...scope, id: "bbbbbbbb", keeper: null },
    state: {
      ...{ name, state, id: null, pid: null, uptimeSeconds: null, root: null, memoryBytes: null, drifted: [], pending: [] },
      processes: found === "running" ? { main: { type: "running", pid: 9847 } } : {},
    },
  };
}

/** The captured facts, with those of whatever is joined: the environment's own. */
function withJoined({ facts }: Pick<Target, "facts">): Target["facts"] {
  return { get: (name) => facts.get(name.replace(/^keeper:[^/]+/, "keeper")) };
}

/** A root that several environments need, and that is not there. */
const shared: SharedResource<string> = {
  name: "rootfs",
  facts: () => [],
  want: ({ labels }) => (labels.root === undefined ? [] : [{ key: labels.root, want: labels.root }]),
  address: (key) => `rootfs["${key}"]`,
  have: () => false,
  describe: (want) => want,
  create: ({ key }) => [{ type: "run", title: `build ${key}`, command: ["true"] }],
};

function planOf(targets: readonly Target[], request: Partial<PlanRequest<string>> = {}): Plan {
  const kept: Step = { type: "remove", title: "kept", path: "/uppers", how: "tree" };
  const record: Step = { type: "remove", title: "log", path: "/log", how: "tree" };
  return makePlan({
    ...{
      project: "t",
      targets,
      resources: visitResources,
      shared: [shared],
      destroy: new Set(),
      prune: false,
      volumes: false,
      warnings: [],
    },
    ...{ keptSteps: () => [kept], hostSteps: () => [], recordSteps: () => [record] },
    ...request,
  });
}

const lines = ({ changes }: Plan) => changes.map(({ action, address }) => `${action} ${address}`);
const types = (steps: readonly Step[]) => steps.map(({ type }) => type);
const joining = (kind: string, other: string): Altered => ({
  environment: { namespaces: { ...declared().namespaces, [kind]: `join:${other}` } } satisfies Partial<Environment>,
});

test("what runs as it is wanted is in no group", () => {
  const plan = planOf([target("web", "running"), target("db", "running")]);
  assert.equal([lines(plan), plan.groups], [[], []]);
  assert.equal(
    plan.environments.map(({ name, drifted }) => [name, drifted]),
    [
      ["web", []],
      ["db", []],
    ],
  );
});

test("a start is one transaction: namespaces first, then the root and what lies on it, checked and committed, then the process", () => {
  const { changes, environments } = planOf([target("web", "absent")]);
  assert.is(changes[0]?.address, "web.namespaces");
  assert.is(changes[1]?.address, "web.rootfs");
  assert.is(changes.at(-1)?.address, "web.processes.main");
  assert.ok(changes.every(({ action }) => action === "create"));
  const steps = changes.flatMap((change) => change.steps);
  assert.is(steps.filter(({ type }) => type === "commit").length, 1);
  assert.is(types(changes.at(-2)?.steps ?? []).at(-1), "commit", "the last thing before what runs");
  assert.not.ok(types(changes.at(-1)?.steps ?? []).includes("commit"));
  assert.equal(environments[0]?.drifted, [], "what is not there has not drifted");
});

test("what is left of earlier lives is swept before a start", () => {
  const web = target("web", "absent");
  const remnant = { ...web.scope, id: "cccccccc", places: { ...web.scope.places, cgroups: [] } };
  const [first] = planOf([{ ...web, remnants: [remnant] }]).changes;
  assert.equal(
    first?.steps.slice(0, 2).map((step) => ("path" in step ? step.path : "")),
    ["/run/cloister/t/web", "/var/lib/cloister/uppers/t.web/ephemeral-cccccccc"],
  );
});

test("what runs and is not in the manifest is shown, and not done without prune", () => {
  const orphan = target("old", "orphan");
  const plan = planOf([target("web", "running"), orphan]);
  assert.equal([lines(plan), plan.groups], [[], []]);
  assert.equal(
    plan.orphans?.map(({ action, address, reason }) => `${action} ${address} (${reason})`),
    ["destroy old (not in the manifest)"],
  );
  const pruned = planOf([target("web", "running"), orphan], { prune: true });
  assert.equal([lines(pruned), pruned.orphans], [["destroy old"], undefined]);
  assert.equal(planOf([orphan], { destroy: new Set(["old"]) }).orphans, undefined);
});

test("an unfinished start is ended and made anew", () => {
  const { changes } = planOf([target("web", "unfinished")]);
  assert.equal([changes[0]?.action, changes[0]?.address, changes[0]?.reason], ["recreate", "web", "unfinished start"]);
  assert.ok(changes[0]?.steps.some((step) => step.type === "signal" && step.pid === 9837));
  assert.is(changes[1]?.address, "web.namespaces");
});

test("what cannot change in place makes the environment anew, names what forces that, and whom it ends", () => {
  const plan = planOf([target("web", "running", { environment: { overlay: "ephemeral", hostname: "new" } })]);
  const [teardown] = plan.changes;
  assert.equal([teardown?.action, teardown?.address, teardown?.liveUpdate], ["recreate", "web", "recreate"]);
  assert.equal(
    teardown?.differences.map(({ field, want, have }) => [field, want, have]),
    [["rootfs.overlay", "ephemeral", "persistent"]],
  );
  assert.equal(teardown?.pids, [9847, 9837]);
  assert.equal(types(teardown?.steps ?? []).slice(0, 2), ["signal", "remove"], "the process is asked before the keeper is killed");
  assert.equal(plan.environments[0]?.drifted, ["web.rootfs"]);
});

test("what runs without being wanted is left alone, or ended where that is asked for", () => {
  const orphan = target("old", "orphan");
  assert.equal(lines(planOf([orphan])), []);
  const [change] = planOf([orphan], { prune: true }).changes;
  assert.equal([change?.action, change?.address, change?.reason], ["destroy", "old", "not in the manifest"]);
});

test("destroy: what runs, what is noted; what was written inside only where that is asked for", () => {
  const paths = (volumes: boolean) => {
    const [change] = planOf([target("web", "running")], { destroy: new Set(["web"]), volumes }).changes;
    assert.is(change?.action, "destroy");
    assert.match(change?.description ?? "", volumes ? /everything that was written inside$/ : /is kept \(--volumes removes it\)$/);
    return change?.steps.slice(-2).map((step) => ("path" in step ? step.path : ""));
  };
  assert.equal(paths(false)?.at(-1), "/log");
  assert.equal(paths(true), ["/log", "/uppers"]);
  const nothing = { keptSteps: () => [], hostSteps: () => [], recordSteps: () => [] };
  assert.equal(lines(planOf([target("web", "absent")], { destroy: new Set(["web"]), ...nothing })), []);
});

test("a root that several need is built once, before all of them", () => {
  const labelled = (root: string): Altered => ({ environment: { labels: { root } } });
  const plan = planOf([target("a", "absent", labelled("x")), target("b", "absent", labelled("x")), target("c", "absent", labelled("y"))]);
  assert.equal(
    plan.groups.map(({ name, after }) => [name, after]),
    [
      ['rootfs["x"]', []],
      ['rootfs["y"]', []],
      ["a", ['rootfs["x"]']],
      ["b", ['rootfs["x"]']],
      ["c", ['rootfs["y"]']],
    ],
  );
  const running = planOf([target("a", "running", labelled("x"))]);
  assert.equal(lines(running), [], "what runs needs it no more");
  const only = makeSharedPlan({ ...requestOf([target("a", "running", labelled("x"))]), shared: [{ ...shared, have: () => true }] }, true);
  assert.equal(lines(only), ['create rootfs["x"]'], "refreshed although it is there");
});

test("whose namespaces are joined comes first, and takes along who joins when it is made anew", () => {
  const started = planOf([target("web", "absent", joining("net", "db")), target("db", "absent")]);
  assert.equal(
    started.groups.map(({ name, after }) => [name, after]),
    [
      ["db", []],
      ["web", ["db"]],
    ],
  );
  const web = target("web", "running", joining("net", "db"));
  const keepers = new Map([["db", keeper]]);
  const joined: Target = { ...web, scope: { ...web.scope, keepers }, fresh: { ...web.fresh, keepers } };
  const moved = planOf([joined, target("db", "running", { environment: { read_only: true } })]);
  assert.equal(
    moved.groups.map(({ name, changes }) => [name, changes[0]?.action, changes[0]?.reason]),
    [
      ["db", "recreate", undefined],
      ["web", "recreate", "joins namespaces of db, which is made anew"],
    ],
  );
  const hold = moved.groups[1]?.changes.flatMap(({ steps }) => steps).find((step) => step.type === "hold");
  assert.ok(JSON.stringify(hold).includes('{"of":"db.namespaces","name":"pid"}'), "those of its new life");
  assert.throws(
    () => planOf([target("a", "absent", joining("net", "b")), target("b", "absent", joining("net", "a"))]),
    /each needs the next: a -> b -> a/,
  );
});

test("what lies on a mount that comes, goes or is made anew is made anew after it; nothing else is touched", () => {
  const { mounts } = declared();
  const small = {
    type: "tmpfs",
    read_only: false,
    options: ["nodev", "nosuid"],
    size: 4096,
    mode: "0755",
    create: true,
    optional: false,
    default: false,
  } as const;
  const nested = captured({ environment: { mounts: { ...mounts, "/shift/below": small } } });
  const below = `${capturedFact("keeper/mountinfo")}900 384 0:77 / /shift/below rw,nosuid,nodev,relatime - tmpfs tmpfs rw,size=4k,mode=755\n`;
  const running = (environment: Partial<Environment>) =>
    planOf([target("web", "running", { environment, facts: { "keeper/mountinfo": below } })]);
  const withBelow = nested.scope.environment.mounts;
  assert.equal(lines(running({ mounts: withBelow })), []);
  const shift = withBelow["/shift"];
  if (shift === undefined) throw new Error("not captured");
  const anew = running({ mounts: { ...withBelow, "/shift": { ...shift, idmap: "none" } } });
  assert.equal(lines(anew), ['update web.mounts["/shift"]', 'update web.mounts["/shift/below"]']);
  assert.equal(operations(anew.changes[0]?.steps), ["detach /shift/below", "bind /home/me/site", "detach /shift"]);
  assert.equal(
    anew.changes.map(({ gap }) => gap),
    ["none", "short"],
    "what lies on it is away while its place is",
  );
  assert.is(anew.changes[1]?.reason, 'lies on web.mounts["/shift"]');
  assert.equal(lines(running({ mounts: { ...withBelow, "/shift": { ...shift, read_only: true } } })), ['update web.mounts["/shift"]']);
  const { "/shift": _gone, ...others } = withBelow;
  const less = running({ mounts: others });
  assert.equal(lines(less), ['destroy web.mounts["/shift"]', 'update web.mounts["/shift/below"]']);
});

test.run();

function requestOf(targets: readonly Target[]): PlanRequest<string> {
  return {
    ...{
      project: "t",
      targets,
      resources: visitResources,
      shared: [shared],
      destroy: new Set(),
      prune: false,
      volumes: false,
      warnings: [],
    },
    ...{ keptSteps: () => [], hostSteps: () => [], recordSteps: () => [] },
  };
}

function operations(steps: readonly Step[] = []): readonly string[] {
  return steps.map((step) => (step.type === "shim" ? step.operation.slice(0, 2).map(String).join(" ") : step.type));
}
