/** Processors, by Debian's names. */
export const architectures = ["amd64", "arm64", "armel", "armhf", "i386", "mips64el", "ppc64el", "riscv64", "s390x"] as const;
export type Architecture = (typeof architectures)[number];

/** What the kernel runs by itself, by `process.arch`; first what it is itself. */
const native: Readonly<Record<string, readonly [Architecture, ...Architecture[]]>> = { x64: ["amd64", "i386"], arm64: ["arm64"] };

/** What a machine is, by `process.arch`; null: none that cloister runs on. */
export function architectureOfMachine(machine: string): Architecture | null {
  return native[machine]?.[0] ?? null;
}

/** Whether programs of an architecture need an interpreter on a machine whose `process.arch` is this. */
export function isForeign(architecture: Architecture, machine: string): boolean {
  return native[machine]?.includes(architecture) !== true;
}

/** Where the binfmt_misc of an environment is mounted; the kernel has this directory in every proc. */
export const binfmtPlace = "/proc/sys/fs/binfmt_misc";

/** A processor by its name in OCI images (image-spec, "Platform Variants"), and which of its kinds run the same programs, the nearest first; []: no kinds are told apart. */
export interface OciProcessor {
  readonly architecture: string;
  readonly variants: readonly string[];
}

const ociProcessors: Readonly<Record<Architecture, OciProcessor>> = {
  amd64: { architecture: "amd64", variants: [] },
  arm64: { architecture: "arm64", variants: [] },
  armel: { architecture: "arm", variants: ["v5"] },
  armhf: { architecture: "arm", variants: ["v7", "v6"] },
  i386: { architecture: "386", variants: [] },
  mips64el: { architecture: "mips64le", variants: [] },
  ppc64el: { architecture: "ppc64le", variants: [] },
  riscv64: { architecture: "riscv64", variants: [] },
  s390x: { architecture: "s390x", variants: [] },
};

/** What an OCI image calls a processor. */
export function ociProcessor(architecture: Architecture): OciProcessor {
  return ociProcessors[architecture];
}
