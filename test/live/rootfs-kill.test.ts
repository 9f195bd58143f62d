// timeout: 600 s
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { buildRoot, storeContent, tinyRelease } from "../support/root-build.ts";
import { rooted, storeOf, withTar } from "../support/store-site.ts";
import { testTrials } from "../support/trials.ts";
import { until } from "../support/until.ts";
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
  live("Ctrl-C ends a build, also one that would never end, and nothing of it is kept", () =>
    withTar(async (site) => {
      site.declare({ web: rooted });
      await site.rig.expect(0, "build");
      const base = storeContent(storeOf(site));
      site.declare({ web: { rootfs: { tar: "./root.tar", setup: ["echo begun; sleep 1000"] } } });
      const [file, ...args] = site.rig.command("build");
      const child = spawn(file, args, { cwd: site.rig.directory, env: site.rig.env, stdio: ["ignore", "ignore", "pipe"] });
      let told = "";
      child.stderr.on("data", (chunk: Buffer) => (told += chunk.toString()));
      const ended = new Promise((done) => child.once("close", done));
      const logs = join(storeOf(site), "logs");
      const begun = (name: string) => /^begun$/m.test(readFileSync(join(logs, name), "utf8"));
      await until("the command runs", () => existsSync(logs) && readdirSync(logs).some(begun));
      child.kill("SIGINT");
      assert.is(await ended, 130, told);
      assert.equal(storeContent(storeOf(site)), base);
    }),
  );
  testTrials(builds, "mmdebstrap", "gpg");
}

if (!(await buildAsTold())) main();
