import { resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Result, Rig } from "../support/rig.ts";
import { withRig } from "../support/rig.ts";

const live = needs(test, "root", "a package mirror", "mmdebstrap", "catatonit", "capsh");

const demo = (rig: Rig): Promise<Result> => {
  const flags = ["--data-dir", rig.dataDir, "--state-dir", rig.stateDir, "--project", rig.project];
  return rig.start(["sh", resolve("src/build/demo.sh"), ...flags], { cwd: resolve("."), timeoutMs: 240_000 });
};

live("the demo ends with a proof and tells how to go on; run again it changes nothing, in under two seconds", async () => {
  await withRig(
    async (rig) => {
      const first = await demo(rig);
      assert.is(first.code, 0, first.stdout.slice(-2_000) + first.stderr);
      assert.match(first.stdout, /better-root \(pid \d+\) is isolated: \d+ passed/);
      for (const word of ["enter", "look", "change", "destroy"]) assert.match(first.stdout, new RegExp(`^ {2}${word} `, "m"));

      const pid = /\(pid (\d+)\)/.exec(first.stdout)?.[1];
      const started = performance.now();
      const second = await demo(rig);
      const seconds = (performance.now() - started) / 1000;
      assert.is(second.code, 0, second.stderr);
      assert.match(second.stdout, /nothing to change: better-root is as the manifest wants/);
      assert.match(second.stdout, new RegExp(`better-root \\(pid ${pid}\\) is isolated`));
      assert.ok(seconds < 2, `${seconds} s`);

      await rig.expect(0, "destroy", "--yes", "--volumes", "--file", resolve("examples/better-root.yaml"));
    },
    { store: "shared" },
  );
});

test.run();
