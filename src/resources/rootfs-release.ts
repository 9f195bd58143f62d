import type { ElfMachine } from "../kernel/elf.ts";
import { archiveMirror, archives } from "../model/archives.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { besideShim } from "../model/resource.ts";
import type { RootPlan } from "../model/root.ts";
import type { ReleaseRootfs } from "../model/rootfs.ts";
import type { Step } from "../model/step.ts";
import { interpreted, shownMirror } from "./interpreter.ts";
import type { RootBuild } from "./rootfs-image.ts";
import { buildDirectory, imageSteps } from "./rootfs-image.ts";
import { archiveFiles, lockedRoot, pinnedOf, preferences } from "./rootfs-lock.ts";
import { aptOptions, lockScript, mirrorScript, normalisation, notingScript, recipe } from "./rootfs-release-script.ts";
import { parseSource } from "./source.ts";

type Tool = "mmdebstrap" | "debootstrap";

/** A root's build, with what was asked for. */
type ReleaseBuild = RootBuild & { readonly spec: RootPlan["spec"]; readonly shim: string; readonly elf: ElfMachine | null };

/** Steps that build a release's root: of what its lock says, or with mmdebstrap or debootstrap of what the mirror has; the keyring must be there then (see `keyringProblem`). */
export function releaseSteps(rootfs: ReleaseRootfs, build: ReleaseBuild): readonly Step[] {
  if (rootfs.locked !== undefined) return lockedSteps(rootfs, build);
  const builder = toolFor(rootfs, build.facts);
  const { resolving } = rootfs;
  const pinned = resolving === undefined ? null : pinnedOf(resolving, build.facts);
  const tool = builder === "mmdebstrap" ? mmdebstrap(rootfs, build, { beside: pinned !== null }) : debootstrap(rootfs);
  const { mirror, release, keyring, snapshot = "" } = rootfs;
  const operands = [
    ...[buildDirectory, mirror, release, keyring, keyringInside(rootfs), snapshot, sourcesLine(rootfs)],
    ...[`${build.store}/debs`, besideShim(build.shim, "local-archive.pl")],
  ];
  const script = resolving === undefined ? mirrorScript : notingScript;
  const making = {
    ...{ title: `build ${build.name} with ${builder}`, builder, spec: build.spec },
    command: ["sh", "-c", script, "sh", ...operands, ...tool],
  };
  if (resolving === undefined) return imageSteps(build, making);
  const notes = { name: build.name, recipe, options: shapingOptions(rootfs), normalisation };
  const inputs = {
    expects: "note\n",
    ...(pinned === null ? {} : { ...archiveFiles(pinned), preferences: preferences(pinned.packages) }),
  };
  return imageSteps(build, { ...making, lock: { type: "note", ...notes }, inputs });
}

/** Steps that build exactly what the lock says, or fail. */
function lockedSteps(rootfs: ReleaseRootfs, build: ReleaseBuild): readonly Step[] {
  const digest = rootfs.locked ?? "";
  const locked = lockedRoot(digest, build.facts);
  // A plan can be shown all the same; what is missing is told before anything is begun (`lockProblem`).
  if (locked === null) return [];
  const offline = text(build.facts, "run/offline") ?? "";
  const archiver = besideShim(build.shim, "local-archive.pl");
  const operands = [buildDirectory, rootfs.mirror, offline, `${build.store}/debs`, String(locked.epoch), sourcesLine(rootfs), archiver];
  return imageSteps(build, {
    ...{ title: `build ${build.name} of its lock`, builder: "mmdebstrap", spec: { ...build.spec, locked: digest } },
    command: ["sh", "-c", lockScript, "sh", ...operands, ...mmdebstrap(rootfs, build, { archive: true })],
    lock: { type: "check", digest, ...locked.result },
    inputs: {
      expects: `${locked.result.mkfs ?? "-"}\n`,
      entry: `${JSON.stringify(locked)}\n`,
      ...archiveFiles(locked),
    },
  });
}

