// timeout: 600 s
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readRoot } from "../../src/host/store.ts";
import { rootPath } from "../../src/model/root.ts";
import type { BuiltRootfs } from "../../src/model/rootfs.ts";
import { stagesOf } from "../../src/model/rootfs.ts";
import type { Step } from "../../src/model/step.ts";
import { busyboxTar } from "../support/busybox.ts";
import { leaks } from "../support/leaks.ts";
import { needs } from "../support/needs.ts";
import { writeLayout } from "../support/oci-layout.ts";
import { makeRepository } from "../support/repository.ts";
import { buildRoot, storeContent, tinyRelease } from "../support/root-build.ts";
import { tarBytes } from "../support/tar-bytes.ts";
import { until } from "../support/until.ts";

/** What a process that is to be killed builds: this file, run by itself, is that process. */
interface Task {
  readonly rootfs: BuiltRootfs;
  readonly store: string;
  /** Without what ends a build's commands with the process that started them. */
  readonly naive: boolean;
}

/** How often a build is killed, spread over its whole length: one kind at a hundred moments, the others at fewer. */
const moments = { most: 100, some: 12 } as const;

function main(): void {
  const live = needs(test, "root", "mmdebstrap", "busybox", "gpg");
  live("a release's build that is killed at any moment leaves nothing that is used later", () =>
    withDirectory((directory) => killEverywhere(directory, tinyRelease(repositoryIn(directory)), moments.most)),
  );
  live("a tar's build that is killed at any moment leaves nothing that is used later", () =>
    withDirectory((directory) => killEverywhere(directory, { type: "tar", tar: busyboxTar(join(directory, "root.tar")) })),
  );
  live("an OCI image's build that is killed at any moment leaves nothing that is used later", () =>
    withDirectory((directory) => {
      const layers = [
        readFileSync(busyboxTar(join(directory, "root.tar"))),
        tarBytes([{ name: "bin/.wh.sh" }, { name: "etc/new", content: "x" }]),
      ];
      return killEverywhere(directory, {
        type: "oci",
        oci: writeLayout(join(directory, "image"), [{ name: "", layers, gzip: true }]),
        image: null,
      });
    }),
  );
  live("a layer's build that is killed at any moment leaves nothing that is used later", () =>
    withDirectory((directory) => {
      const base: BuiltRootfs = { type: "tar", tar: busyboxTar(join(directory, "root.tar")) };
      const run = "for name in $(seq 300); do echo $name >/etc/$name; done";
      return killEverywhere(directory, { type: "layered", base, layer: { type: "setup", run, network: "none" } });
    }),
  );
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
  test.run();
}

async function killEverywhere(directory: string, rootfs: BuiltRootfs, times: number = moments.some): Promise<void> {
  const whole = await runAndKill({ rootfs, store: join(directory, "whole"), naive: false }, null);
  const store = join(directory, "store");
  const stages = stagesOf(rootfs).length;
  let unfinished = 0;
  for (let moment = 0; moment < times; moment += 1) {
    await runAndKill({ rootfs, store, naive: false }, ((moment + 0.5) / times) * whole);
    awaitDead(store);
    // The lock is free a moment before the kernel has taken the last process and its mounts apart.
    await until(`killed at moment ${moment}: nothing left`, () => leftOf(directory).length === 0).catch(() => undefined);
    assert.equal(leftOf(directory), [], `killed at moment ${moment}`);
    assert.equal(readdirSync(join(directory, "tmp")), [], `killed at moment ${moment}`);
    if (everyRootIsWhole(store) < stages) unfinished += 1;
    else for (const name of readdirSync(`${store}/roots`)) rmSync(`${store}/roots/${name}`);
  }
  assert.ok(unfinished >= times / 2, `only ${unfinished} of ${times} builds were cut`);
  const root = await buildRoot(rootfs, store);
  assert.is(everyRootIsWhole(store), stages);
  const content = storeContent(store);
  assert.is(content.length, 2 * stages, content.join(" "));
  assert.ok([`roots/${root.key}.json`, `sha256/${root.digest}`].every((name) => content.includes(name)));
}

/** Every index entry, whatever was cut when, names an image whose bytes have its digest. Returns how many there are. */
function everyRootIsWhole(store: string): number {
  const names = existsSync(`${store}/roots`) ? readdirSync(`${store}/roots`).filter((name) => name.endsWith(".json")) : [];
  for (const name of names) {
    const root = readRoot(store, name.replace(/\.json$/, ""));
    assert.ok(root, `${name} names nothing`);
    if (root !== null)
      assert.is(
        createHash("sha256")
          .update(readFileSync(rootPath(store, root)))
          .digest("hex"),
        root.digest,
      );
  }
  return names.length;
}

/** The commands of the killed build hold a lock while any of them lives. */
function awaitDead(store: string): void {
  for (const key of existsSync(`${store}/tmp`) ? readdirSync(`${store}/tmp`) : []) {
    const alive = `${store}/tmp/${key}/alive`;
    if (existsSync(alive)) spawnSync("flock", [alive, "true"], { timeout: 20_000 });
  }
}

const leftOf = (directory: string) => leaks({ project: "rootfs-kill", directories: [directory], mustBeEmpty: [] });

/** Starts a build in a process of its own and kills it after so many milliseconds, or at its first word of a stage. Returns how long it ran. */
function runAndKill(task: Task, when: number | string | null): Promise<number> {
  return new Promise((done, failed) => {
    const begun = performance.now();
    // With a /tmp of its own, to see what is left there; the checkout, which it might cover, elsewhere.
    const script = 'mount --bind "$2" /mnt && mount --bind "$1" /tmp && cd /mnt && shift 2 && exec "$@"';
    const here = relative(process.cwd(), fileURLToPath(import.meta.url));
    const own = ["--mount", "sh", "-c", script, "sh", join(task.store, "../tmp"), process.cwd()];
    const child = spawn("unshare", [...own, process.execPath, here], {
      env: { ...env, CLOISTER_TEST_BUILD: JSON.stringify(task) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const timer = typeof when === "number" ? setTimeout(() => child.kill("SIGKILL"), when) : null;
    child.stdout.on("data", (chunk: Buffer) => {
      if (typeof when === "string" && chunk.toString().includes(when)) child.kill("SIGKILL");
    });
    child.once("error", failed);
    child.once("exit", (code) => {
      if (timer !== null) clearTimeout(timer);
      if (when === null && code !== 0) failed(new Error(`the build ended with ${code}`));
      else done(performance.now() - begun);
    });
  });
}

async function build({ rootfs, store, naive }: Task): Promise<void> {
  const mark = ["setpriv", "--pdeathsig", "KILL"];
  const loose = (step: Step): Step =>
    step.type === "run" ? { ...step, command: step.command.filter((word) => typeof word !== "string" || !mark.includes(word)) } : step;
  await buildRoot(rootfs, store, { onProgress: (stage) => process.stdout.write(`${stage}\n`), ...(naive ? { change: loose } : {}) });
}

function repositoryIn(directory: string) {
  return makeRepository(directory, "jammy", { tiny: { "bin/busybox": { copyOf: "/bin/busybox" } } });
}

async function withDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync("/var/tmp/cloister-test-");
  chmodSync(directory, 0o755);
  mkdirSync(join(directory, "tmp"));
  chmodSync(join(directory, "tmp"), 0o1777);
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const task = env.CLOISTER_TEST_BUILD;
if (task === undefined) main();
else await build(JSON.parse(task));
