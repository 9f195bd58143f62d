import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { collectRoot } from "../../src/host/facts.ts";
import { runCommand } from "../../src/host/run.ts";
import type { Build } from "../../src/host/store.ts";
import { beginBuild, derivedKinds } from "../../src/host/store.ts";
import { leaveStore, useStore } from "../../src/host/store-users.ts";
import { CloisterError } from "../../src/model/diagnostic.ts";
import type { Fact, Facts } from "../../src/model/fact.ts";
import type { Root } from "../../src/model/root.ts";
import type { BuiltRootfs, ReleaseRootfs } from "../../src/model/rootfs.ts";
import type { Step, Text } from "../../src/model/step.ts";
import { builtRoot, rootAddress, rootFacts, rootKey, roots } from "../../src/resources/rootfs.ts";
import type { Repository } from "./repository.ts";

/** Facts from a table (null: absent); asking for another one is a mistake of the test. */
export function factsOf(table: Readonly<Record<string, string | null>>): Facts {
  return {
    get(name): Fact {
      const value = table[name];
      if (value === undefined) throw new Error(`no fact ${name} in this test`);
      return value === null ? { absent: "not there" } : { text: value };
    },
  };
}

/** The facts of a root on this machine; `without`: tools that are to be missing. */
export function rootFactsHere(rootfs: BuiltRootfs, store: string, without: readonly string[] = []): Facts {
  const seen = collectRoot(rootFacts(rootfs), { store, directory: null, offline: without.includes("network") });
  return {
    get(name) {
      const fact = seen.get(name);
      if (fact === undefined) throw new Error(`no fact ${name} in this test`);
      return without.some((tool) => name === `tool/${tool}`) ? { absent: "not there" } : fact;
    },
  };
}

/** How a test builds a root. */
export interface BuildOptions {
  readonly without?: readonly string[];
  /** Changes a step before it is carried out, for negative controls. */
  readonly change?: (step: Step) => Step;
  readonly onStep?: (step: Step) => void;
  readonly onProgress?: (stage: string) => void;
}

/** Builds a root into `store` by the steps of its resource, as the engine does. */
export async function buildRoot(rootfs: BuiltRootfs, store: string, options: BuildOptions = {}): Promise<Root> {
  const { change = (step) => step, onStep, onProgress } = options;
  if (rootfs.type === "layered" && builtRoot(rootfs.base, rootFactsHere(rootfs.base, store)) === null)
    await buildRoot(rootfs.base, store, options);
  let build: Build | null = null;
  let root: Root | null = null;
  // While a run is noted there nobody removes /run/cloister, on which builds have their mounts.
  await useStore(store, "build");
  try {
    for (const step of rootSteps(rootfs, store, options.without).map(change)) {
      onStep?.(step);
      if (step.type === "stage") build = await beginBuild(step.store, step.key);
      else if (step.type === "image" && build !== null) root = await build.commit(step.root);
      else if (step.type === "write") writeFileSync(plain(step.path), plain(step.content));
      else if (step.type === "run") {
        const [command, log, progress] = [step.command.map(plain), step.log ?? null, step.progress ?? null];
        await runCommand({
          command,
          log,
          progress,
          tolerates: [],
          input: step.input ?? null,
          onProgress: ({ stage }) => onProgress?.(stage),
        }).catch(withCause);
      } else throw new Error(`a root is not built by a step ${step.type}`);
    }
  } finally {
    await build?.abandon();
    leaveStore();
  }
  if (root === null) throw new Error("no root was committed");
  return root;
}

/** The same error, with what the tool said in its message: nothing else shows it in a test. */
function withCause(error: unknown): never {
  if (error instanceof CloisterError) error.message += `: ${error.diagnostics.map(({ cause = "" }) => cause).join("; ")}`;
  throw error;
}

/** The steps that build it on this machine. */
function rootSteps(rootfs: BuiltRootfs, store: string, without: readonly string[] = []): readonly Step[] {
  const facts = rootFactsHere(rootfs, store, without);
  const key = rootKey(rootfs, facts);
  const places = { run: "/nowhere", store, uppers: "/nowhere", volumes: "/nowhere", logs: "/nowhere", cgroups: [] };
  const machine = { shim: resolve("src/host/shim.pl"), architecture: process.arch, lastCapability: 40, raisesLimits: true };
  return roots.create({ key, address: rootAddress(key, rootfs), want: rootfs, facts, places, machine, building: new Set() });
}

/** A root of one package from a repository of our own, unpacked only: half a second. */
export function tinyRelease(
  { mirror, keyring }: Pick<Repository, "mirror" | "keyring">,
  changes: Partial<ReleaseRootfs> = {},
): ReleaseRootfs {
  const release = { type: "release", release: "jammy", distribution: "ubuntu", variant: "extract", components: ["main"] } as const;
  return { ...release, packages: ["tiny"], mirror, keyring, tool: "mmdebstrap", ...changes };
}

/** Names of everything in a store: [] where it holds nothing at all. */
export function storeContent(store: string): readonly string[] {
  return ["roots", "sha256", "trees", ...derivedKinds, "tmp"].flatMap((place) =>
    existsSync(`${store}/${place}`) ? readdirSync(`${store}/${place}`).map((name) => `${place}/${name}`) : [],
  );
}

function plain(text: Text): string {
  if (typeof text !== "string") throw new Error("a root's steps need no reference");
  return text;
}
