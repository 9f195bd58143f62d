import { entryName, entryText, registration } from "../kernel/binfmt.ts";
import type { ElfMachine } from "../kernel/elf.ts";
import { isBelow } from "../kernel/mountinfo.ts";
import { binfmtPlace } from "../model/architecture.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Resource, Scope } from "../model/resource.ts";
import { architectureOf } from "../model/rootfs.ts";
import { foreignElf, interpreterFacts, interpreterPath, interpreterProblems } from "./interpreter.ts";
import { shimStep } from "./keeper.ts";
import type { Cover } from "./masks.ts";
import { compareCovers, coverer, coversOf, detached } from "./masks.ts";
import { mountFlags, mountTable } from "./mount-table.ts";

/**
 * What runs the programs of a root of another architecture: an entry in the binfmt_misc of the environment's own user namespace. The kernel keeps entries for as
 * long as that is mounted somewhere, so it is, where it belongs, and read-only.
 */
export const architecture: Resource<Cover> = {
  name: "architecture",
  stage: "assembly",
  mounted: true,
  path: () => "rootfs.architecture",
  facts(scope) {
    const elf = ownElf(scope);
    const { environment } = scope;
    return ["keeper/mountinfo", ...(elf === null || environment === null ? [] : [entryFact(elf), ...interpreterFacts(environment.rootfs)])];
  },
  want(scope, facts) {
    const elf = ownElf(scope);
    if (elf === null) return new Map();
    return new Map([[binfmtPlace, { text: `${entryText(elf, interpreterPath(elf, facts))}; ${flags}`, propagation: "private", depth: 1 }]]);
  },
  have(scope, facts) {
    const elf = ownElf(scope);
    const entry = (elf === null ? null : text(facts, entryFact(elf))) ?? "no entry";
    return coversOf(facts, "interpreter", (line) => `${entry}; ${mountFlags(line).join(",")}`);
  },
  needs(scope, key) {
    const paths = (scope.environment?.security.read_only_paths ?? []).filter((path) => isBelow(path, key));
    return [...coverer(scope, key), ...paths.map((path) => `${scope.name}.security.read_only_paths[${JSON.stringify(path)}]`)];
  },
  compare: compareCovers,
  seen: ({ key, facts }) => mountTable(facts).get(key)?.line.line,
  describe: ({ text: entry }) => /(?:^|; )interpreter (.*?);/.exec(entry)?.[1] ?? "binfmt_misc",
  create({ scope, key, facts }) {
    const elf = ownElf(scope);
    if (elf === null) return [];
    return [shimStep(scope, `${entryName(elf)} for the root`, ["binfmt", key, registration(elf, interpreterPath(elf, facts)), flags])];
  },
  update: () => "replace",
  remove: ({ scope, key, have }) => detached(scope, key, have.depth),
};

const flags = "nodev,noexec,nosuid,ro";

function ownElf({ environment, machine }: Pick<Scope, "environment" | "machine">): ElfMachine | null {
  return environment === null ? null : foreignElf(environment.rootfs, machine);
}

function entryFact(elf: ElfMachine): FactName {
  return `keeper/binfmt/${entryName(elf)}`;
}

/** Why the programs of its root cannot be run here. */
export function architectureProblems(scope: Scope, facts: Facts): readonly Diagnostic[] {
  const { environment, name } = scope;
  const elf = ownElf(scope);
  if (elf === null || environment === null) return [];
  const own = architectureOf(environment.rootfs) ?? "";
  const refused = (message: string, hint: string): Diagnostic => ({
    ...{ code: "rootfs/foreign-architecture", severity: "error", message: `${name}.rootfs.architecture: ${message}`, hint },
  });
  const problems: Diagnostic[] = [];
  if (environment.namespaces.user !== "private" || environment.namespaces.mount !== "private")
    problems.push(
      refused(`${own} needs a user namespace of the environment's own: the host's binfmt_misc is left alone`, "take users: auto"),
    );
  if (environment.mounts["/proc"]?.type !== "proc")
    problems.push(refused(`${own} needs a proc at /proc`, "leave that mount as it is by default"));
  return [...problems, ...interpreterProblems(environment.rootfs, { machine: scope.machine, facts, name })];
}