/** The tool that is asked for, or the quicker one that is here; mmdebstrap where none is, so that a plan can be shown anywhere. */
function toolFor({ tool, architecture }: ReleaseRootfs, facts: Facts): Tool {
  // debootstrap makes device nodes, which nobody can in a user namespace.
  if (architecture !== undefined) return "mmdebstrap";
  if (tool !== "auto") return tool;
  return text(facts, "tool/mmdebstrap") === null && text(facts, "tool/debootstrap") !== null ? "debootstrap" : "mmdebstrap";
}

/** Why no tool here can build it, or null. */
export function toolProblem(rootfs: ReleaseRootfs, facts: Facts): Diagnostic | null {
  const tool = rootfs.locked === undefined ? toolFor(rootfs, facts) : "mmdebstrap";
  const problem = { code: "rootfs/no-tool", severity: "error" } as const;
  if (text(facts, `tool/${tool}`) === null) {
    const missing = rootfs.tool === "auto" ? "neither mmdebstrap nor debootstrap is installed, one" : `${tool} is not installed, it`;
    return { ...problem, message: `${missing} is needed to build ${rootfs.release}`, hint: `apt-get install ${tool}` };
  }
  if (tool === "debootstrap" && !debootstrapVariants.has(rootfs.variant)) {
    return { ...problem, message: `debootstrap has no variant "${rootfs.variant}"`, hint: "apt-get install mmdebstrap" };
  }
  return null;
}

/** That the keyring is missing, or null. Without it debootstrap would install unverified and call that a warning. */
export function keyringProblem({ keyring, release }: ReleaseRootfs, facts: Facts): Diagnostic | null {
  if (parseSource(text(facts, `source/${keyring}`))?.type === "file") return null;
  const known = keyringPackages.find(({ file }) => keyring.endsWith(`/${file}`));
  return {
    code: "rootfs/no-keyring",
    severity: "error",
    message: `the keyring that proves ${release} is not on this machine: ${keyring}`,
    hint: known?.hint ?? "copy it there, or name another one with rootfs.keyring",
  };
}

/** That nothing may be fetched, and there is no other way to build it; or null. */
export function offlineProblem(name: string, { mirror }: ReleaseRootfs, facts: Facts): Diagnostic | null {
  if (text(facts, "run/offline") === null || /^(file|copy):/.test(mirror)) return null;
  return {
    code: "rootfs/offline",
    severity: "error",
    message: `${name} is not in the store, and --offline forbids to ask ${mirror}`,
    hint: "build it once without --offline, or lock it: what a lock names is kept",
  };
}

const keyringPackages = [
  { file: "debian-archive-keyring.gpg", hint: "apt-get install debian-archive-keyring" },
  {
    file: "ubuntu-archive-keyring.gpg",
    hint: "install ubuntu-keyring (Ubuntu) or ubuntu-archive-keyring (Debian 13 and later); Debian 12 has no such package: copy the file from an Ubuntu machine",
  },
] as const;

/** Those that both have under the same name. */
const debootstrapVariants: ReadonlySet<string> = new Set(["minbase", "buildd"]);

/** Where the keyring's copy lies during the build; apt goes by the ending. */
export function keyringInside({ keyring }: ReleaseRootfs): string {
  return `/run/cloister/keyrings/keyring.${keyring.endsWith(".asc") ? "asc" : "gpg"}`;
}

/** Where mmdebstrap finds packages: an archive of our own instead of the mirror, or beside it. */
interface Sources {
  readonly archive?: boolean;
  readonly beside?: boolean;
}

/** How apt is told of an archive of ours. */
export const ownArchive = "deb [trusted=yes] copy:///run/cloister/repository ./";

function mmdebstrap(rootfs: ReleaseRootfs, build: ReleaseBuild, { archive = false, beside = false }: Sources): readonly string[] {
  const { components, release, mirror, snapshot } = rootfs;
  const { elf } = build;
  const directory = elf === null || archive ? null : mirrorDirectory(mirror);
  const copied = directory === null ? copiedMirror(mirror) : `copy://${shownMirror}`;
  const unexpiring = snapshot === undefined && !archive ? [] : ['Acquire::Check-Valid-Until "false"'];
  return [
    ...(elf === null ? [] : interpreted({ ...build, elf, mirror: directory })),
    "mmdebstrap",
    "--mode=root",
    "--format=directory",
    "--verbose",
    ...shapingOptions(rootfs),
    // The directory and the file: one alone would leave the host's other half in force, and whatever keys are in it.
    "--keyring=/run/cloister/keyrings",
    "--keyring=/run/cloister/no-keyring.gpg",
    ...[...aptOptions, ...unexpiring].map((option) => `--aptopt=${option}`),
    ...(beside ? [preferencesHook] : []),
    "--",
    release,
    "/run/cloister/tree",
    ...(archive ? [ownArchive] : beside ? [`deb ${copied} ${release} ${components.join(" ")}`, ownArchive] : [copied]),
  ];
}

