import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { busyboxTar } from "../support/busybox.ts";
import type { Rig } from "../support/rig.ts";
import type { Figure } from "./figures.ts";
import { median } from "./figures.ts";
import { time, timed } from "./timing.ts";

const release = "{ release: bookworm }";
const small = "{ tar: ./root.tar }";

/** Roots of bookworm: their builds (once each, they take seconds), and what a root costs that is there. */
export async function rootFigures(rig: Rig): Promise<readonly Figure[]> {
  busyboxTar(join(rig.directory, "root.tar"));
  declare(rig, release);
  const cold = timed(rig, ["build"]);
  const mirror = /mirror: (\S+)/.exec((await rig.expect(0, "config")).stdout)?.[1] ?? "";
  const plain = tree(rig, (path) => [
    ...["mmdebstrap", "--mode=root", "--variant=minbase", "--hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr"],
    ...["bookworm", path, mirror],
  ]);
  const old = tree(rig, (path) => ["debootstrap", "--force-check-gpg", "--variant=minbase", "bookworm", path, mirror]);
  return [
    { name: "first `build` of bookworm, and debootstrap", ms: cold, baseMs: old, kind: "at least", bar: 1.4, goal: 1.4 },
    { name: "the same, and plain mmdebstrap", ms: cold, baseMs: plain, kind: "at most", bar: 1.1, goal: 1.1 },
    await locked(rig, plain),
    layer(rig, cold),
    await packages(rig),
    await verification(rig),
    await size(rig),
  ];
}

function declare(rig: Rig, rootfs: string): void {
  rig.write("cloister.yaml", `api_version: cloister/v1\nname: bench\nenvironments:\n  web:\n    rootfs: ${rootfs}\n`);
}

/** What another tool takes to make a tree, in memory as our builds do. */
function tree(rig: Rig, command: (path: string) => readonly string[]): number {
  const path = join(rig.directory, "tree");
  const inMemory = 'mount -t tmpfs -o mode=755 cloister-bench "$1" && shift && exec "$@"';
  mkdirSync(path);
  try {
    return time(["unshare", "--mount", "sh", "-c", inMemory, "sh", path, ...command(path)], { ...rig.env });
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** Of the lock, whose packages are kept. */
async function locked(rig: Rig, plain: number): Promise<Figure> {
  const { code, stderr } = await rig.run(["lock"], { timeoutMs: 300_000 });
  if (code !== 0) throw new Error(`lock: code ${code}\n${stderr}`);
  const roots = join(rig.dataDir, "store/roots");
  for (const name of readdirSync(roots)) rmSync(join(roots, name));
  const ms = timed(rig, ["build", "--locked", "--offline"]);
  rmSync(join(rig.directory, "cloister.lock"));
  return {
    name: "`build --locked --offline` of bookworm, and plain mmdebstrap",
    ms,
    baseMs: plain,
    kind: "at most",
    bar: 0.75,
    goal: 0.75,
  };
}

/** A layer of one command more on a root that is there, and that root's own build. */
function layer(rig: Rig, cold: number): Figure {
  declare(rig, release);
  timed(rig, ["build"]);
  const taken = [1, 2, 3, 4, 5].map((turn) => {
    declare(rig, `{ release: bookworm, setup: ["echo ${turn} >/etc/turn"] }`);
    return timed(rig, ["build"]);
  });
  return { name: "a layer on bookworm, and bookworm's own build", ms: median(taken), baseMs: cold, kind: "at least", bar: 15, goal: 15 };
}

/** curl and the fifteen packages that it needs, of a lock, on a base that is there; and a build that finds all of it. */
async function packages(rig: Rig): Promise<Figure> {
  declare(rig, "{ release: bookworm, packages: [curl] }");
  const { code, stderr } = await rig.run(["lock"], { timeoutMs: 300_000 });
  if (code !== 0) throw new Error(`lock: code ${code}\n${stderr}`);
  const build = ["build", "--locked", "--offline"];
  // The base may have been built of another lock, or of none.
  timed(rig, build);
  const roots = join(rig.dataDir, "store/roots");
  const layered = () => readdirSync(roots).filter((name) => JSON.parse(readFileSync(join(roots, name), "utf8")).spec.type === "packages");
  const [taken, idle]: number[][] = [[], []];
  for (let turn = 0; turn < 7; turn += 1) {
    idle?.push(timed(rig, build));
    for (const name of layered()) rmSync(join(roots, name));
    taken?.push(timed(rig, build));
    if (layered().length !== 1) throw new Error("no layer was built");
  }
  rmSync(join(rig.directory, "cloister.lock"));
  return {
    ...{ name: "curl of its lock, on bookworm, and a build that finds it", ms: median(taken ?? []), baseMs: median(idle ?? []) },
    ...{ kind: "added", bar: 600, goal: 600 },
  };
}

/** Each byte of the image. */
async function verification(rig: Rig): Promise<Figure> {
  declare(rig, release);
  const { digest } = JSON.parse((await rig.expect(0, "rootfs", "inspect", "web", "--json")).stdout);
  const image = join(rig.dataDir, "store/sha256", String(digest));
  const [own, other]: number[][] = [[], []];
  for (let turn = 0; turn < 7; turn += 1) {
    other?.push(time(["openssl", "dgst", "-sha256", image], { ...rig.env }));
    own?.push(timed(rig, ["rootfs", "verify", "web"]));
  }
  return {
    ...{ name: "`rootfs verify` of bookworm, and openssl of its image", ms: median(own ?? []), baseMs: median(other ?? []) },
    ...{ kind: "added", bar: 150, goal: 60 },
  };
}

/** New environments on bookworm and on a root of 2 MB, both in the store, in turns: a root's size costs nothing. */
async function size(rig: Rig): Promise<Figure> {
  const [large, tiny]: number[][] = [[], []];
  for (let turn = 0; turn <= 10; turn += 1) {
    for (const [rootfs, taken] of [
      [small, tiny],
      [release, large],
    ] as const) {
      declare(rig, rootfs);
      const ms = timed(rig, ["apply", "--yes"]);
      // The first turn builds the small root.
      if (turn > 0) taken?.push(ms);
      await rig.expect(0, "destroy", "--yes", "--volumes");
    }
  }
  return {
    ...{ name: "`apply`, a new environment on bookworm, and on a root of 2 MB", ms: median(large ?? []), baseMs: median(tiny ?? []) },
    ...{ kind: "added", bar: 30, goal: 30 },
  };
}
