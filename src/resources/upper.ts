import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { installedFile } from "../model/installed.ts";
import type { Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { root, upperName } from "./root.ts";

/** What is to become of what an environment wrote: all of it goes, but for what lies at or below these paths inside. */
export interface Reset {
  readonly keep: readonly string[];
}

/**
 * Steps that drop what an environment wrote over the root that it has (or would have, where it does not run); [] where nothing was written. It is renamed first,
 * so that a start after a kill finds all of it, or nothing; what is kept comes back whole, or stays aside under that other name.
 */
export function resetSteps(scope: Scope, facts: Facts, { keep }: Reset): readonly Step[] {
  const layer = layerOf(scope, facts);
  const names = (text(facts, `names/${scope.places.uppers}`) ?? "").split("\n");
  if (layer === null) return [];
  const path = `${scope.places.uppers}/${layer}`;
  if (keep.length === 0) {
    const gone = `${path}.gone`;
    const left: readonly Step[] = names.includes(`${layer}.gone`) ? [removal("what an earlier reset left", gone)] : [];
    if (!names.includes(layer)) return left;
    return [...left, { type: "move", title: "set the overlay aside", from: path, to: gone }, removal("what was written", gone)];
  }
  const aside = `${path}.kept`;
  const cut = names.includes(`${layer}.kept`);
  if (!names.includes(layer) && !cut) return [];
  const resumed: readonly Step[] =
    cut && names.includes(layer) ? [{ type: "move", title: "what an earlier reset kept", from: aside, to: `${aside}-${scope.id}` }] : [];
  return [
    ...resumed,
    { type: "move", title: "set the overlay aside", from: path, to: aside },
    {
      type: "run",
      title: "drop what was written, but what is kept",
      command: ["env", "--chdir", `${aside}/u`, ...pruning(keep)],
      lasts: true,
    },
    uncovering(scope, `${aside}/u`, keep),
    removal("working directory", `${aside}/w`),
    // What was installed went, but for what lies where something is kept.
    { type: "remove", title: "what was noted of packages", path: `${aside}/${installedFile}`, how: "file" },
    {
      type: "move",
      title: "what is kept comes back",
      from: aside,
      to: `${scope.places.uppers}/${chainAnew(scope, facts, names) ?? layer}`,
    },
  ];
}

function removal(title: string, path: string): Step {
  return { type: "remove", title, path, how: "tree" };
}

/** The root that it has, else that which it would start with. */
function layerOf(scope: Scope, facts: Facts): string | null {
  const { keeper, environment } = scope;
  const has = keeper === null ? undefined : root.have({ ...scope, keeper }, facts).get("/");
  const found = has ?? (environment === null ? undefined : root.want({ ...scope, environment }, facts).get("/"));
  return found?.overlay !== "persistent" || found.layer === null ? null : upperName(found.layer);
}

/** What the upper of the next life is known by, where it is another one and nothing lies there: of what was installed in place a layer takes the place. */
function chainAnew({ environment, ...scope }: Scope, facts: Facts, names: readonly string[]): string | null {
  if (environment === null) return null;
  const { layer = null } = root.want({ ...scope, environment, keeper: null, reset: true }, facts).get("/") ?? {};
  const name = layer === null ? null : upperName(layer);
  return name === null || names.includes(name) ? null : name;
}

/** find(1) follows no link, and nobody who could put one there lives any more. A directory on the way to what is kept stays. */
function pruning(keep: readonly string[]): readonly string[] {
  const pattern = (path: string) => `.${path}`.replace(/[*?[\\]/g, "\\$&");
  return [
    ...["find", ".", "-mindepth", "1"],
    ...keep.flatMap((path) => ["-path", pattern(path), "-prune", "-o"]),
    ...parentsOf(keep).flatMap((path) => ["-type", "d", "-path", pattern(path), "-o"]),
    ...["-prune", "-exec", "rm", "-rf", "--one-file-system", "--", "{}", "+"],
  ];
}

/** A directory on the way to what is kept may have been made anew inside, over one of the root: what lies there in the root is seen again. */
function uncovering({ machine }: Scope, upper: string, keep: readonly string[]): Step {
  const command = ["perl", machine.shim, machine.architecture, "uncover", upper, ...parentsOf(keep)];
  return { type: "run", title: "show the root beside what is kept", command };
}

/** The directories on the way to these paths. */
function parentsOf(keep: readonly string[]): readonly string[] {
  return [
    ...new Set(keep.flatMap((path) => path.split("/").flatMap((_, index, parts) => (index < 2 ? [] : [parts.slice(0, index).join("/")])))),
  ];
}
