import type { Isolation, IsolationClaim, MountEntry } from "../../model/isolation.ts";
import type { Check } from "./check.ts";
import { fail, listed, none, pass, skip } from "./check.ts";

/** The mount table, seen from outside. */
export const mountChecks: readonly Check[] = [
  {
    id: "mounts/pivoted",
    title: "nothing lies above its root",
    rule: "S01",
    judge: ({ roots }) =>
      roots.namespace === roots.process
        ? pass(`the root of its mount namespace is its own root (device:inode ${roots.process})`)
        : fail(
            `its root ${roots.path} is a chroot; the mount namespace still starts at ${roots.namespace}`,
            "pivot_root into the new root and detach the old one; chroot hides, it does not remove",
          ),
  },
  {
    id: "mounts/own-root",
    title: "its root is a mount of its own",
    rule: "S01",
    judge: (seen) => {
      const root = at(seen, "/");
      return root === null
        ? fail(
            `no mount at ${seen.roots.path}: it is a directory of the file system around it`,
            "mount the root (overlay or bind) before entering it",
          )
        : pass(root.line);
    },
  },
  {
    id: "mounts/no-host-root",
    title: "the host's / is mounted nowhere inside",
    rule: "S01",
    judge: (seen) => {
      const host = seen.hostMounts.findLast((mount) => mount.target === "/");
      const found = seen.mounts.filter((mount) => mount.device === host?.device && mount.root === host.root);
      return none(found.map(place), {
        evidence: `none of ${seen.mounts.length} mounts shows device ${host?.device ?? "?"}`,
        hint: "detach the old root (umount -l) after pivot_root",
      });
    },
  },
  {
    id: "mounts/private",
    title: "no mount comes from or goes to the host",
    rule: "S24",
    judge: ({ mounts }) => {
      const tied = mounts.filter((mount) => mount.propagation.some((word) => /^(shared|master|propagate_from):/.test(word)));
      return none(
        tied.map((mount) => `${place(mount)} ${mount.propagation.join(" ")}`),
        { evidence: `${mounts.length} mounts, none shared, none a slave`, hint: "make every mount private (mount --make-rprivate /)" },
      );
    },
  },
  {
    id: "mounts/declared",
    title: "its mounts are exactly the declared ones",
    rule: "S26",
    judge: (seen, claim) => {
      if (claim.mounts === null) return skip("no manifest says what should be mounted");
      const wanted = new Set(["/", ...claim.mounts.keys(), ...ownTargets(seen, claim)]);
      const extra = seen.mounts
        .filter((mount) => !wanted.has(mount.target))
        .map((mount) => `unexpected: ${mount.target} (${mount.fstype})`);
      const missing = [...claim.mounts].flatMap(([target, { optional }]) =>
        optional || at(seen, target) !== null ? [] : [`missing: ${target}`],
      );
      return none([...extra, ...missing], {
        evidence: `${seen.mounts.length} mounts, all declared`,
        hint: "run `cloister apply`: it puts mounts back and takes extra ones away",
      });
    },
  },
  {
    id: "mounts/no-host-files",
    title: "no file system of the host is mounted beyond the declared ones",
    rule: "S26",
    judge: (seen, claim) => {
      const host = new Set(seen.hostMounts.map((mount) => mount.device));
      const found = seen.mounts.filter((mount) => host.has(mount.device) && !allowed(seen, claim, mount));
      return none(
        found.map((mount) => `${mount.target} is the host's ${mount.fstype} ${mount.device} ${mount.root}`),
        {
          evidence: "only declared sources, its root and the six device nodes",
          hint: "detach the old root after pivot_root; bind only what is declared",
        },
      );
    },
  },
  {
    id: "mounts/no-devices-on-root",
    title: "device files on its root do nothing",
    rule: "S28",
    judge: (seen) => {
      const root = seen.mounts
        .filter((mount) => below(mount.target, seen.roots.path))
        .reduce<MountEntry | null>((best, mount) => ((best?.target.length ?? -1) > mount.target.length ? best : mount), null);
      if (root === null) return skip("the mount that holds its root was not seen");
      return root.options.includes("nodev") ? pass(root.line) : fail(root.line, "mount the root with nodev");
    },
  },
  {
    id: "mounts/kernel-flags",
    title: "/proc and /sys are nosuid, nodev and noexec",
    rule: "S27",
    judge: (seen) => {
      const found = ["/proc", "/sys"].flatMap((target) => at(seen, target) ?? []);
      if (found.length === 0) return skip("neither is mounted");
      return lacking(found, ["nosuid", "nodev", "noexec"]);
    },
  },
  {
    id: "mounts/temporary-flags",
    title: "temporary file systems are nosuid and nodev",
    rule: "S28",
    judge: (seen) => {
      const found = ["/tmp", "/run", "/dev/shm", "/var/tmp"]
        .flatMap((target) => at(seen, target) ?? [])
        .filter((mount) => mount.fstype === "tmpfs");
      return found.length === 0 ? skip("none is mounted") : lacking(found, ["nosuid", "nodev"]);
    },
  },
  {
    id: "mounts/sys-read-only",
    title: "/sys is read-only",
    rule: "S27",
    judge: (seen, claim) => {
      const sys = at(seen, "/sys");
      if (sys === null) return skip("/sys is not mounted");
      if (claim.mounts?.get("/sys")?.readOnly === false) return skip("the manifest mounts /sys writable");
      return sys.options.includes("ro") ? pass(sys.line) : fail(sys.line, "mount sysfs read-only (mount -o ro)");
    },
  },
  {
    id: "mounts/read-only-paths",
    title: "paths of the kernel that steer the host are read-only",
    rule: "S27",
    judge: (seen, claim) => {
      const paths = claim.readOnlyPaths.filter((path) => exists(seen, path));
      const open = paths.filter((path) => at(seen, path)?.options.includes("ro") !== true);
      return paths.length === 0
        ? skip("none of them is there")
        : none(
            open.map((path) => `${path} is not mounted read-only`),
            { evidence: listed(paths), hint: "bind each over itself and remount it read-only" },
          );
    },
  },
  {
    id: "mounts/masked-paths",
    title: "paths of the kernel that tell of the host are covered",
    rule: "S07",
    judge: (seen, claim) => {
      const paths = claim.maskedPaths.filter((path) => exists(seen, path));
      const open = paths.filter((path) => !isMask(at(seen, path)));
      return paths.length === 0
        ? skip("none of them is there")
        : none(
            open.map((path) => `${path} is not covered`),
            {
              evidence: `${paths.length} covered: ${listed(paths)}`,
              hint: "mount the host's /dev/null over files, an empty read-only tmpfs over directories",
            },
          );
    },
  },
  {
    id: "mounts/no-cgroup",
    title: "no control group file system is mounted",
    rule: "S30",
    judge: ({ mounts }) =>
      none(mounts.filter((mount) => mount.fstype.startsWith("cgroup")).map(place), {
        evidence: "none in its mount table",
        hint: "a writable cgroup file system is a way out (release_agent): do not mount it",
      }),
  },
  {
    id: "mounts/no-kernel-debugging",
    title: "no file system for debugging or devices of the host is mounted",
    rule: "S26",
    judge: ({ mounts }, claim) =>
      none(
        mounts
          .filter(
            (mount) =>
              (steering.has(mount.fstype) && claim.mounts?.get(mount.target)?.type !== mount.fstype) ||
              (mount.fstype === "devtmpfs" && mount.root === "/"),
          )
          .map(place),
        {
          evidence: `none of ${[...steering].join(", ")}, no whole devtmpfs`,
          hint: "detach the old root after pivot_root",
        },
      ),
  },
];

