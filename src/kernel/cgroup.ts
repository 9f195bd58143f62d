import type { MountLine } from "./mountinfo.ts";

/** One mounted cgroup hierarchy, v1 or v2. */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  /** v1: its controllers, or `name=NAME`; v2: [] (they stand in its cgroup.controllers). */
  readonly controllers: readonly string[];
  readonly mountPoint: string;
}

/** The hierarchies that a mount table shows whole (root `/`), each once, v2 first. */
export function parseHierarchies(mounts: readonly MountLine[]): readonly CgroupHierarchy[] {
  const found = new Map<string, CgroupHierarchy>();
  for (const mount of mounts) {
    if (mount.root !== "/" || found.has(mount.device)) continue;
    if (mount.fstype === "cgroup2") found.set(mount.device, { version: 2, controllers: [], mountPoint: mount.target });
    if (mount.fstype === "cgroup") {
      const controllers = mount.superOptions.filter((option) => !plainOptions.has(option) && !option.startsWith("release_agent="));
      found.set(mount.device, { version: 1, controllers, mountPoint: mount.target });
    }
  }
  return [...found.values()].sort((a, b) => b.version - a.version);
}

const plainOptions = new Set(["rw", "ro", "xattr", "clone_children", "noprefix", "cpuset_v2_mode", "none"]);

/** Parses /proc/PID/cgroup: the path in each hierarchy by its controllers joined with `,` (`""` is v2). */
export function parseCgroupPaths(text: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) paths.set(match[1], match[2]);
  }
  return paths;
}
