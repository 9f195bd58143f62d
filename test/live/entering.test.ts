import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readProcess } from "../../src/host/declared-process.ts";
import { needs } from "../support/needs.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root");

live("a process that is still on its way in is awaited: until then it has neither its control groups nor its limits", async () => {
  const directory = mkdtempSync(join(tmpdir(), "cloister-test-entering-"));
  const endFile = join(directory, "main.end");
  writeFileSync(endFile, "+ 1.00 1 1\n");
  // The child is in its group, and takes a while for the rest of its way, as it may under load; its parent is what waits for it.
  const group = join(directory, "cgroup.procs");
  const entering = `sh -c 'echo $$ >${group}; sleep 0.3; exec unshare --mount sleep 1000' & wait`;
  const waiter = spawn("sh", ["-c", entering], { env: { ...process.env, CLOISTER_PROCESS: "entering/web-aaaaaaaa/main" }, detached: true });
  try {
    await until("it is on its way", () => existsSync(group));
    const found = readProcess("entering", { environment: "web-aaaaaaaa", name: "main", group: directory, endFile });
    assert.ok(found !== null, "it is found");
    const { pid }: { readonly pid: number } = JSON.parse(found);
    assert.is.not(readlinkSync(`/proc/${pid}/ns/mnt`), readlinkSync("/proc/self/ns/mnt"));
  } finally {
    process.kill(-(waiter.pid ?? 0), "SIGKILL");
    rmSync(directory, { recursive: true });
  }
});

test.run();
