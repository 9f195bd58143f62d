import type { StagedMount } from "./step.ts";

/** File systems to make in a staging directory and operations of the shim, in one go. A word may hold references that are yet to be resolved. */
export interface Assembly<Word> {
  readonly pid: Word;
  readonly start: Word;
  /** First id on the host of the environment's range. */
  readonly base: number;
  /** The environment's run directory: the staging directory and the fstab lie in it. */
  readonly run: string;
  readonly mounts: readonly StagedMount[];
  readonly operations: readonly (readonly Word[])[];
}

/** The directory over which the staging file system is mounted, in a mount namespace of its own. */
export function stagingDirectory(run: string): string {
  return `${run}/stage`;
}

/** What went wrong in an environment's keeper before it was the reaper, in its own words. */
export function keeperLog(run: string): string {
  return `${run}/keeper.log`;
}

/** Why a start failed that was kept half made. */
export function failureFile(run: string): string {
  return `${run}/failed`;
}

/** The control group, below each of an environment's own, that tells a half made one which was kept: nothing inside can make or remove it. */
export const failureGroup = "failed";

/** The file that says what is to be mounted in the staging directory. */
export function stagingTable(run: string): string {
  return `${run}/fstab`;
}

/** Its text. Every mount in one file: mount -a makes them in this order. The first is the staging directory itself. */
export function stagingMounts({ run, mounts }: Pick<Assembly<unknown>, "run" | "mounts">): string {
  const stage = escapeOctal(stagingDirectory(run));
  const lines = mounts.map(
    ({ stage: name, fstype, source, options }) => `${source} ${stage}/${name} ${fstype} ${["X-mount.mkdir", ...options].join(",")} 0 0\n`,
  );
  return [`stage ${stage} tmpfs mode=0700 0 0\n`, ...lines].join("");
}

/**
 * What the shim is told to make an assembly's file systems and to place them in the environment (src/host/shim.pl): what it is to do, then each operation with
 * its count.
 */
export function assemblyWords<Word>({ pid, start, base, run, operations }: Assembly<Word>): {
  readonly words: readonly (string | Word)[];
  readonly operations: readonly (readonly (string | Word)[])[];
} {
  return {
    words: ["assemble", pid, start, stagingDirectory(run), String(base), stagingTable(run)],
    operations: operations.map((operation) => [String(operation.length), ...operation]),
  };
}

/** The escapes that fstab(5) wants, as the kernel writes them into mountinfo. */
export function escapeOctal(text: string): string {
  return text.replace(/[ \t\n\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