const steering = new Set(["debugfs", "tracefs", "securityfs", "configfs", "efivarfs", "bpf", "binfmt_misc", "pstore", "fusectl"]);
const namespaced = new Set(["proc", "sysfs", "mqueue"]);
const deviceNodes = ["/null", "/zero", "/full", "/random", "/urandom", "/tty"];

/** What lies on top at a path of the environment, or null. A chroot's paths lie below its directory. */
function at(seen: Isolation, path: string): MountEntry | null {
  const base = seen.roots.path === "/" ? "" : seen.roots.path;
  const target = `${base}${path}`.replace(/(.)\/$/, "$1");
  return seen.mounts.findLast((mount) => mount.target === target) ?? null;
}

function place(mount: MountEntry): string {
  return `${mount.fstype} at ${mount.target}`;
}

function below(directory: string, path: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
}

function exists(seen: Isolation, path: string): boolean {
  const mounted = ["/proc", "/sys"].filter((parent) => below(parent, path)).every((parent) => at(seen, parent) !== null);
  return mounted && seen.kernelPaths.includes(path);
}

function isMask(mount: MountEntry | null): boolean {
  if (mount === null) return false;
  return mount.root === "/null" || (mount.fstype === "tmpfs" && mount.options.includes("ro"));
}

/** What an environment of ours has besides the declared mounts: device nodes, masks and read-only paths. */
function ownTargets(seen: Isolation, claim: IsolationClaim): readonly string[] {
  return [...claim.maskedPaths, ...claim.readOnlyPaths, ...deviceNodes.map((name) => `/dev${name}`)].filter(
    (path) => at(seen, path) !== null,
  );
}

function allowed(seen: Isolation, claim: IsolationClaim, mount: MountEntry): boolean {
  if (deviceNodes.includes(mount.root)) return mount.target === `/dev${mount.root}` || claim.maskedPaths.includes(mount.target);
  if (mount.target === "/" && seen.roots.path === "/") return mount.root !== "/";
  const type = claim.mounts?.get(mount.target)?.type;
  // Sysfs and mqueue of a namespace that is shared with the host are the host's own.
  return type === "bind" || type === "volume" || (type === mount.fstype && mount.root === "/" && namespaced.has(type));
}

function lacking(mounts: readonly MountEntry[], flags: readonly string[]) {
  const faults = mounts.flatMap((mount) => {
    const missing = flags.filter((flag) => !mount.options.includes(flag));
    return missing.length === 0 ? [] : [`${mount.target} lacks ${missing.join(", ")} (${mount.options.join(",")})`];
  });
  return none(faults, {
    evidence: listed(mounts.map((mount) => `${mount.target} ${mount.options.join(",")}`)),
    hint: `mount with ${flags.join(",")}`,
  });
}
