// timeout: 600 s
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { buildRoot, storeContent, tinyRelease } from "../support/root-build.ts";
import { testTrials } from "../support/trials.ts";
import type { Task } from "../torture/builds.ts";
import { buildAsTold, builds, leftOf, repositoryIn, runAndKill, withDirectory } from "../torture/builds.ts";

function main(): void {
  const live = needs(test, "root", "mmdebstrap", "busybox", "gpg");
  // The control: it is the death signal that ends them.
  live("without it a killed build goes on, and the next one waits for it before it clears up", () =>
    withDirectory(async (directory) => {
      const task: Task = { rootfs: tinyRelease(repositoryIn(directory)), store: join(directory, "store"), naive: true };
      // At its first word, so that enough is left to go on with.
      await runAndKill(task, "updating lists");
      assert.ok(
        leftOf(directory).some((line) => line.startsWith("process ")),
        "nothing went on: the control is none",
      );
      const root = await buildRoot(task.rootfs, task.store);
      assert.equal(leftOf(directory), []);
      assert.equal(storeContent(task.store), [`roots/${root.key}.json`, `sha256/${root.digest}`]);
    }),
  );
  testTrials(builds, "mmdebstrap", "gpg");
}

if (!(await buildAsTold())) main();
