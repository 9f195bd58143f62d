import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { collectRoot } from "../../host/facts.ts";
import { digestOfFile } from "../../host/file-digest.ts";
import { runCommand } from "../../host/run.ts";
import type { Build } from "../../host/store.ts";
import { beginBuild } from "../../host/store.ts";
import { leaveStore, useStore } from "../../host/store-users.ts";
import { CloisterError } from "../../model/diagnostic.ts";
import type { Environment } from "../../model/environment.ts";
import type { Facts } from "../../model/fact.ts";
import type { Root } from "../../model/root.ts";
import { rootPath } from "../../model/root.ts";
import type { BuiltRootfs } from "../../model/rootfs.ts";
import { releaseOf, stagesOf } from "../../model/rootfs.ts";
import type { Step, Text } from "../../model/step.ts";
import { interpreterProblems } from "../../resources/interpreter.ts";
import { builtRoot, rootAddress, rootFacts, rootKey, rootName, rootProblems, roots } from "../../resources/rootfs.ts";
import type { RebuiltRoot } from "../../ui/render-root-verify.ts";
import type { RootStore } from "../root-store.ts";
import { fileDifferences } from "./diff.ts";
import { treeEntries } from "./tree-entries.ts";

/** Where roots are built anew. */
interface Place {
  readonly store: RootStore;
  /** The manifest's: its lock lies there. */
  readonly directory: string | null;
}

/**
 * Builds everything that the root of an environment consists of once more, beside what stands in the store, which stays as it is, and compares the two.
 * Throws `rootfs/not-locked` where only the mirror of the day says what it is made of, and whatever a build throws.
 */
export async function rebuild({ name, rootfs }: Environment, { store, directory }: Place): Promise<readonly RebuiltRoot[]> {
  const release = releaseOf(rootfs);
  if (release !== null && release.locked === undefined) {
    const message = `the root of ${name} (${rootName(release)}) is not locked: a build of it is of what the mirror has today`;
    throw new CloisterError({ code: "rootfs/not-locked", severity: "error", message, hint: "cloister lock, then cloister build --locked" });
  }
  const found: RebuiltRoot[] = [];
  await useStore(store.path, "rootfs");
  try {
    for (const stage of stagesOf(rootfs)) found.push(await rebuildStage(stage, { store, directory }));
  } finally {
    leaveStore();
  }
  return found;
}

/** The same of one stage, by a process that has noted itself as a user of the store. */
export async function rebuildStage(stage: BuiltRootfs, { store, directory }: Place): Promise<RebuiltRoot> {
  const seen = collectRoot(rootFacts(stage), { store: store.path, directory, offline: false });
  const facts: Facts = { get: (name) => seen.get(name) ?? { absent: "not asked for" } };
  const root = builtRoot(stage, facts);
  if (root === null) {
    const hint = "cloister build --locked";
    throw new CloisterError({ code: "rootfs/not-built", severity: "error", message: `${rootName(stage)} is not in the store`, hint });
  }
  const missing: Facts = { get: (name) => (name === `store/${root.key}` ? { absent: "to be built anew" } : facts.get(name)) };
  const here = { machine: { architecture: process.arch }, facts, name: rootName(stage) };
  const problems = [...rootProblems(stage, missing), ...interpreterProblems(stage, here)];
  if (problems.length > 0) throw new CloisterError(problems);
  let build: Build | null = null;
  try {
    for (const step of stepsOf(stage, root, { facts, store })) {
      if (step.type === "stage") build = await beginOwnBuild(store.path, step.key);
      else if (step.type === "write") writeFileSync(words(step.path), words(step.content), { mode: 0o600 });
      else if (step.type === "run") await runStep(step);
      else if (step.type === "image" && build !== null)
        return await compared(root, `${build.directory}/${imageOf(step.root.format)}`, store);
      else throw new Error(`a root is not built by a step ${step.type}`);
    }
  } finally {
    await build?.abandon();
  }
  throw new Error(`no step made an image of ${root.name}`);
}

function stepsOf(
  want: BuiltRootfs,
  { key }: Root,
  { facts, store }: { readonly facts: Facts; readonly store: RootStore },
): readonly Step[] {
  const places = { run: "", store: store.path, uppers: "", volumes: "", logs: "", cgroups: [] };
  const machine = { shim: store.shim, architecture: process.arch, lastCapability: 0, raisesLimits: false };
  // As the engine asks for it, but for what is built in the same plan: nothing is.
  return roots.create({ key: rootKey(want, facts), address: rootAddress(key, want), want, facts, places, machine, building: new Set() });
}

/** A build whose directory nobody else has filled meanwhile. */
async function beginOwnBuild(store: string, key: string): Promise<Build> {
  for (;;) {
    const build = await beginBuild(store, key);
    if (!existsSync(`${build.directory}/done`)) return build;
    await build.abandon();
  }
}

async function runStep({ command, log, progress, input }: Extract<Step, { readonly type: "run" }>): Promise<void> {
  const about = { log: log ?? null, progress: progress ?? null, input: input ?? null };
  await runCommand({ command: command.map(words), ...about, tolerates: [], onProgress: () => undefined });
}

const imageOf = (format: Root["format"]) => (format === "erofs" ? "image" : "tree");

/** The digest of what was built now, and where it is another one the first path that tells the two apart. */
async function compared(root: Root, path: string, { path: store, shim }: RootStore): Promise<RebuiltRoot> {
  const digest = path.endsWith("/image")
    ? (digestOfFile(path) ?? "")
    : readFileSync(`${path.replace(/tree$/, "")}digest`, "utf8").slice(0, 64);
  if (digest === root.digest) return { root, digest, first: null };
  const [before, after] = [
    await treeEntries(shim, { layers: [rootPath(store, root)] }, true),
    await treeEntries(shim, { layers: [path] }, true),
  ];
  return { root, digest, first: fileDifferences(before, after)[0] ?? null };
}

function words(text: Text): string {
  if (typeof text !== "string") throw new Error("what a root is built anew from stands in the store");
  return text;
}
