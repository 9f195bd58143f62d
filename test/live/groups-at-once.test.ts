import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hierarchies, makeGroups, removeGroup } from "../../src/host/cgroup-files.ts";
import { groups } from "../../src/plan/script/functions/groups.ts";
import { needs } from "../support/needs.ts";

const live = needs(test, "root");

/** While another process takes the groups above those of ours away wherever nothing is in them, each time after a pause, in seconds. */
async function whileParentsGo(pause: number, body: (leaves: readonly string[]) => void): Promise<void> {
  const tops = hierarchies().map(({ mountPoint }) => `${mountPoint}/cloister-test-${process.pid}`);
  const parents = tops.flatMap((top) => [`${top}/project`, top]);
  const leaves = tops.map((top) => `${top}/project/environment`);
  const other = spawn(
    "perl",
    ["-e", "my $pause = shift; while (1) { rmdir for @ARGV; select undef, undef, undef, $pause }", String(pause), ...parents],
    { stdio: "inherit" },
  );
  try {
    body(leaves);
  } finally {
    other.kill("SIGKILL");
    for (const path of [...leaves, ...parents]) if (fs.existsSync(path)) fs.rmdirSync(path);
  }
}

/** Each is there and takes processes; then it is taken away. */
function take(leaves: readonly string[]): void {
  for (const leaf of leaves) {
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      const path = `${leaf}/${file}`;
      if (fs.existsSync(path) && !fs.existsSync(`${leaf}/cgroup.controllers`))
        assert.not.equal(fs.readFileSync(path, "utf8").trim(), "", path);
    }
    fs.rmdirSync(leaf);
  }
}

live("groups are made while the last environment of another project takes those above them away", () =>
  whileParentsGo(0.001, (leaves) => {
    for (let turn = 0; turn < 200; turn += 1) {
      makeGroups(leaves);
      take(leaves);
    }
  }),
);

live("a script makes them too", () =>
  whileParentsGo(0.03, (leaves) => {
    const script = [
      'set -eu; fail() { echo "$1" >&2; exit 1; }; write_kernel() { echo "$2" >"$1"; }',
      groups.group,
      groups.ready_group,
      groups.hand_down,
      'for leaf; do group "$leaf"; done',
    ].join("\n");
    for (let turn = 0; turn < 20; turn += 1) {
      const { status, stderr } = spawnSync("sh", ["-c", script, "sh", ...leaves], { encoding: "utf8" });
      assert.is(status, 0, stderr);
      take(leaves);
    }
  }),
);

live("a group that another one takes away meanwhile is gone", async () => {
  const paths = hierarchies().map(({ mountPoint }) => `${mountPoint}/cloister-test-${process.pid}`);
  makeGroups(paths);
  await Promise.all([...paths, ...paths].map(removeGroup));
  assert.equal(paths.filter(fs.existsSync), []);
});

test.run();
