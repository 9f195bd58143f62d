import type { Capabilities, FoundTool, Requirement } from "../model/capabilities.ts";
import { kernelCalls } from "../model/capabilities.ts";
import type { NamespaceKind } from "../model/environment.ts";
import { namespaceKinds } from "../model/environment.ts";

/** Judges what a machine can do: one requirement each, in the order in which they are shown. Pure. */
export function judgeCapabilities(seen: Capabilities): readonly Requirement[] {
  return [
    ...privileges(seen),
    ...kernel(seen),
    ...fileSystems(seen),
    ...controlGroups(seen),
    forwarding(seen),
    ...toolRequirements(seen.tools),
    ...places(seen),
  ];
}

/** Whether something that is needed is missing. */
export function isUnfit(requirements: readonly Requirement[]): boolean {
  return requirements.some(({ result }) => result === "fail");
}

function privileges({ root, lacking }: Capabilities): readonly Requirement[] {
  const needed = [
    "SYS_ADMIN",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SETUID",
    "SETGID",
    "SETPCAP",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "KILL",
    "NET_ADMIN",
  ];
  const missing = needed.filter((name) => lacking.includes(name));
  return [
    requirement("privileges/root", "runs as root", root ? ok("user 0") : fail("not user 0", "sudo cloister ...")),
    requirement(
      "privileges/capabilities",
      "root has its capabilities",
      missing.length > 0
        ? fail(`without ${missing.join(", ")}`, "run it outside of this container, or give the container these capabilities")
        : lacking.includes("SYS_RESOURCE")
          ? warn(
              "without SYS_RESOURCE: no ulimit can be raised above this shell's own",
              "give SYS_RESOURCE to the service or container that this runs in",
            )
          : ok(lacking.length === 0 ? "all" : `all that are needed (not ${lacking.join(", ")})`),
    ),
  ];
}

function kernel(seen: Capabilities): readonly Requirement[] {
  const { kernel: version, node, calls, keyrings } = seen;
  return [
    requirement("kernel/release", "kernel", ok(version)),
    ...namespaceKinds.map((kind) => requirement(`kernel/namespace-${kind}`, `${kind} namespaces`, namespaceVerdict(kind, seen))),
    ...kernelCalls.map((name) => {
      const why = calls[name];
      const beneath = warn(`${why ?? ""}: a mount is replaced with a gap of about a millisecond`, "a kernel from 6.5 on");
      const refusal = name === "mounts beneath" ? beneath : refused(seen, why ?? "", "a kernel from 5.12 on");
      return requirement(
        `kernel/${name.replaceAll(" ", "-")}`,
        name.includes(" ") ? name : `system call ${name}`,
        why === null ? ok("there") : refusal,
      );
    }),
    requirement(
      "kernel/keyrings",
      "keyrings of its own for what enters",
      ok(keyrings ? "there" : "this kernel has no keyrings, so there is nothing to keep apart"),
    ),
    requirement(
      "kernel/binfmt-misc",
      "interpreters of an environment's own (roots of other architectures)",
      seen.binfmt === null
        ? ok("can be registered")
        : warn(`${seen.binfmt}: none can be registered`, "a kernel from 6.7 on with CONFIG_BINFMT_MISC"),
    ),
    requirement("kernel/node", "Node", versionAtLeast(node, [20, 19]) ? ok(node) : fail(node, "install Node 20.19 or newer")),
  ];
}

function namespaceVerdict(kind: NamespaceKind, seen: Capabilities): Verdict {
  const why = seen.namespaces[kind];
  if (why === null)
    return ok(kind === "user" && seen.rootOnly.length > 0 ? `can be made (by root only: ${seen.rootOnly.join(", ")})` : "can be made");
  const forbidden = seen.forbiddenNamespaces.map((name) => `user.${name}=15000`);
  if (forbidden.length > 0) return fail(why, `sysctl -w ${forbidden.join(" ")}`);
  return kind === "time" && seen.root
    ? warn(`${why}: no clocks of its own`, "a kernel with CONFIG_TIME_NS (5.6)")
    : refused(seen, why, `a kernel with ${kind} namespaces`);
}

// Who may not try cannot tell what the kernel would say to root.
function refused({ root }: Capabilities, why: string, fix: string): Verdict {
  return root ? fail(why, fix) : warn(`could not be tried: ${why}`, "sudo cloister doctor");
}

function fileSystems(seen: Capabilities): readonly Requirement[] {
  const { fileSystems: found } = seen;
  return [
    requirement(
      "file-systems/overlay",
      "overlay",
      found.overlay === "absent" ? fail("not in this kernel", "modprobe overlay, or a kernel with CONFIG_OVERLAY_FS") : ok(found.overlay),
    ),
    requirement(
      "file-systems/tmpfs",
      "tmpfs",
      found.tmpfs === "absent" ? fail("not in this kernel", "a kernel with CONFIG_TMPFS") : ok(found.tmpfs),
    ),
    requirement("file-systems/erofs", "images of roots (erofs)", imageForm(seen)),
  ];
}

/** How images of the store are mounted, in the order of src/host/shim-image.pl. */
function imageForm({ fileSystems: { erofs, squashfs }, erofsFromFile, loopDevices, tools, data }: Capabilities): Verdict {
  if (erofs !== "absent") {
    // Of a tmpfs the kernel takes no file for it.
    if (erofsFromFile === true && data.fileSystem !== "tmpfs") return ok(`${erofs}, mounted from their files`);
    if (loopDevices) return ok(`${erofs}, mounted by loop devices`);
    return warn("erofs, but neither mounts from files nor loop devices: a tree is made of each image to mount it", "modprobe loop");
  }
  const fix = "modprobe erofs, or a kernel with CONFIG_EROFS_FS";
  if (squashfs === "absent") return warn("neither erofs nor squashfs: a tree is made of each image to mount it", fix);
  if (!loopDevices) return warn("no erofs, and no loop devices for squashfs: a tree is made of each image to mount it", "modprobe loop");
  if (tools.some(({ name, path }) => name === "mksquashfs" && path !== null))
    return warn("no erofs: a squashfs is made of each image, and mounted by a loop device", fix);
  return warn("no erofs, and no mksquashfs: a tree is made of each image to mount it", "apt-get install squashfs-tools");
}

