import type { MountLine } from "../kernel/mountinfo.ts";
import { isBelow } from "../kernel/mountinfo.ts";
import type { Environment } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Difference, Resource, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { namespacesAddress, shimStep } from "./keeper.ts";
import type { MountRole } from "./mount-table.ts";
import { deviceNames, mountFlags, mountPropagation, mountTable } from "./mount-table.ts";

/** A mount of ours that is no declared one: what it is in one text, and how it stands to others. */
export interface Cover {
  readonly text: string;
  readonly propagation: string;
  /** How many lie there, from it upward. */
  readonly depth: number;
  /** Where there are several, which the lowest is. */
  readonly lowest?: string;
  /** The kernel's line; absent on the wanted side. */
  readonly line?: string;
}

/** Paths of /proc and /sys over which the null device, or an empty read-only directory, lies. Those of the kernel count only where the kernel has them. */
export const maskedPaths: Resource<Cover> = {
  name: "masked_paths",
  stage: "assembly",
  confines: true,
  mounted: true,
  path: (key) => `security.masked_paths[${JSON.stringify(key)}]`,
  facts: (scope) => ["keeper/mountinfo", ...kernelPaths(scope.environment?.security.masked_paths ?? [])],
  want: ({ environment }, facts) =>
    new Map(present(environment, environment.security.masked_paths, facts).map((path) => [path, wanted("masked")])),
  have: (_scope, facts) => coversOf(facts, "mask", () => "masked"),
  needs: (scope, key) => coverer(scope, key),
  compare: compareCovers,
  seen: ({ key, facts }) => mountTable(facts).get(key)?.line.line,
  describe: ({ text }) => text,
  create: ({ scope, key }) => [shimStep(scope, `mask ${key}`, ["mask", key])],
  update: ({ scope, key, have }) => [...detached(scope, key, have.depth - 1), separate(scope, key)],
  remove: ({ scope, key, have }) => detached(scope, key, have.depth),
};

const readOnlyFlags = "ro,nosuid,nodev,noexec";

/** Paths of /proc and /sys that lie over themselves, read-only. */
export const readOnlyPaths: Resource<Cover> = {
  name: "read_only_paths",
  stage: "assembly",
  confines: true,
  mounted: true,
  path: (key) => `security.read_only_paths[${JSON.stringify(key)}]`,
  facts: (scope) => ["keeper/mountinfo", ...kernelPaths(scope.environment?.security.read_only_paths ?? [])],
  want: ({ environment }, facts) =>
    new Map(present(environment, environment.security.read_only_paths, facts).map((path) => [path, wanted("nodev,noexec,nosuid,ro")])),
  have: (_scope, facts) => coversOf(facts, "read-only-path", (line) => mountFlags(line).join(",")),
  needs: (scope, key) => coverer(scope, key),
  compare: compareCovers,
  seen: ({ key, facts }) => mountTable(facts).get(key)?.line.line,
  describe: () => "read-only",
  create: ({ scope, key }) => [shimStep(scope, `read-only ${key}`, ["again", key, readOnlyFlags])],
  update: ({ scope, key, have }) => [
    ...detached(scope, key, have.depth - 1),
    shimStep(scope, `read-only ${key}`, ["set", key, readOnlyFlags]),
  ],
  remove: ({ scope, key, have }) => detached(scope, key, have.depth),
};

const deviceFlags = "nosuid,noexec";

/** The six device nodes, bound from the host's; wanted where /dev is a tmpfs of ours. */
export const devices: Resource<Cover> = {
  name: "devices",
  stage: "assembly",
  mounted: true,
  path: (key) => `devices[${JSON.stringify(key)}]`,
  facts: () => ["keeper/mountinfo"],
  want: ({ environment }) =>
    new Map(
      environment.mounts["/dev"]?.type === "tmpfs" ? deviceNames.map((name) => [`/dev/${name}`, wanted(`/${name} noexec,nosuid`)]) : [],
    ),
  have: (_scope, facts) => coversOf(facts, "device", (line) => `${line.root} ${mountFlags(line).join(",")}`),
  needs: (scope) => [`${scope.name}.mounts["/dev"]`],
  compare: compareCovers,
  seen: ({ key, facts }) => mountTable(facts).get(key)?.line.line,
  describe: () => "device node of the host",
  create: ({ scope, key }) => [shimStep(scope, `device ${key}`, ["bind", key, key, "none", deviceFlags, "1"])],
  update: ({ scope, key, want, have }) =>
    want.text === (have.lowest ?? have.text) ? [...detached(scope, key, have.depth - 1), separate(scope, key)] : "replace",
  remove: ({ scope, key, have }) => detached(scope, key, have.depth),
};

function wanted(text: string): Cover {
  return { text, propagation: "private", depth: 1 };
}

/** What there is of one role, by target. */
export function coversOf(facts: Facts, role: MountRole, text: (line: MountLine) => string): ReadonlyMap<string, Cover> {
  const places = [...mountTable(facts)].filter(([, one]) => one.role === role);
  return new Map(
    places.map(([target, { line, isOwn, lowest, depth }]) => {
      const about = { text: text(line), propagation: mountPropagation(line), line: line.line };
      return [target, lowest === null || !isOwn ? { ...about, depth: 1 } : { ...about, depth, lowest: text(lowest) }];
    }),
  );
}

/** How one is not as wanted. */
export function compareCovers(want: Cover, have: Cover): readonly Difference[] {
  const evidence = have.line === undefined ? {} : { evidence: have.line };
  const differ = (field: string, wanted: string, found: string) =>
    wanted === found ? [] : [{ field, want: wanted, have: found, ...evidence }];
  return [
    ...differ("", want.text, have.text),
    ...differ("propagation", want.propagation, have.propagation),
    ...differ("mounts at its target", String(want.depth), String(have.depth)),
  ];
}

/** Takes so many away that lie at one target. */
export function detached(scope: Scope, target: string, times: number): readonly Step[] {
  return Array.from({ length: times }, () => shimStep(scope, `unmount ${target}`, ["detach", target, "1"]));
}

function separate(scope: Scope, target: string): Step {
  return shimStep(scope, `private ${target}`, ["private", target]);
}

/** Which of the kernel's own paths exist is the same on the host. */
function kernelPaths(paths: readonly string[]): readonly string[] {
  return paths.filter(ofKernel).map((path) => `exists/${path}`);
}

function ofKernel(path: string): boolean {
  return isBelow("/proc", path) || isBelow("/sys", path);
}

function present(environment: Environment, paths: readonly string[], facts: Facts): readonly string[] {
  return paths.filter((path) => !ofKernel(path) || (mounted(environment, path) && text(facts, `exists/${path}`) !== null));
}

function mounted(environment: Environment, path: string): boolean {
  return isBelow("/proc", path) ? environment.mounts["/proc"]?.type === "proc" : environment.mounts["/sys"]?.type === "sysfs";
}

/** The mounts that it lies on. */
export function coverer(scope: Scope, path: string): readonly string[] {
  const below = Object.keys(scope.environment?.mounts ?? {}).filter((target) => isBelow(target, path));
  return [namespacesAddress(scope.name), ...below.map((target) => `${scope.name}.mounts[${JSON.stringify(target)}]`)];
}
