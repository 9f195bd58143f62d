import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** How the built command line is started; nothing of the caller's environment but PATH. */
export interface Start {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly uid?: number;
  /** The program, where it is not dist/cloister. */
  readonly program?: string;
}

/** What it printed and ended with. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs the built `dist/cloister` without caches and waits for its end. */
export function cloister(args: readonly string[], start: Start = {}): Ended {
  const { cwd, env = {}, input = "", uid, program = resolve("dist/cloister") } = start;
  const result = spawnSync(program, [...args], {
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin", CLOISTER_CACHE: "off", ...env },
    input,
    encoding: "utf8",
    timeout: 30_000,
    ...(cwd !== undefined && { cwd }),
    ...(uid !== undefined && { uid, gid: uid }),
  });
  if (result.error !== undefined) throw result.error;
  return { code: result.status, out: result.stdout, error: result.stderr };
}

/** Calls `body` with a directory that holds these files, and removes it. */
export function withFiles(files: Readonly<Record<string, string | Uint8Array>>, body: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "cloister-cli-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    body(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** As `withFiles`, with the built command line in it, where everybody may read: a checkout may lie where only root may. */
export function withInstalled(
  files: Readonly<Record<string, string | Uint8Array>>,
  body: (directory: string, program: string) => void,
): void {
  withFiles(files, (directory) => {
    const names = readdirSync("dist").filter((name) => name === "cloister" || /\.(cjs|pl)$/.test(name));
    for (const name of names) copyFileSync(join("dist", name), join(directory, name));
    chmodSync(directory, 0o755);
    body(directory, join(directory, "cloister"));
  });
}

/** A manifest without a mistake. */
export const goodManifest = `api_version: cloister/v1
name: blog
environments:
  web:
    rootfs: { release: bookworm }
    mounts:
      /tmp: { type: tmpfs, size: 64M }
  db:
    rootfs: { release: bookworm }
`;
