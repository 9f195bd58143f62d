import type { Diagnostic } from "../model/diagnostic.ts";
import type { ReleaseRootfs } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { RootPlan } from "../model/root.ts";
import type { Step } from "../model/step.ts";
import type { RootBuild } from "./rootfs-image.ts";
import { buildDirectory, imageSteps } from "./rootfs-image.ts";
import { parseSource } from "./source.ts";

type Tool = "mmdebstrap" | "debootstrap";

/** Steps that build a release's root with mmdebstrap or debootstrap; the keyring must be there (see `keyringProblem`). */
export function releaseSteps(rootfs: ReleaseRootfs, build: RootBuild & { readonly spec: RootPlan["spec"] }): readonly Step[] {
  const builder = toolFor(rootfs, build.facts);
  const tool = builder === "mmdebstrap" ? mmdebstrap(rootfs) : debootstrap(rootfs);
  const operands = [buildDirectory, rootfs.mirror, rootfs.release, rootfs.keyring, keyringInside(rootfs)];
  const command = ["sh", "-c", releaseScript, "sh", ...operands, ...tool];
  return imageSteps(build, { title: `build ${build.name} with ${builder}`, builder, spec: build.spec, command });
}

/** The tool that is asked for, or the quicker one that is here; mmdebstrap where none is, so that a plan can be shown anywhere. */
function toolFor({ tool }: ReleaseRootfs, facts: Facts): Tool {
  if (tool !== "auto") return tool;
  return text(facts, "tool/mmdebstrap") === null && text(facts, "tool/debootstrap") !== null ? "debootstrap" : "mmdebstrap";
}

/** Why no tool here can build it, or null. */
export function toolProblem(rootfs: ReleaseRootfs, facts: Facts): Diagnostic | null {
  const tool = toolFor(rootfs, facts);
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
function keyringInside({ keyring }: ReleaseRootfs): string {
  return `/run/cloister/keyrings/keyring.${keyring.endsWith(".asc") ? "asc" : "gpg"}`;
}

function mmdebstrap(rootfs: ReleaseRootfs): readonly string[] {
  const { variant, components, packages, release, mirror } = rootfs;
  return [
    "mmdebstrap",
    "--mode=root",
    "--format=directory",
    "--verbose",
    `--variant=${variant}`,
    `--components=${components.join(",")}`,
    ...(packages.length === 0 ? [] : [`--include=${packages.join(",")}`]),
    // The directory and the file: one alone would leave the host's other half in force, and whatever keys are in it.
    "--keyring=/run/cloister/keyrings",
    "--keyring=/run/cloister/no-keyring.gpg",
    "--skip=check/signed-by",
    // Without it bookworm drags in usrmerge and all of perl: 170 MB instead of 121.
    "--hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr",
    "--",
    release,
    "/run/cloister/tree",
    // From inside the tree apt could not see the packages of a file: mirror.
    mirror.replace(/^file:/, "copy:"),
  ];
}

function debootstrap(rootfs: ReleaseRootfs): readonly string[] {
  const { variant, components, packages, release, mirror } = rootfs;
  return [
    "debootstrap",
    `--variant=${variant}`,
    `--components=${components.join(",")}`,
    ...(packages.length === 0 ? [] : [`--include=${packages.join(",")}`]),
    "--force-check-gpg",
    `--keyring=${keyringInside(rootfs)}`,
    "--merged-usr",
    release,
    "/run/cloister/tree",
    mirror,
  ];
}

/**
 * `sh -c SCRIPT sh DIRECTORY MIRROR RELEASE KEYRING COPY COMMAND...`: the release file's date becomes the date of the build (two builds of the same
 * release file are then the same to the bit); at last what differs between two builds or machines is taken out.
 */
const releaseScript = `set -eu
directory=$1 mirror=$2 release=$3 keyring=$4 copy=$5
shift 5
command=$1
fetch() {
  echo "cloister: fetching $mirror/dists/$release/$1"
  case $command:$mirror in
  *:file:* | *:copy:*) path=\${mirror#*:} && cat "/\${path##/}/dists/$release/$1" >"$directory/$1" ;;
  debootstrap:*) wget -nv -O "$directory/$1" "$mirror/dists/$release/$1" ;;
  *) /usr/lib/apt/apt-helper -o APT::Sandbox::User=root -o Acquire::Retries=1 download-file "$mirror/dists/$release/$1" "$directory/$1" ;;
  esac && mv "$directory/$1" "$directory/release"
}
fetch InRelease || fetch Release
date=$(sed -n '/^Date: /{s///p;q}' "$directory/release")
SOURCE_DATE_EPOCH=$(date -u -d "\${date:?the release file has no date}" +%s)
export SOURCE_DATE_EPOCH
echo "$SOURCE_DATE_EPOCH" >"$directory/epoch"
mkdir -p /run/cloister/keyrings
cp "$keyring" "$copy"
chmod 644 "$copy"
: >/run/cloister/no-keyring.gpg
"$@"
cd /run/cloister/tree
find dev -mindepth 1 -delete
find var/cache/apt var/cache/ldconfig var/lib/apt/lists -type f -delete 2>/dev/null || :
rm -f var/log/bootstrap.log var/log/dpkg.log var/log/alternatives.log
if [ -e etc/machine-id ]; then : >etc/machine-id; fi
echo localhost >etc/hostname
grep -c '^Status: install ok installed$' var/lib/dpkg/status >"$directory/packages" || :
`;
