import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hierarchies, removeGroup } from "../../src/host/cgroup-files.ts";
import { ended, isAlive } from "../../src/host/process-end.ts";
import { parseStat } from "../../src/kernel/proc.ts";
import { groups } from "../../src/plan/script/functions/groups.ts";
import { needs } from "../support/needs.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root");

const stateOf = (pid: number) => parseStat(fs.readFileSync(`/proc/${pid}/stat`, "utf8"));

/** With a process of 20 threads in a control group of its own; its first thread ends where that is asked for. */
async function withThreads(first: "ends" | "stays", body: (group: string, pid: number) => Promise<void>): Promise<void> {
  const group = `${hierarchies()[0]?.mountPoint}/cloister/t-threads-${process.pid}`;
  fs.mkdirSync(group, { recursive: true });
  const exit = process.arch === "arm64" ? 93 : 60;
  const program = `use threads; threads->create(sub { sleep }) for 1 .. 20; print "up\\n"; <STDIN>; ${first === "ends" ? `syscall(${exit}, 0)` : "sleep"};`;
  const child = spawn("perl", ["-e", `$| = 1; ${program}`], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    const pid = child.pid ?? 0;
    fs.writeFileSync(`${group}/cgroup.procs`, String(pid));
    child.stdin.end("\n");
    if (first === "ends") await until("its first thread to end", () => stateOf(pid)?.state === "Z");
    await body(group, pid);
    assert.not(fs.existsSync(group));
  } finally {
    child.kill("SIGKILL");
    await removeGroup(group);
  }
}

live("a process lives until its last thread has ended, and is ended with all of them", () =>
  withThreads("ends", async (group, pid) => {
    const identity = { pid, start: stateOf(pid)?.start ?? "" };
    assert.ok(isAlive(identity));
    await removeGroup(group);
    assert.ok(await ended(identity, 0));
  }),
);

live("the group of threads that are about to end is waited for", async () => {
  for (let turn = 0; turn < 30; turn += 1) {
    await withThreads("stays", async (group, pid) => {
      process.kill(pid, "SIGKILL");
      await removeGroup(group);
    });
  }
});

live("a script waits for them too", async () => {
  const script = [
    'set -eu; fail() { echo "$1" >&2; exit 1; }',
    groups.processes_in,
    groups.remove_group,
    'kill -9 "$2"; remove_group "$1"',
  ].join("\n");
  for (const first of ["ends", "stays", "stays", "stays"] as const) {
    await withThreads(first, async (group, pid) => {
      const { status, stderr } = spawnSync("sh", ["-c", script, "sh", group, String(pid)], { encoding: "utf8" });
      assert.is(status, 0, stderr);
    });
  }
});

test.run();
