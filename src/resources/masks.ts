import { isBelow } from "../kernel/mountinfo.ts";
import type { Environment } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Resource, Scope } from "../model/resource.ts";
import { namespacesAddress, shimStep } from "./keeper.ts";
import { deviceNames, mountFlags, mountTable } from "./mount-table.ts";

/** Paths of /proc and /sys over which the null device, or an empty read-only directory, lies. Those of the kernel count only where the kernel has them. */
export const maskedPaths: Resource<string> = {
  name: "masked_paths",
  stage: "assembly",
  mounted: true,
  path: (key) => `security.masked_paths[${JSON.stringify(key)}]`,
  facts: (scope) => ["keeper/mountinfo", ...kernelPaths(scope.environment?.security.masked_paths ?? [])],
  want: ({ environment }, facts) => new Map(present(environment, environment.security.masked_paths, facts).map((path) => [path, "masked"])),
  have: (_scope, facts) => new Map([...mountTable(facts)].filter(([, { role }]) => role === "mask").map(([target]) => [target, "masked"])),
  needs: (scope, key) => coverer(scope, key),
  compare: () => [],
  seen: ({ key, facts }) => mountTable(facts).get(key)?.line.line,
  describe: (value) => value,
  create: ({ scope, key }) => [shimStep(scope, `mask ${key}`, ["mask", key])],
  update: () => [],
  remove: ({ scope, key }) => [shimStep(scope, `unmask ${key}`, ["detach", key, "1"])],
};

const readOnlyFlags = "ro,nosuid,nodev,noexec";

/** Paths of /proc and /sys that lie over themselves, read-only. */
export const readOnlyPaths: Resource<string> = {
  name: "read_only_paths",
  stage: "assembly",
  mounted: true,
  path: (key) => `security.read_only_paths[${JSON.stringify(key)}]`,
  facts: (scope) => ["keeper/mountinfo", ...kernelPaths(scope.environment?.security.read_only_paths ?? [])],
  want: ({ environment }, facts) =>
    new Map(present(environment, environment.security.read_only_paths, facts).map((path) => [path, "nodev,noexec,nosuid,ro"])),
  have: (_scope, facts) =>
    new Map(
      [...mountTable(facts)]
        .filter(([, { role }]) => role === "read-only-path")
        .map(([target, { line }]) => [target, mountFlags(line).join(",")]),
    ),
  needs: (scope, key) => coverer(scope, key),
  compare: (want, have) => (want === have ? [] : [{ field: "", want, have }]),
  seen: ({ key, facts }) => mountTable(facts).get(key)?.line.line,
  describe: () => "read-only",
  create: ({ scope, key }) => [shimStep(scope, `read-only ${key}`, ["again", key, readOnlyFlags])],
  update: ({ scope, key }) => [shimStep(scope, `read-only ${key}`, ["set", key, readOnlyFlags])],
  remove: ({ scope, key }) => [shimStep(scope, `writable ${key}`, ["detach", key, "1"])],
};

const deviceFlags = "nosuid,noexec";

/** The six device nodes, bound from the host's; wanted where /dev is a tmpfs of ours. */
export const devices: Resource<string> = {
  name: "devices",
  stage: "assembly",
  mounted: true,
  path: (key) => `devices[${JSON.stringify(key)}]`,
  facts: () => ["keeper/mountinfo"],
  want: ({ environment }) =>
    new Map(environment.mounts["/dev"]?.type === "tmpfs" ? deviceNames.map((name) => [`/dev/${name}`, `/${name} noexec,nosuid`]) : []),
  have: (_scope, facts) =>
    new Map(
      [...mountTable(facts)]
        .filter(([, { role }]) => role === "device")
        .map(([target, { line }]) => [target, `${line.root} ${mountFlags(line).join(",")}`]),
    ),
  needs: (scope) => [`${scope.name}.mounts["/dev"]`],
  compare: (want, have) => (want === have ? [] : [{ field: "", want, have }]),
  seen: ({ key, facts }) => mountTable(facts).get(key)?.line.line,
  describe: () => "device node of the host",
  create: ({ scope, key }) => [shimStep(scope, `device ${key}`, ["bind", key, key, "none", deviceFlags, "1"])],
  update: () => "replace",
  remove: ({ scope, key }) => [shimStep(scope, `take ${key} away`, ["detach", key, "1"])],
};

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

function coverer(scope: Scope, path: string): readonly string[] {
  const below = Object.keys(scope.environment?.mounts ?? {}).filter((target) => isBelow(target, path));
  return [namespacesAddress(scope.name), ...below.map((target) => `${scope.name}.mounts[${JSON.stringify(target)}]`)];
}
