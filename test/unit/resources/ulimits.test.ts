import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Step } from "../../../src/model/step.ts";
import { diffResource } from "../../../src/plan/diff.ts";
import { oomScore } from "../../../src/resources/oom-score.ts";
import { ulimits } from "../../../src/resources/ulimits.ts";
import type { Altered } from "../../support/captured.ts";
import { captured, capturedFact, changesOf, declared } from "../../support/captured.ts";

const group = "group=/sys/fs/cgroup/unified/cloister/t/web-naurce47";
const adjust = ["perl", "/usr/lib/cloister/shim.pl", "x64", "adjust"];

function commandOf(step: Step | undefined): readonly string[] {
  return step?.type === "run" ? step.command.map((text) => (Array.isArray(text) ? text.join("") : String(text))) : [];
}

const nofile = (soft: number, hard: number): Altered => ({ environment: { ulimits: { nofile: { soft, hard } } } });

test("a limit is set on everything that runs, by pid and start time of the keeper; the kernel's line is shown", () => {
  const [found] = diffResource(ulimits, captured(nofile(512, 1024)));
  assert.equal(commandOf(found?.change.steps[0]), [...adjust, "pid=9837", "start=979567", group, "raises=1", "rlimit=7:512:1024"]);
  assert.equal(
    found?.change.differences.map(({ field, want }) => `${field} ${want}`),
    ["soft 512", "hard 1024"],
  );
  assert.match(found?.change.differences[0]?.evidence ?? "", /^\/proc\/9847\/limits: Max open files {2}\d+ {2}\d+ {2}files$/);
});

test("what belongs to no running process is not compared: it comes with the next start", () => {
  for (const facts of [{ "process/main": null, "process/main/limits": null }, { "process/main/limits": null }])
    assert.equal(diffResource(ulimits, captured({ ...nofile(512, 1024), facts })), []);
});

/** What the version before this one called the capture's process: with its ulimits and its score. */
const former = "cd64be18e9c616c4f8d05b24e4cfba317baddd4d0e17f2581c25c9b0325277c8";

test("a changed limit or score restarts nothing", () => {
  const environment = { oom_score_adj: 200, ulimits: { ...declared().ulimits, nofile: { soft: 5, hard: 5 } } };
  assert.equal(changesOf({ environment }), ["update web.ulimits.nofile", "update web.oom_score_adj"]);
});

test("a process that an earlier version started goes on; only where a limit changes at the same time it is started anew", () => {
  const { digest }: { readonly digest: string } = JSON.parse(capturedFact("process/main"));
  const facts = { "process/main": capturedFact("process/main").replace(digest, former) };
  assert.equal(changesOf({ facts }), []);
  assert.equal(changesOf({ facts, environment: { hostname: "inside", oom_score_adj: 200 } }), [
    "restart-process web.processes.main",
    "update web.oom_score_adj",
  ]);
});

test("without SYS_RESOURCE a hard limit cannot be raised: then, and only then, the process is started anew", () => {
  const { scope } = captured();
  const machine = { ...scope.machine, raisesLimits: false };
  const lower = { "process/main/limits": capturedFact("process/main/limits").replace(/^(Max open files +)\S+ +\S+/m, "$1100 200") };
  const changes = (altered: Altered) => changesOf({ ...altered, scope: { machine } });
  assert.equal(changes(nofile(50, 150)), ["update web.ulimits.nofile"]);
  assert.equal(changes({ ...nofile(300, 300), facts: lower }), ["restart-process web.processes.main"]);
  assert.equal(changes({ ...nofile(300, -1), facts: lower }), ["restart-process web.processes.main"]);
  assert.equal(changesOf({ ...nofile(300, 300), facts: lower }), ["update web.ulimits.nofile"]);
});

test("a score is set on the keeper and on everything that runs; that of the one that differs is shown", () => {
  const observed = captured({ facts: { "process/main/oom_score_adj": "-5\n" } });
  const [found] = diffResource(oomScore, observed);
  assert.equal(commandOf(found?.change.steps[0]).slice(4), [
    "pid=9837",
    "start=979567",
    group,
    "raises=1",
    "process=9837:979567",
    "oom=100",
  ]);
  assert.equal(found?.change.differences, [{ field: "", want: "100", have: "-5", evidence: "/proc/9847/oom_score_adj: -5" }]);
  const alone = captured({ facts: { "process/main": null, "process/main/oom_score_adj": null, "keeper/oom_score_adj": "0\n" } });
  assert.is(diffResource(oomScore, alone)[0]?.change.differences[0]?.evidence, "/proc/9837/oom_score_adj: 0");
});

test.run();
