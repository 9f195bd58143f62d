import { registration } from "../kernel/binfmt.ts";
import type { ElfHeader, ElfMachine } from "../kernel/elf.ts";
import { isRelease } from "../kernel/release.ts";
import type { Architecture } from "../model/architecture.ts";
import { architectures, binfmtPlace, isForeign } from "../model/architecture.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Machine } from "../model/resource.ts";
import type { Rootfs } from "../model/rootfs.ts";
import { architectureOf } from "../model/rootfs.ts";
import { buildIds } from "./rootfs-image.ts";

const elves: Readonly<Record<Architecture, ElfMachine>> = {
  amd64: { name: "x86_64", bits: 64, order: "little", machine: 62 },
  arm64: { name: "aarch64", bits: 64, order: "little", machine: 183 },
  armel: { name: "arm", bits: 32, order: "little", machine: 40 },
  armhf: { name: "arm", bits: 32, order: "little", machine: 40 },
  i386: { name: "i386", bits: 32, order: "little", machine: 3 },
  mips64el: { name: "mips64el", bits: 64, order: "little", machine: 8 },
  ppc64el: { name: "ppc64le", bits: 64, order: "little", machine: 21 },
  riscv64: { name: "riscv64", bits: 64, order: "little", machine: 243 },
  s390x: { name: "s390x", bits: 64, order: "big", machine: 22 },
};

/** What programs of a root are told by, where the host cannot run them by itself; null where it can. */
export function foreignElf(rootfs: Rootfs, { architecture }: Pick<Machine, "architecture">): ElfMachine | null {
  const own = architectureOf(rootfs);
  return own === undefined || !isForeign(own, architecture) ? null : elves[own];
}

/** Set in `e_flags` of a program that passes numbers in registers of the floating point unit (EF_ARM_ABI_FLOAT_HARD of elf.h): what armhf is told from armel by. */
const hardFloat = 0x400;

/** What a program is for, by its header; null: nothing that has a name here. */
export function architectureOfElf({ bits, order, machine, flags }: ElfHeader): Architecture | null {
  const found = architectures.filter((name) => {
    const elf = elves[name];
    return elf.bits === bits && elf.order === order && elf.machine === machine;
  });
  const [first = null, second] = found;
  return second === undefined ? first : (flags & hardFloat) === 0 ? "armel" : "armhf";
}

/** The program of the host that runs those of another processor. */
function interpreterProgram({ name }: ElfMachine): string {
  return `qemu-${name}-static`;
}

/** Where it is; a plan is to be shown without it too. */
export function interpreterPath(elf: ElfMachine, facts: Facts): string {
  return text(facts, `tool/${interpreterProgram(elf)}`) ?? `/usr/bin/${interpreterProgram(elf)}`;
}

/** What must be seen to know that, and whether it can be used. */
export function interpreterFacts(rootfs: Rootfs): readonly FactName[] {
  const own = architectureOf(rootfs);
  return own === undefined ? [] : [`tool/${interpreterProgram(elves[own])}`, "host/osrelease", "host/filesystem/binfmt_misc"];
}

interface Here {
  readonly machine: Pick<Machine, "architecture">;
  readonly facts: Facts;
  /** Whose root it is. */
  readonly name: string;
}

/** Why programs of a root cannot be run on this machine, neither while it is built nor later. */
export function interpreterProblems(rootfs: Rootfs, { machine, facts, name }: Here): readonly Diagnostic[] {
  const elf = foreignElf(rootfs, machine);
  if (elf === null) return [];
  const own = architectureOf(rootfs) ?? "";
  const severity = "error";
  const lacking = (message: string, hint: string): readonly Diagnostic[] => [
    { ...{ code: "rootfs/foreign-architecture", severity }, message: `${name}.rootfs.architecture: ${message}`, hint },
  ];
  const kernel = !isRelease(text(facts, "host/osrelease") ?? "", [6, 7])
    ? lacking(`no user namespace has a binfmt_misc of its own in this kernel, and ${own} needs one`, "a kernel from 6.7 on")
    : text(facts, "host/filesystem/binfmt_misc") === null
      ? lacking(`this kernel has no binfmt_misc, and ${own} needs it`, "a kernel with CONFIG_BINFMT_MISC")
      : [];
  const program = interpreterProgram(elf);
  if (text(facts, `tool/${program}`) !== null) return kernel;
  const message = `${name}: ${program} is not installed, and rootfs.architecture ${own} needs it`;
  return [...kernel, { code: "host/missing-tool", severity, message, hint: "apt-get install qemu-user-static" }];
}

/** What the making of a release's tree is told where programs of that tree are run by an interpreter. */
interface Interpreting {
  readonly elf: ElfMachine;
  readonly shim: string;
  readonly facts: Facts;
  /** A directory of packages on the host that it reads, shown to it at `shownMirror`; null: none. */
  readonly mirror: string | null;
}

/** Where such a directory is shown: who has no privilege of the host may not go through those above it. */
export const shownMirror = "/run/cloister/mirror";

/** How a command is begun that fills /run/cloister/tree by running programs that are there, with an interpreter and without a privilege of the host. */
export function interpreted({ elf, shim, facts, mirror }: Interpreting): readonly string[] {
  const register = registration(elf, interpreterPath(elf, facts));
  return ["sh", "-c", interpretedScript, "sh", shim, String(buildIds), mirror ?? "", registeringScript, register];
}

/**
 * `sh -c SCRIPT sh SHIM IDS MIRROR REGISTERING REGISTRATION COMMAND...`. Owners in the tree become those inside when nothing lives any more that could change them.
 */
const interpretedScript = `set -eu
shim=$1 ids=$2 mirror=$3
shift 3
cd /run/cloister
if [ -n "$mirror" ]; then
  mkdir -p ${shownMirror}
  mountpoint -q ${shownMirror} || mount --bind "$mirror" ${shownMirror}
fi
chown "$ids:$ids" /run/cloister/tree
perl "$shim" self foreign "$ids" unshare --mount --pid --mount-proc --fork --kill-child sh -c "$1" sh "$@"
perl "$shim" self adopt "$ids" /run/cloister/tree
`;

/** `sh -c SCRIPT sh REGISTERING REGISTRATION COMMAND...`, as root of a user namespace: what is run in there, or in one below it, is run so. */
const registeringScript = `set -eu
mount -t binfmt_misc binfmt_misc ${binfmtPlace}
printf %s "$2" >${binfmtPlace}/register
shift 2
exec "$@"
`;