/** From inside a tree, and where nothing but copies are kept, apt could not see the packages of a file: mirror. */
export function copiedMirror(mirror: string): string {
  return mirror.replace(/^file:/, "copy:");
}

/** The directory that a file: mirror is, or null. */
function mirrorDirectory(mirror: string): string | null {
  const path = /^(?:file|copy):\/*(.*)$/.exec(mirror)?.[1];
  return path === undefined ? null : `/${path}`;
}

const preferencesHook =
  '--setup-hook=mkdir -p "$1/etc/apt/preferences.d" && cp /run/cloister/preferences "$1/etc/apt/preferences.d/cloister"';

/** The words that decide what comes of a build; they stand in the lock. */
export function shapingOptions(rootfs: ReleaseRootfs): readonly string[] {
  const { variant, components, packages, architecture } = rootfs;
  return [
    ...(architecture === undefined ? [] : [`--architectures=${architecture}`]),
    `--variant=${variant}`,
    `--components=${components.join(",")}`,
    ...(packages.length === 0 ? [] : [`--include=${packages.join(",")}`]),
    // Packages and lists are for the lock; what is left of them is removed with the rest.
    `--skip=check/signed-by,cleanup/apt,essential/unlink${architecture === undefined ? "" : ",check/qemu"}`,
    ...mergedUsrHook(rootfs),
  ];
}

/** Ubuntu's releases before /bin, /sbin and /lib were links into /usr, and those whose installer made the links; later ones have them in base-files. */
const ubuntuWithoutLinks: ReadonlySet<string> = new Set(["xenial", "bionic"]);
const ubuntuLinkedFirst: ReadonlySet<string> = new Set(["focal", "jammy"]);

/** What makes those links before the first package is unpacked. */
function mergedUsrHook({ distribution, release, architecture }: ReleaseRootfs): readonly string[] {
  // Without it bookworm drags in usrmerge and all of perl: 170 MB instead of 121.
  if (distribution === "debian") return ["--hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr"];
  // That hook wants a package usr-is-merged, which Ubuntu does not have: since noble base-files only provides the name, and the hook then fails.
  return ubuntuLinkedFirst.has(release) ? [linksHook(architecture ?? "$(dpkg --print-architecture)")] : [];
}

// The directories are debootstrap's own, by architecture.
const linksHook = (architecture: string) =>
  `--setup-hook=case ${architecture} in` +
  ' amd64) set -- "$1" lib32 lib64 libx32 ;; i386) set -- "$1" lib64 libx32 ;; ' +
  'ppc64el) set -- "$1" lib64 ;; s390x) set -- "$1" lib32 ;; esac; root=$1; shift; ' +
  'for name in bin sbin lib "$@"; do mkdir -p "$root/usr/$name" && ln -s "usr/$name" "$root/$name" || exit 1; done';

/** What /etc/apt/sources.list says in the root, whatever mirror it was built from. */
function sourcesLine({ distribution, release, components, architecture }: ReleaseRootfs): string {
  return `deb ${archiveMirror(distribution, architecture)} ${release} ${components.join(" ")}`;
}

function debootstrap(rootfs: ReleaseRootfs): readonly string[] {
  const { variant, components, packages, release, distribution, mirror } = rootfs;
  return [
    "debootstrap",
    `--variant=${variant}`,
    `--components=${components.join(",")}`,
    ...(packages.length === 0 ? [] : [`--include=${packages.join(",")}`]),
    "--force-check-gpg",
    `--keyring=${keyringInside(rootfs)}`,
    distribution === "ubuntu" && ubuntuWithoutLinks.has(release) ? "--no-merged-usr" : "--merged-usr",
    release,
    "/run/cloister/tree",
    mirror,
    archives[distribution].script,
  ];
}