function controlGroups({ cgroups: { layout, controllers } }: Capabilities): readonly Requirement[] {
  const missing = ["memory", "cpu", "pids", "cpuset", "io"].filter(
    // v1 calls the last by another name.
    (name) => !controllers.includes(name) && !(name === "io" && controllers.includes("blkio")),
  );
  return [
    requirement(
      "control-groups/layout",
      "control groups",
      layout === "none" ? warn("none mounted: limits cannot be enforced", "mount -t cgroup2 none /sys/fs/cgroup") : ok(layout),
    ),
    requirement(
      "control-groups/controllers",
      "controllers for memory, cpu, pids, cpuset and io",
      missing.length === 0
        ? ok(controllers.join(", "))
        : warn(
            `without ${missing.join(", ")}: these limits cannot be enforced`,
            "enable them on the kernel's command line (cgroup_enable=memory) or mount their hierarchy",
          ),
    ),
  ];
}

function forwarding({ forwarding: blocked }: Capabilities): Requirement {
  const name = "the host's firewall lets through what is forwarded (network mode nat)";
  return requirement("network/forwarding", name, blocked === null ? ok("nothing drops it") : warn(blocked.where, blocked.fix));
}

function toolRequirements(tools: readonly FoundTool[]): readonly Requirement[] {
  return tools.map((tool) => {
    const always = tool.neededFor === "always";
    const isHere = (name: string) => tools.some((other) => other.name === name && other.path !== null);
    const deputy = tools.find(({ name, insteadOf }) => insteadOf === tool.name && isHere(name));
    const lost = deputy === undefined ? `, which takes away: ${tool.neededFor}` : `; ${deputy.name} is taken instead`;
    const lack = `not installed${always ? "" : lost}`;
    const install = `apt-get install ${tool.package}`;
    if (tool.path === null && tool.insteadOf !== undefined && isHere(tool.insteadOf))
      return requirement(`tools/${tool.name}`, tool.name, ok(`not installed; ${tool.insteadOf} is`));
    if (tool.path === null) return requirement(`tools/${tool.name}`, tool.name, always ? fail(lack, install) : warn(lack, install));
    const found = `${tool.path}${tool.version === null ? "" : `, ${tool.package} ${tool.version}`}`;
    if (tool.lackingOptions.length === 0) return requirement(`tools/${tool.name}`, tool.name, ok(found));
    const old = `${found}: does not know ${tool.lackingOptions.join(", ")}`;
    return requirement(
      `tools/${tool.name}`,
      tool.name,
      always ? fail(old, `${install} (a newer one: Debian 12 or later)`) : warn(old, install),
    );
  });
}

const gibibyte = 2 ** 30;

function places(seen: Capabilities): readonly Requirement[] {
  const { ids, data, unwritable } = seen;
  const elsewhere = "name a directory on ext4, xfs or btrfs with --data-dir";
  return [
    requirement(
      "places/ids",
      "ranges of 65,536 ids",
      ids.free === 0 ? fail("none is free", "destroy environments that are not used any more") : ok(`${ids.free} of ${ids.total} free`),
    ),
    requirement("places/space", "space for roots and overlays", spaceAt(data)),
    requirement(
      "places/file-system",
      "a file system that overlays can be written on",
      unfitForUppers.has(data.fileSystem ?? "")
        ? fail(`${data.path} is on ${data.fileSystem ?? ""}`, elsewhere)
        : ok(`${data.path} is on ${data.fileSystem ?? "a file system"}`),
    ),
    requirement(
      "places/id-mapping",
      "files can be shown with other owners there",
      data.idMapping === null ? ok(data.path) : refused(seen, `${data.path}: ${data.idMapping}`, elsewhere),
    ),
    requirement(
      "places/writable",
      "directories of cloister can be written",
      unwritable.length === 0
        ? ok("all")
        : fail(unwritable.join(", "), "mount them writable, or name others with --data-dir and --state-dir"),
    ),
  ];
}

function spaceAt({ path, free }: Capabilities["data"]): Verdict {
  if (free === null) return warn(`${path}: its space could not be asked`, "name another place with --data-dir");
  const found = `${path}: ${(free / gibibyte).toFixed(1)} GiB free`;
  const fix = "free some space, or name another place with --data-dir";
  if (free < gibibyte / 4) return fail(found, fix);
  return free < 2 * gibibyte ? warn(`${found}: a root takes 0.2 to 1 GiB while it is built`, fix) : ok(found);
}

const unfitForUppers = new Set(["overlay", "nfs", "nfs4", "9p", "vfat", "exfat", "fuse", "squashfs", "erofs", "iso9660"]);

type Verdict = Pick<Requirement, "result" | "found" | "fix">;

function requirement(id: string, title: string, verdict: Verdict): Requirement {
  return { id, title, ...verdict };
}

function ok(found: string): Verdict {
  return { result: "ok", found, fix: null };
}

function warn(found: string, fix: string): Verdict {
  return { result: "warn", found, fix };
}

function fail(found: string, fix: string): Verdict {
  return { result: "fail", found, fix };
}

function versionAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [haveMajor = 0, haveMinor = 0] = version.split(".").map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}
