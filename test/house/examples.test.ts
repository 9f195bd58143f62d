import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const examples = readdirSync("examples").filter((name) => name.endsWith(".yaml"));
const validate = (...args: readonly string[]) => spawnSync("dist/cloister", ["validate", ...args], { encoding: "utf8", input: "" });

// The root of offline.yaml is not in the repository: its own script makes it, as the file says.
if (!existsSync("examples/busybox-root")) execFileSync("sh", ["examples/make-busybox-root.sh"]);

test("the examples are there", () => {
  const wanted = ["all-namespaces", "better-root", "bind-mounts", "jammy", "limits", "minimal", "offline"];
  assert.equal(
    wanted.filter((name) => !examples.includes(`${name}.yaml`)),
    [],
  );
});

for (const name of examples) {
  test(`${name} is valid, without a warning`, () => {
    const { status, stdout, stderr } = validate("--file", join("examples", name));
    assert.is(status, 0, `${stdout}${stderr}`);
    assert.not.match(`${stdout}${stderr}`, /warning/);
  });

  test(`${name} tells editors where the schema is`, () => {
    assert.match(readFileSync(join("examples", name), "utf8"), /^# yaml-language-server: \$schema=\.\.\/schemas\/cloister\.schema\.json$/m);
  });
}

test("the smallest example has five lines", () => {
  const lines = readFileSync("examples/minimal.yaml", "utf8").split("\n");
  assert.is(lines.filter((line) => line !== "" && !line.startsWith("#")).length, 5);
});

test("an example that is broken would be caught", () => {
  const broken = readFileSync("examples/minimal.yaml", "utf8").replace("rootfs:", "rotfs:");
  const { status } = spawnSync("dist/cloister", ["validate", "--file", "-"], { encoding: "utf8", input: broken });
  assert.is(status, 3);
});

test.run();
