import { test } from "uvu";
import * as assert from "uvu/assert";
import { diffResource } from "../../../src/plan/diff.ts";
import { cgroups } from "../../../src/resources/cgroups.ts";
import { captured, capturedFact, changesOf } from "../../support/captured.ts";

const unlimited = { "process/main/cgroup": capturedFact("process/main/cgroup").replace(/^(\d+:pids:).*$/m, "$1/") };

test("a process that is out of a group is told with the kernel's line, and moved back by pid and start time", () => {
  assert.equal(diffResource(cgroups, captured()), []);
  const [found] = diffResource(cgroups, captured({ facts: unlimited }));
  assert.equal(found?.change.differences, [
    {
      ...{ field: "", want: "pid 9847 in /sys/fs/cgroup/pids/cloister/t/web-naurce47", have: "outside of it" },
      evidence: "/proc/9847/cgroup: pids:/",
    },
  ]);
  const [made, moved] = found?.change.steps ?? [];
  assert.equal(made?.type === "cgroup" ? made.paths : [], ["/sys/fs/cgroup/pids/cloister/t/web-naurce47"]);
  const { start }: { readonly start: string } = JSON.parse(capturedFact("process/main"));
  assert.ok(moved?.type === "run" && moved.command.includes(`join=9847:${start}:/sys/fs/cgroup/pids/cloister/t/web-naurce47`));
});

test("on the hierarchy of the parts it is its part's group that it comes back into", () => {
  const facts = { "keeper/cgroup": capturedFact("keeper/cgroup").replace(/^0::.*$/m, "0::/user.slice") };
  const [found] = diffResource(cgroups, captured({ facts }));
  const [made] = found?.change.steps ?? [];
  assert.equal(made?.type === "cgroup" ? made.paths : [], ["/sys/fs/cgroup/unified/cloister/t/web-naurce47/keeper"]);
});

test("what the main process has started is put back beside it; where the pid namespace is another's nobody is taken for its own", () => {
  const cgroup = capturedFact("process/main/cgroup").replace(/^.*$/gm, (line) => line.replace(/[^:]*$/, "/"));
  const facts = { "strays/cgroup": JSON.stringify([{ pid: 9900, start: "980000", cgroup }]) };
  const [found] = diffResource(cgroups, captured({ facts }));
  const moved = found?.change.steps[1];
  const joins = moved?.type === "run" ? moved.command.filter((word) => typeof word === "string" && word.startsWith("join=")) : [];
  assert.is(joins.length, captured().scope.places.cgroups.length);
  assert.ok(joins.includes("join=9900:980000:/sys/fs/cgroup/unified/cloister/t/web-naurce47/p-main"), joins.join("\n"));
  const environment = { namespaces: { ...captured().scope.environment.namespaces, pid: "host" as const } };
  assert.equal(diffResource(cgroups, captured({ facts, environment })), []);
});

test("a group that was removed has its limits written again; whatever was seen of a group that stands is no drift", () => {
  const facts = {
    "keeper/cgroup": capturedFact("keeper/cgroup").replace(/^(\d+:pids:).*$/m, "$1/"),
    "cgroup/pids/pids.max": null,
  };
  assert.equal(changesOf({ facts }), ["update web.cgroups", "create web.resources.limits.pids"]);
  assert.equal(changesOf({ facts: { "keeper/cgroup": null } }), []);
});

test.run();
