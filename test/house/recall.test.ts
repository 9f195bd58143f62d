import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";

const read = (path: string) => readFileSync(path, "utf8");

test("`shell` runs the same by the launcher's own path as by Node", () => {
  const [, byNode] = /^const shellScript = "(.+)";$/m.exec(read("src/cli/execute-inside.ts")) ?? [];
  const [, asNoted] = /^my \$shell = '(.+)';$/m.exec(read("src/cli/recall.pl")) ?? [];
  assert.ok(byNode?.includes("bash"));
  assert.is(asNoted, byNode);
});

test.run();
