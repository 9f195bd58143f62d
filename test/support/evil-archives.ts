import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Root } from "../../src/model/root.ts";
import { rootPath } from "../../src/model/root.ts";
import type { BuildOptions } from "./root-build.ts";
import type { Member } from "./tar-bytes.ts";
import { paxHeader, tarBytes } from "./tar-bytes.ts";

/** Where a test unpacks what is hostile. */
export interface Place {
  readonly directory: string;
  readonly store: string;
  /** A directory of the host that archives aim at, with a file of its own in it. */
  readonly victim: string;
}

/** Runs `body` with a place, and takes it away. */
export async function withPlace(body: (place: Place) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "cloister-test-"));
  const victim = join(directory, "victim");
  mkdirSync(victim);
  writeFileSync(join(victim, "secret"), "the host's");
  chmodSync(join(victim, "secret"), 0o600);
  try {
    await body({ directory, store: join(directory, "store"), victim });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** All that a write could change: names, modes, owners, links, times and contents. */
export function stateOf(victim: string): string {
  const of = (path: string): unknown[] => {
    const { mode, uid, gid, nlink, mtimeMs, ino } = lstatSync(path);
    const inside = lstatSync(path).isDirectory() ? readdirSync(path).map((name) => of(join(path, name))) : [readFileSync(path, "utf8")];
    return [path, mode, uid, gid, nlink, mtimeMs, ino, inside];
  };
  return JSON.stringify(of(victim));
}

/** With a tar that takes every name as it is: then it is where it runs that holds, not its own care. */
export const trusting: BuildOptions = {
  change: (step) =>
    step.type !== "run"
      ? step
      : {
          ...step,
          command: step.command.map((word) => (typeof word === "string" ? word.replace("tar --extract", "tar --extract -P") : word)),
        },
};

/** What a tar is unpacked with by whoever does not think of it: as root, by GNU tar told to take names as they are. */
export function unpackNaively({ directory }: Place, members: readonly Member[]): void {
  const tree = mkdtempSync(join(directory, "naive-"));
  spawnSync("tar", ["-x", "-P", "-f", "-"], { cwd: tree, input: tarBytes(members), stdio: ["pipe", "ignore", "ignore"] });
}

/** The tree as a listing: `TYPE MODE UID NAME LINK`, of an image that is mounted for a moment. */
export function listing(store: string, root: Root): readonly string[] {
  const mounted = mkdtempSync(join(tmpdir(), "cloister-test-"));
  execFileSync("mount", ["-t", "erofs", "-o", "ro,nosuid,nodev", rootPath(store, root), mounted]);
  try {
    const output = execFileSync("find", [".", "-mindepth", "1", "-printf", "%y %m %U %P %l\\n"], { cwd: mounted, encoding: "utf8" });
    return output
      .trim()
      .split("\n")
      .map((line) => line.trim())
      .sort();
  } finally {
    execFileSync("umount", [mounted]);
    rmSync(mounted, { recursive: true });
  }
}

/** Each archive by what it tries; `aim` is the victim's directory. */
export const attacks: Readonly<Record<string, (aim: string) => readonly Member[]>> = {
  "an absolute name": (aim) => [{ name: `${aim}/new`, content: "evil" }],
  "an absolute name of a file that is there": (aim) => [{ name: `${aim}/secret`, content: "evil" }],
  "a name that climbs": (aim) => [{ name: `${"../".repeat(20)}${aim.slice(1)}/new`, content: "evil" }],
  "a name that climbs from inside": (aim) => [
    { name: "a", type: "5" },
    { name: `a/${"../".repeat(20)}${aim.slice(1)}/new`, content: "evil" },
  ],
  "a file through an absolute symbolic link": (aim) => [
    { name: "out", type: "2", link: aim },
    { name: "out/new", content: "evil" },
  ],
  "a file through a relative symbolic link": (aim) => [
    { name: "out", type: "2", link: `${"../".repeat(20)}${aim.slice(1)}` },
    { name: "out/new", content: "evil" },
  ],
  "a file through a link to a link": (aim) => [
    { name: "up", type: "2", link: "../".repeat(20) },
    { name: "out", type: "2", link: `up/${aim.slice(1)}` },
    { name: "out/new", content: "evil" },
  ],
  "a file over a symbolic link": (aim) => [
    { name: "out", type: "2", link: `${aim}/secret` },
    { name: "out", content: "evil" },
  ],
  "a directory over a symbolic link": (aim) => [
    { name: "out", type: "2", link: aim },
    { name: "out", type: "5", mode: 0o777 },
    { name: "out/new", content: "evil" },
  ],
  "a hard link to the host's file": (aim) => [{ name: "stolen", type: "1", link: `${aim}/secret` }],
  "a hard link through a symbolic link": (aim) => [
    { name: "out", type: "2", link: aim },
    { name: "stolen", type: "1", link: "out/secret" },
  ],
  "a mode through a hard link": (aim) => [{ name: "stolen", type: "1", link: `${aim}/secret`, mode: 0o4777 }],
  "an extended header's path": (aim) => [paxHeader({ path: `${aim}/new` }), { name: "harmless", content: "evil" }],
  "an extended header's link": (aim) => [
    paxHeader({ linkpath: aim }),
    { name: "out", type: "2", link: "." },
    { name: "out/new", content: "evil" },
  ],
  "a GNU long name": (aim) => [
    { name: "././@LongLink", type: "L", content: `${aim}/new\0` },
    { name: "harmless", content: "evil" },
  ],
  "the root itself as a link": (aim) => [
    { name: "./", type: "2", link: aim },
    { name: "./new", content: "evil" },
  ],
};

/** GNU tar by itself puts off links that point out, and unlinks before it writes: with these even the naive way does nothing. */
export const harmlessToAnyTar: readonly string[] = [
  "a file over a symbolic link",
  "a directory over a symbolic link",
  "the root itself as a link",
];
