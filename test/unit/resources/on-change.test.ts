import { test } from "uvu";
import * as assert from "uvu/assert";
import { kindsFollowed } from "../../../src/resources/on-change.ts";
import { visitResources } from "../../../src/resources/registry.ts";

/** What guards an environment, is made with it alone, or has a change of its own at a process. */
const notFollowed = [
  ...["namespaces", "traffic", "nat", "rootfs", "cgroups", "devices", "masked_paths", "read_only_paths", "architecture"],
  ...["processes", "restart", "healthcheck", "oom_score_adj"],
];

test("every kind of resource is followed as one thing, or is named as what no process is told of", () => {
  const all = visitResources({ visit: ({ name }) => name });
  const followed = Object.values(kindsFollowed).flat();
  assert.equal([...followed, ...notFollowed].sort(), [...all].sort());
});

test.run();
