import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { leftoverMounts } from "../../support/leaks.ts";
import { needs } from "../../support/needs.ts";
import type { Rig } from "../../support/rig.ts";
import { withRig } from "../../support/rig.ts";

const live = needs(test, "root");

/** Asserts that a rig whose body leaves something behind fails with words for it, and that the sweep takes it away. */
async function leaves(words: RegExp, leave: (rig: Rig) => Promise<void> | void): Promise<Rig> {
  const rigs: Rig[] = [];
  const problems: unknown[] = [];
  try {
    await withRig(
      async (rig) => {
        rigs.push(rig);
        await leave(rig);
      },
      { destroys: false },
    );
  } catch (error) {
    assert.match(String(error), words);
    problems.push(error);
  }
  assert.is(problems.length, 1, "nothing was found");
  const [rig] = rigs;
  if (rig === undefined) throw new Error("the body was not run");
  assert.not(existsSync(dirname(rig.directory)));
  return rig;
}

live("a rig that leaves nothing passes", async () => {
  await withRig((rig) => {
    rig.write("a/b.txt", "text");
    return Promise.resolve();
  });
});

live("finds a process by the mark in its environ, and ends it", async () => {
  const pids: number[] = [];
  await leaves(/process \d+: CLOISTER_ENVIRONMENT=t-/, async (rig) => {
    const child = spawn("sleep", ["60"], {
      env: { ...rig.env, CLOISTER_ENVIRONMENT: `${rig.project}/one` },
      stdio: "ignore",
      detached: true,
    });
    await once(child, "spawn");
    pids.push(child.pid ?? 0);
  });
  const [pid = 0] = pids;
  assert.ok(pid > 0);
  assert.match(existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "Z (gone)", /\bZ\b/);
});

live("finds a process by the directory that it holds open", async () => {
  await leaves(/process \d+: cwd is /, async (rig) => {
    await once(spawn("sleep", ["60"], { env: rig.env, cwd: rig.directory, stdio: "ignore", detached: true }), "spawn");
  });
});

live("finds a mount on the host, and takes it away", async () => {
  const rig = await leaves(/mount host: .* tmpfs /, (made) => {
    const target = join(made.directory, "mounted");
    mkdirSync(target);
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", target]);
  });
  assert.not.match(readFileSync("/proc/self/mountinfo", "utf8"), new RegExp(rig.directory));
});

live("finds a mount in another mount namespace", async () => {
  await leaves(/mount copy of the host's, mnt:\[\d+\] of \d+: .* tmpfs /, async (rig) => {
    const target = join(rig.directory, "mounted");
    mkdirSync(target);
    const script = 'mount -t tmpfs tmpfs "$1" && echo ready && exec sleep 60 >/dev/null';
    const child = spawn("unshare", ["--mount", "sh", "-c", script, "sh", target], {
      env: { ...rig.env, CLOISTER_PROCESS: `${rig.project}/one/main` },
      stdio: ["ignore", "pipe", "ignore"],
    });
    await once(child.stdout, "data");
    child.unref();
  });
});

live("awaits the end of a namespace of somebody else's, who has a copy of what was mounted on the host", async () => {
  const ended: Promise<unknown>[] = [];
  await withRig(async (rig) => {
    const target = join(rig.directory, "mounted");
    mkdirSync(target);
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", target]);
    const other = spawn("unshare", ["--mount", "sh", "-c", "echo ready; exec cat >/dev/null"], { stdio: ["pipe", "pipe", "ignore"] });
    await once(other.stdout, "data");
    execFileSync("umount", [target]);
    assert.match(leftoverMounts(rig.owner).join("\n"), /^copy of the host's, mnt:\[\d+\] of \d+: [^\n]* tmpfs [^\n]*$/);
    // What ends it comes from the other side of an event: the rig's end looks at least once before.
    ended.push(once(other, "exit"));
    setImmediate(() => other.stdin.end());
  });
  assert.is(ended.length, 1);
  await Promise.all(ended);
});

live("finds a control group, and takes it away", async () => {
  const mountPoint = /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2? /m.exec(readFileSync("/proc/self/mountinfo", "utf8"))?.[1] ?? "";
  const shared = join(mountPoint, "cloister");
  const before = existsSync(shared);
  const rig = await leaves(/control group .*\/cloister\/t-/, ({ project }) => {
    mkdirSync(join(shared, project, "one-abcdefgh"), { recursive: true });
  });
  assert.not(existsSync(join(shared, rig.project)));
  if (!before) execFileSync("rmdir", ["--ignore-fail-on-non-empty", shared]);
});

live("finds state and temporary files", async () => {
  await leaves(/file .*\/state\/record[\s\S]*file .*\/tmp\/scratch/, (rig) => {
    writeFileSync(join(rig.stateDir, "record"), "");
    writeFileSync(join(rig.env.TMPDIR ?? "", "scratch"), "");
  });
});

live("a test's own failure is what is thrown", async () => {
  await leaves(/the test's own words/, () => {
    throw new Error("the test's own words");
  });
});

test.run();
