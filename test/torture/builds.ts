import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { readRoot } from "../../src/host/store.ts";
import { rootPath } from "../../src/model/root.ts";
import type { BuiltRootfs, RootLayer } from "../../src/model/rootfs.ts";
import { stagesOf } from "../../src/model/rootfs.ts";
import type { Step } from "../../src/model/step.ts";
import { busyboxTar } from "../support/busybox.ts";
import { leaks } from "../support/leaks.ts";
import { writeLayout } from "../support/oci-layout.ts";
import { makeRepository } from "../support/repository.ts";
import { buildRoot, storeContent, tinyRelease } from "../support/root-build.ts";
import { tarBytes } from "../support/tar-bytes.ts";
import { until } from "../support/until.ts";
import type { Effort, Trial } from "./trial.ts";

/** What a process that is to be killed builds. */
export interface Task {
  readonly rootfs: BuiltRootfs;
  readonly store: string;
  /** Without what ends a build's commands with the process that started them. */
  readonly naive: boolean;
}

/** How often a build is killed, spread over its whole length: what is quick to build less often in CI, but for a release. */
const moments = { whole: 100, ci: 12 } as const;

/** Builds of roots that are killed at any moment: nothing is left of them that is used later. */
export const builds: readonly Trial[] = (
  [
    ["a release", (directory) => tinyRelease(repositoryIn(directory))],
    ["a tar", (directory) => ({ type: "tar", tar: busyboxTar(join(directory, "root.tar")) })],
    ["an OCI image", imageIn],
    ["layers over a tar", layersIn],
  ] satisfies readonly (readonly [string, (directory: string) => BuiltRootfs])[]
).map(([what, rootfs]) => ({
  id: "R01",
  what: `${what}: built, killed at any moment`,
  run: (effort) => withDirectory((directory) => killEverywhere(directory, rootfs(directory), timesOf(what, effort))),
}));

function timesOf(what: string, { share, oneIn }: Effort): number {
  return share === "ci" && what !== "a release" ? moments.ci : Math.ceil(moments.whole / oneIn);
}

/** Where this process was started to build something and be killed: builds it, and says so. */
export async function buildAsTold(): Promise<boolean> {
  const told = env.CLOISTER_TEST_BUILD;
  if (told === undefined) return false;
  await build(JSON.parse(told));
  return true;
}

function imageIn(directory: string): BuiltRootfs {
  const layers = [
    readFileSync(busyboxTar(join(directory, "root.tar"))),
    tarBytes([{ name: "bin/.wh.sh" }, { name: "etc/new", content: "x" }]),
  ];
  return { type: "oci", oci: writeLayout(join(directory, "image"), [{ name: "", layers, gzip: true }]), image: null };
}

function layersIn(directory: string): BuiltRootfs {
  const file = { content: "x".repeat(1 << 14), uid: 0, gid: 0, mode: "0644" };
  const run = "for name in $(seq 300); do echo $name >/etc/$name; done";
  const layers: readonly RootLayer[] = [
    { type: "files", files: { "/opt/one": file, "/opt/two": file } },
    { type: "setup", run, network: "none" },
    { type: "setup", run: `rm /etc/1 && mkdir /srv/made && ${run}`, network: "none" },
  ];
  const base: BuiltRootfs = { type: "tar", tar: busyboxTar(join(directory, "root.tar")) };
  return layers.reduce<BuiltRootfs>((below, layer) => ({ type: "layered", base: below, layer }), base);
}

async function killEverywhere(directory: string, rootfs: BuiltRootfs, times: number): Promise<number> {
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
  return unfinished;
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

/** What of a build is left on the machine. */
export const leftOf = (directory: string) => leaks({ project: "rootfs-kill", directories: [directory], mustBeEmpty: [] });

/** Starts a build in a process of its own and kills it after so many milliseconds, or at its first word of a stage. Returns how long it ran. */
export function runAndKill(task: Task, when: number | string | null): Promise<number> {
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

/** A repository of one package, busybox. */
export function repositoryIn(directory: string) {
  return makeRepository(directory, "jammy", { tiny: { "bin/busybox": { copyOf: "/bin/busybox" } } });
}

/** A directory that all may read, with a place for a /tmp in it. */
export async function withDirectory<T>(body: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync("/var/tmp/cloister-test-");
  chmodSync(directory, 0o755);
  mkdirSync(join(directory, "tmp"));
  chmodSync(join(directory, "tmp"), 0o1777);
  try {
    return await body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
