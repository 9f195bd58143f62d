import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { verifyProcess } from "../../src/cli/run-verify.ts";
import { machineOf } from "../../src/host/machine.ts";
import { CloisterError } from "../../src/model/diagnostic.ts";
import type { Finding } from "../../src/model/isolation.ts";
import { needs } from "../support/needs.ts";
import { startTutorial } from "../support/tutorial.ts";

/** What the tutorial's environment leaves open, each of which verify must find; the first five were seen to do harm. */
const open = [
  "escapes/chroot",
  "escapes/setns",
  "escapes/read",
  "escapes/write",
  "kernel/core-pattern",
  "ids/root-is-nobody",
  "ids/not-the-hosts",
  "ids/range",
  "ids/processes",
  "namespaces/cgroup",
  "mounts/pivoted",
  "mounts/own-root",
  "mounts/no-host-root",
  "mounts/no-host-files",
  "mounts/no-devices-on-root",
  "mounts/kernel-flags",
  "mounts/sys-read-only",
  "mounts/read-only-paths",
  "mounts/masked-paths",
  "processes/keeper-capabilities",
  "processes/no-terminal",
  "processes/terminal-closed",
  "processes/descriptors",
  "processes/environment",
  "capabilities/held",
  "capabilities/bounding",
  "capabilities/no-new-privileges",
  "kernel/mount",
  "kernel/unshare",
  "kernel/fresh-proc",
  "kernel/sysctls",
  "kernel/masked-paths",
  "devices/own-terminals",
  "limits/pids",
  "limits/hostname",
];

/** What the tutorial shows to be closed, and is. */
const closed = [
  "namespaces/mount",
  "namespaces/uts",
  "namespaces/ipc",
  "namespaces/net",
  "namespaces/pid",
  "namespaces/user",
  "processes/invisible",
  "processes/not-killable",
  "network/interfaces",
  "devices/mknod",
  "mounts/private",
];

const directory = mkdtempSync(join(tmpdir(), "cloister-tutorial-"));
test.after(() => rmSync(directory, { recursive: true, force: true }));

needs(
  test,
  "root",
  "busybox",
)("verify finds what the tutorial's environment leaves open, and does no harm to the host through it", async () => {
  const before = hostState();
  const tutorial = await startTutorial(join(directory, "root"));
  try {
    const results = new Map(verify(tutorial.pid).map((finding) => [finding.id, finding]));
    assert.equal(wrong(results, open, "fail"), []);
    assert.equal(wrong(results, closed, "pass"), []);
    const failed = [...results.values()].filter((finding) => finding.result === "fail");
    assert.ok(failed.length >= 40, `${failed.length} findings`);
    assert.ok(failed.every((finding) => finding.hint !== null && !finding.evidence.includes("did not report")));
    await tutorial.type("test -d /proc/1");
  } finally {
    await tutorial.end();
  }
  assert.equal(hostState(), before);
});

needs(test, "root")("a process that is not there is an error, not a finding", () => {
  assert.is(refusal(2 ** 22 - 1), "verify/no-process");
});

needs(test, "root")("so is one that nobody can enter: its user namespace maps no root", async () => {
  const child = spawn("unshare", ["--user", "sh", "-c", "echo in; exec sleep 1000"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    assert.is(refusal(child.pid ?? 0), "verify/cannot-enter");
  } finally {
    child.kill("SIGKILL");
    await once(child, "close");
  }
});

test.run();

function verify(pid: number): readonly Finding[] {
  return verifyProcess(pid, machineOf(resolve("src/host/shim.pl"))).findings;
}

/** The code of the error that verify ends with. */
function refusal(pid: number): string {
  try {
    verify(pid);
  } catch (error) {
    if (error instanceof CloisterError) return error.diagnostics.map(({ code }) => code).join(" ");
    throw error;
  }
  return "none";
}

function wrong(results: ReadonlyMap<string, Finding>, ids: readonly string[], wanted: Finding["result"]): string[] {
  return ids.flatMap((id) => {
    const found = results.get(id);
    return found?.result === wanted ? [] : [`${id}: ${found?.result ?? "no such check"}: ${found?.evidence ?? ""}`];
  });
}

function hostState(): unknown {
  const shadow = statSync("/etc/shadow");
  const files = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/kernel/panic", "/proc/self/mountinfo"];
  return [shadow.mtimeMs, shadow.size, shadow.ino, ...files.map((path) => readFileSync(path, "utf8"))];
}
