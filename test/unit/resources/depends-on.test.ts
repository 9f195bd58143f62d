import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Change } from "../../../src/model/change.ts";
import { environmentsBefore } from "../../../src/model/dependency.ts";
import type { Environment } from "../../../src/model/environment.ts";
import type { Group } from "../../../src/model/plan.ts";
import type { Step } from "../../../src/model/step.ts";
import type { Life } from "../../../src/plan/depending.ts";
import { depends, endedBefore, isMet, startedBefore, stoppedBefore } from "../../../src/resources/depends-on.ts";
import type { ProcessFact } from "../../../src/resources/process-state.ts";
import { captured } from "../../support/captured.ts";
import { manifestOf } from "../../support/manifest.ts";

const running: ProcessFact = { type: "running", pid: 7, start: "70", digest: "" };
const well = { runner: { pid: 8, start: "80" }, digest: "", status: "healthy", streak: 0, code: 0, output: "" } as const;
const ended = (code: number): ProcessFact => ({ type: "ended", code, digest: "" });

/** Environments, each with its processes: what each depends on, in YAML. All have a healthcheck. */
function environments(all: Readonly<Record<string, Readonly<Record<string, string>>>>): ReadonlyMap<string, Environment> {
  const texts = Object.entries(all).map(([name, processes]) => {
    const lines = Object.entries(processes).map(
      ([process, on]) => `      ${process}: { command: [${process}], healthcheck: { test: x }, depends_on: ${on} }`,
    );
    return `  ${name}:\n    rootfs: { release: bookworm }\n    processes:\n${lines.join("\n")}\n`;
  });
  return manifestOf(`api_version: cloister/v1\nname: shop\nenvironments:\n${texts.join("")}`).environments;
}

/** The environments as they are found; what is said of a process is what was seen of it. */
function lives(
  all: ReadonlyMap<string, Environment>,
  seen: Readonly<Record<string, ProcessFact>> = {},
  started: readonly string[] = [],
): ReadonlyMap<string, Life> {
  return new Map(
    [...all].map(([name, environment]) => {
      const { scope } = captured({ environment, scope: { name, last: environment } });
      const get: Life["facts"]["get"] = (fact) => {
        const found = seen[`${name}/${fact.slice("process/".length)}`];
        return found === undefined ? { absent: "not there" } : { text: JSON.stringify(found) };
      };
      return [name, { scope, facts: { get }, isNew: started.includes(name) }] as const;
    }),
  );
}

const spawned = (name: string): Step => ({
  ...({ type: "spawn", title: `start ${name}`, of: "", command: [], environment: {}, log: "", group: "", end: "" } as const),
});

/** Of `web/app`, or of an environment. */
function change(of: string, action: Change["action"], steps: readonly Step[]): Change {
  const [environment = "", process] = of.split("/");
  const address = process === undefined ? environment : `${environment}.processes.${process}`;
  const about = { description: "", differences: [], liveUpdate: "in-place", pids: [] } as const;
  return { ...about, address, environment, resource: process === undefined ? "environment" : "processes", action, steps };
}

/** Of `web`. */
const anew = (process: string): Change => {
  const stop: readonly Step[] = [
    { type: "signal", title: `stop ${process}`, pid: 7, start: "70", signal: "SIGTERM", graceMs: 0 },
    { type: "remove", title: "control group", path: "/x", how: "cgroup" },
    { type: "remove", title: "forget the last end", path: "/x", how: "file" },
  ];
  return change(`web/${process}`, "restart-process", [...stop, spawned(process)]);
};

const starting = (environment: string, ...processes: readonly string[]): Group => ({
  ...{ name: environment, after: [] },
  changes: processes.map((process) => change(`${environment}/${process}`, "create", [spawned(process)])),
});

/** What a group does, by the titles of its steps, and the environments that come before it. */
function told(group: Group, all: ReadonlyMap<string, Life>, groups: readonly Group[] = [group]) {
  const { changes = [], needs = [] } = depends(groups, all)[groups.indexOf(group)] ?? {};
  const titles = changes.flatMap(({ steps }) => steps.map(({ title }) => title));
  return { titles: titles.filter((title) => /^(start|stop|wait)/.test(title)), needs: [...new Set(needs)] };
}

test("what waits comes after all that waits for nothing, and what depends on that after it", () => {
  const all = environments({
    web: { last: "[app]", app: "{ db: { condition: process_healthy } }", db: "[]", other: "[]" },
  });
  const { titles, needs } = told(starting("web", "db", "app", "last", "other"), lives(all));
  assert.equal(titles, ["start db", "start other", "wait until web/db is healthy", "start app", "start last"]);
  assert.equal(needs, []);
});

test("an environment comes after those that its starts depend on; what is so already is not waited for", () => {
  const condition = "{ db/postgres: { condition: process_healthy }, db/cache: {} }";
  const all = environments({ web: { app: condition }, db: { postgres: "[]", cache: "[]" } });
  const [web, db] = [starting("web", "app"), starting("db", "postgres", "cache")];
  const waits = ["wait until db/postgres is healthy", "wait until db/cache has started", "start app"];
  assert.equal(told(web, lives(all, {}, ["web", "db"]), [web, db]), { titles: waits, needs: ["db"] });
  assert.equal(told(db, lives(all), [web, db]).needs, []);
  const seen = { "db/postgres": { ...running, health: well }, "db/cache": running };
  assert.equal(told(web, lives(all, seen)), { titles: ["start app"], needs: [] });
  assert.equal(told(web, lives(all, { ...seen, "db/postgres": running })).titles, ["wait until db/postgres is healthy", "start app"]);
  assert.equal(told(web, lives(all, seen, ["db"])).titles, waits, "what was seen is of the life before");
  const restarted: Group = { ...db, changes: [change("db/postgres", "restart-process", [spawned("postgres")])] };
  assert.equal(told(web, lives(all, seen), [web, restarted]).titles, ["wait until db/postgres is healthy", "start app"]);
});

