import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { mappedStack } from "../../../src/cli/mapped-stack.ts";

// Golden and house tests are given a built dist/; a unit test sees to it itself.
spawnSync("sh", ["src/build/setup.sh", "build"], { stdio: "ignore" });

test("a place in a bundle is told as the place in the sources, anything else as it is", () => {
  const bundle = resolve("dist/cloister.cjs");
  const [line = ""] = readFileSync(bundle, "latin1")
    .split("\n")
    .filter((each) => each.includes("there is no verb "));
  const number = readFileSync(bundle, "latin1").split("\n").indexOf(line) + 1;
  const stack = `Error: x\n    at a (${bundle}:${number}:${line.indexOf("there is no verb ") + 1})\n    at node:internal/x:1:2\n    at /no/such.cjs:1:2`;
  const mapped = mappedStack(stack).split("\n");
  assert.match(mapped[1] ?? "", /^ {4}at a \(src\/cli\/args\.ts:\d+:\d+\)$/);
  const [, place = "0"] = /args\.ts:(\d+):/.exec(mapped[1] ?? "") ?? [];
  assert.match(
    readFileSync("src/cli/args.ts", "utf8")
      .split("\n")
      .slice(Number(place) - 2, Number(place) + 1)
      .join("\n"),
    /there is no verb/,
  );
  assert.equal(mapped.slice(2), ["    at node:internal/x:1:2", "    at /no/such.cjs:1:2"]);
});

test.run();
