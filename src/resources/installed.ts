import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { InstalledInPlace } from "../model/installed.ts";
import { installedFile, parseInstalled } from "../model/installed.ts";
import type { Scope } from "../model/resource.ts";
import type { LowerRoot } from "../model/root.ts";
import { chainName, digest16, layersOf } from "../model/root.ts";
import type { LayeredRootfs, Rootfs } from "../model/rootfs.ts";
import type { Step } from "../model/step.ts";
import { enterKeys } from "./enter.ts";
import { builtRoot, rootFacts, rootKey, stageName } from "./rootfs.ts";

/** A root whose topmost layer are packages: these can come into an environment that runs. */
export type PackagesRoot = LayeredRootfs & { readonly layer: { readonly type: "packages"; readonly packages: readonly string[] } };

/** The root as one whose topmost layer are packages, or null. */
function packagesOnTop(rootfs: Rootfs): PackagesRoot | null {
  if (rootfs.type !== "layered" || rootfs.layer.type !== "packages") return null;
  return { ...rootfs, layer: rootfs.layer };
}

/** What must be seen to tell whether packages were, or can be, installed in place; nothing for any other root. */
export function installedFacts({ environment, last, places, keeper }: Scope): readonly string[] {
  const wanted = environment === null ? null : packagesOnTop(environment.rootfs);
  if (wanted === null) return [];
  const before = last === undefined || last === null || keeper === null ? null : packagesOnTop(last.rootfs);
  return [`installed/${places.uppers}`, `names/${places.uppers}`, ...(before === null ? [] : rootFacts(before))];
}

/** One of an environment's uppers that packages were installed in. */
interface Beside extends InstalledInPlace {
  readonly upper: string;
}

function installedIn(scope: Scope, facts: Facts): readonly Beside[] {
  const found: unknown = JSON.parse(text(facts, `installed/${scope.places.uppers}`) ?? "{}");
  return Object.entries(typeof found === "object" && found !== null ? found : {}).flatMap(([upper, written]) => {
    const installed = typeof written === "string" ? parseInstalled(written) : null;
    return installed === null ? [] : [{ ...installed, upper }];
  });
}

/**
 * The layers that a root consists of in this environment: those that were built, or without that of its packages, where the upper has them. `running`: the names
 * of the layers that it runs on, joined by `+`; null where it does not run. Null: the root is not built.
 */
export function layersHere(scope: Scope, rootfs: Rootfs, { facts, running }: { readonly facts: Facts; readonly running: string | null }) {
  if (rootfs.type === "directory") return null;
  const built = builtRoot(rootfs, facts);
  if (built === null) return null;
  const whole = layersOf(built);
  const top = packagesOnTop(rootfs);
  const base = top === null ? null : builtRoot(top.base, facts);
  if (base === null || scope.reset === true || running === namesOf(whole)) return whole;
  const began = namesOf(layersOf(base));
  const fits = ({ upper, layer, lowers }: Beside) => {
    const names = namesOf(lowers);
    const own = upper === chainName(names.split("+"));
    if (layer !== digest16(built) || (names !== began && !names.startsWith(`${began}+`))) return false;
    return running === null ? own : names === running && (own || upper === `ephemeral-${scope.id}`);
  };
  const uppers = (text(facts, `names/${scope.places.uppers}`) ?? "").split("\n");
  if (running === null && uppers.includes(chainName(namesOf(whole).split("+")))) return whole;
  return installedIn(scope, facts).find(fits)?.lowers ?? whole;
}

/** The names of layers from the lowest on, joined by `+`. */
export function namesOf(layers: readonly LowerRoot[]): string {
  return layers.map(digest16).join("+");
}

interface Running {
  /** The names of the layers that it runs on, joined by `+`. */
  readonly layer: string;
  readonly overlay: "persistent" | "ephemeral";
  readonly facts: Facts;
}

/** Steps that install what a root has more than that on which an environment runs; null where it differs in more than packages that are added, or nothing can be written. */
export function installSteps(scope: Scope, { layer, overlay, facts }: Running): readonly Step[] | null {
  const { environment, places, machine, keeper } = scope;
  const top = environment === null ? null : packagesOnTop(environment.rootfs);
  if (environment === null || top === null || keeper === null || scope.base === 0) return null;
  const base = builtRoot(top.base, facts);
  const upper = `${places.uppers}/${overlay === "ephemeral" ? `ephemeral-${scope.id}` : chainName(layer.split("+"))}`;
  const before = base === null ? null : standing(scope, { layer, upper, facts, base: layersOf(base) });
  const wanted = [...new Set(top.layer.packages)];
  if (before === null || !before.packages.every((name) => wanted.includes(name))) return null;
  const key = rootKey(top, facts);
  const note = JSON.stringify({ packages: wanted, lowers: before.lowers.map(({ digest, format, bytes }) => ({ digest, format, bytes })) });
  const keys = enterKeys({ ...scope, environment }, { group: "exec", user: "0", workingDirectory: "/" });
  const command = [
    "perl",
    machine.shim,
    machine.architecture,
    "install",
    `index=${places.store}/packages/${key}`,
    `debs=${places.store}/debs`,
  ];
  const name = stageName(top, facts);
  return [
    {
      type: "run",
      title: `install ${wanted.filter((one) => !before.packages.includes(one)).join(", ") || wanted.join(", ")}`,
      command: [...command, ...keys, "--", ...wanted],
    },
    {
      type: "write",
      title: "note what was installed",
      path: `${upper}/${installedFile}`,
      content: ['{"layer":"', ...(typeof name === "string" || "of" in name ? [name] : name), `",${note.slice(1)}\n`],
      to: "file",
      mode: 0o600,
    },
  ];
}

interface Found {
  readonly layer: string;
  readonly upper: string;
  readonly facts: Facts;
  readonly base: readonly LowerRoot[];
}

/** The packages that an environment has, and the layers that it runs on: those of the base, or of a layer of packages over it. */
function standing(scope: Scope, { layer, upper, facts, base }: Found): Pick<InstalledInPlace, "packages" | "lowers"> | null {
  const noted = installedIn(scope, facts).find((one) => `${scope.places.uppers}/${one.upper}` === upper && namesOf(one.lowers) === layer);
  if (noted !== undefined) return noted;
  if (layer === namesOf(base)) return { packages: [], lowers: base };
  const before = scope.last === undefined || scope.last === null ? null : packagesOnTop(scope.last.rootfs);
  const built = before === null ? null : builtRoot(before, facts);
  if (before === null || built === null || namesOf(layersOf(built)) !== layer || !layer.startsWith(`${namesOf(base)}+`)) return null;
  return { packages: before.layer.packages, lowers: layersOf(built) };
}