test("of what is started anew that stops first which depends on the others, also by one that stays", () => {
  const all = environments({ web: { three: "[two]", two: "[one]", one: "[]" } });
  const seen = { "web/one": running, "web/two": running, "web/three": running };
  const titles = (...names: readonly string[]) => told({ name: "web", after: [], changes: names.map(anew) }, lives(all, seen)).titles;
  assert.equal(titles("one", "two", "three"), ["stop three", "stop two", "stop one", "start one", "start two", "start three"]);
  assert.equal(titles("three", "one"), ["stop three", "stop one", "start one", "start three"]);
  assert.equal(titles("two"), ["stop two", "start two"]);
});

test("what is stopped for another one is awaited before that, unless it is started here", () => {
  const all = environments({ web: { app: "[cache, db/x]", cache: "[]" }, db: { x: "[]" } });
  const seen = { "web/app": running, "web/cache": running };
  const group: Group = { name: "web", after: [], changes: [anew("app"), anew("cache")] };
  const wait = "wait until db/x has started";
  assert.equal(told(group, lives(all, seen)).titles, [wait, "stop app", "stop cache", "start cache", "start app"]);
  const titles = ["stop app", "stop cache", "start cache", wait, "start app"];
  assert.equal(told(group, lives(all, seen), [group, starting("db", "x")]).titles, titles);
});

test("what waits for nothing is told what it needs of its environment, where nothing depends on others as well", () => {
  const needs = (processes: Readonly<Record<string, string>>, seen: Readonly<Record<string, ProcessFact>>, changes: readonly Change[]) => {
    const made = depends([{ name: "web", after: [], changes }], lives(environments({ web: processes }), seen))[0]?.changes ?? [];
    return made.map((one) => [one.address.replace("web.processes.", ""), one.needs]);
  };
  const [other] = starting("web", "other").changes;
  assert.ok(other);
  assert.equal(needs({ one: "[]", other: "[]" }, {}, [change("web", "update", []), other]), [
    ["web", undefined],
    ["other", []],
  ]);
  const seen = { "web/one": running, "web/two": running };
  const one = "web.processes.one";
  assert.equal(needs({ two: "[one]", one: "[]", other: "[]" }, seen, [anew("two"), anew("one"), other]), [
    ["one", []],
    ["two", [one]],
    ["other", []],
  ]);
});

test("what waits comes after what it needs of those that wait, and after what stops for it that which depends on it", () => {
  const all = environments({
    web: { top: "[left, right]", left: "{ db/x: { condition: process_healthy } }", right: "[db/y]", alone: "[db/y]", free: "[]" },
    db: { x: "[]", y: "[]" },
  });
  const after = (group: Group, seen: Readonly<Record<string, ProcessFact>> = {}) => {
    const { changes = [] } = depends([group], lives(all, seen))[0] ?? {};
    const short = (address: string) => address.replace("web.processes.", "");
    return changes.map((one) => [short(one.address), one.after?.map(short)]);
  };
  const names = ["top", "left", "right", "alone", "free"];
  assert.equal(after(starting("web", ...names)), [
    ["free", undefined],
    ["left", []],
    ["right", []],
    ["top", ["left", "right"]],
    ["alone", []],
  ]);
  const seen = Object.fromEntries(names.map((name) => [`web/${name}`, running]));
  // By what is done for left, top stops; right stays until then.
  assert.equal(after({ name: "web", after: [], changes: ["left", "right", "top"].map(anew) }, seen), [
    ["left", []],
    ["right", ["left"]],
    ["top", ["left", "right"]],
  ]);
});

test("environments end after those that depend on them", () => {
  const all = environments({ db: { postgres: "[]" }, web: { app: "[db/postgres]" } });
  const ending = (name: string): Group => ({ name, after: [], changes: [change(name, "destroy", [])] });
  const groups = [ending("db"), ending("web")];
  assert.equal(
    groups.map((group) => told(group, lives(all), groups).needs),
    [["web"], []],
  );
});

test("a process is made after what it depends on, and ended or stopped before that, over what stands between them", () => {
  const all = environments({ web: { three: "[two]", two: "[one, db/x]", one: "[]" }, db: { x: "[]" } });
  const scope = lives(all).get("web")?.scope;
  assert.ok(scope);
  assert.equal(startedBefore(scope, "three"), ["web.processes.two", "web.processes.one"]);
  assert.equal(startedBefore({ ...scope, stopped: { one: "" } }, "three"), ["web.processes.two"]);
  assert.equal(endedBefore(scope, "one"), ["web.processes.three", "web.processes.two"]);
  assert.equal(stoppedBefore({ ...scope, stopped: { one: "", three: "" } }, "one"), ["web.processes.three"]);
  assert.equal(environmentsBefore(scope.environment ?? never()), ["db"]);
});

test("what is so: started, healthy, completed", () => {
  const states: readonly (ProcessFact | null)[] = [
    ...[null, running, { ...running, health: well }, { ...running, health: { ...well, status: "unhealthy" } as const }],
    ...[ended(0), ended(1), { type: "ended", code: 0, digest: "", supervisor: { pid: 9, start: "90" } } as const],
  ];
  const so = (condition: "process_started" | "process_healthy" | "process_completed") =>
    states.map((state) => (isMet({ condition }, state) ? "+" : "-")).join("");
  assert.is(so("process_started"), "-++++--");
  assert.is(so("process_healthy"), "--+----");
  assert.is(so("process_completed"), "----+--");
});

test.run();

function never(): never {
  throw new Error("there is an environment");
}
