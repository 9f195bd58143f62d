import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { Result } from "../support/rig.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { furnish, gone, stands, subjects } from "./subjects.ts";
import type { Effort, Trial } from "./trial.ts";

/** What is written down is lost, cut, or cannot be written. */
export const places: readonly Trial[] = [
  { id: "R04", what: "run and state directories are lost: what runs is found again, nothing restarts", run: lost },
  { id: "R06", what: "the disk is full, at 20 sizes", run: full },
  { id: "R07", what: "a record, an event or a file of the run directory is cut", run: cut },
  { id: "R16", what: "the state or the data directory is read-only: told before anything is made", run: readOnly },
];

const [, everything] = subjects;
const declared = everything?.first ?? {};

async function lost(): Promise<number> {
  await withSite(async (site) => {
    furnish(site);
    site.declare(declared);
    await site.apply();
    const { identity } = await site.seen();
    for (const names of [["run"], ["state"], ["run", "state", "locks"]]) {
      for (const name of names) rmSync(join(site.rig.stateDir, name), { recursive: true, force: true });
      await stands(site, declared);
      await site.rig.expect(0, "apply", "--yes");
      if ((await site.seen()).identity !== identity) throw new Error(`without ${names.join(", ")}: it was made anew`);
    }
    rmSync(join(site.rig.stateDir, "run"), { recursive: true, force: true });
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    gone(site, "without records");
  });
  return 3;
}

/** Files below the state directory, without logs. */
function recordsOf({ rig }: Site): readonly string[] {
  return readdirSync(rig.stateDir, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(json|jsonl|lock|end)$|fstab$/.test(name))
    .map((name) => join(rig.stateDir, name));
}

async function cut({ share, oneIn, random }: Effort): Promise<number> {
  let count = 0;
  await withSite(async (site) => {
    furnish(site);
    site.declare(declared);
    await site.apply();
    site.declare(everything?.second ?? {});
    await site.apply();
    const { identity } = await site.seen();
    for (const file of recordsOf(site)) {
      const { length } = readFileSync(file);
      for (let time = 0; time < (share === "whole" ? Math.ceil(60 / oneIn) : 2); time++) {
        if (!existsSync(file)) break;
        truncateSync(file, Math.min(readFileSync(file).length, time === 0 ? 0 : random.below(length + 1)));
        await stands(site, everything?.second ?? {});
        await site.rig.expect(0, "apply", "--yes");
        await site.rig.expect(0, "history");
        if ((await site.seen()).identity !== identity) throw new Error(`${file} was cut: it was made anew`);
        count += 1;
      }
    }
  });
  return count;
}

/** A file system of its own at `place`, for data and state both. */
async function withSmallDisk(site: Site, body: (flags: readonly string[], remount: (options: string) => void) => Promise<void>) {
  const place = join(site.rig.directory, "disk");
  mkdirSync(place, { recursive: true });
  const mount = (...args: readonly string[]) => {
    const { status, stderr } = spawnSync("mount", [...args, place], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  };
  mount("-t", "tmpfs", "-o", "mode=0711,size=64M", "tmpfs");
  try {
    await body(["--data-dir", join(place, "data"), "--state-dir", join(place, "state")], (options) => mount("-o", `remount,${options}`));
  } finally {
    spawnSync("umount", ["-l", place]);
  }
}

/** A failure that is told as one of the machine's. */
function refusal({ code, stdout, stderr }: Result): void {
  if (code !== 1 || !/^error [a-z]+\/[a-z-]+: ./m.test(stdout + stderr)) throw new Error(`${code}\n${stdout}\n${stderr}`);
}

async function full({ share }: Effort): Promise<number> {
  const sizes = Array.from({ length: 20 }, (_, index) => 4096 * Math.round(1.35 ** (index + 1)));
  const chosen = sizes.filter((_, index) => share === "whole" || index % 3 === 0);
  await withSite(async (site) => {
    furnish(site);
    site.declare(declared);
    for (const size of chosen) {
      await withSmallDisk(site, async (flags, remount) => {
        remount(`size=${size}`);
        const result = await site.rig.cloister(...flags, "apply", "--yes");
        if (result.code !== 0) refusal(result);
        remount("size=64M");
        await site.rig.expect(0, ...flags, "apply", "--yes");
        await site.rig.expect(0, ...flags, "history");
        await site.rig.expect(0, ...flags, "plan", "--detailed-exitcode");
        await site.rig.expect(0, ...flags, "destroy", "--yes", "--volumes");
      });
      gone(site, `a disk of ${size} bytes`);
    }
  });
  return chosen.length;
}

async function readOnly(): Promise<number> {
  await withSite(async (site) => {
    furnish(site);
    site.declare(declared);
    await withSmallDisk(site, async ([data = "", dataDir = "", state = "", stateDir = ""], remount) => {
      const elsewhere = join(site.rig.directory, "elsewhere");
      for (const flags of [
        [data, dataDir, state, elsewhere],
        [data, elsewhere, state, stateDir],
      ]) {
        remount("ro");
        const result = await site.rig.cloister(...flags, "apply", "--yes", "--progress", "plain");
        refusal(result);
        if (/steps done/.test(result.stdout)) throw new Error(`it had begun: ${result.stdout}`);
        if (!/read-only|cannot be written/.test(result.stderr)) throw new Error(result.stderr);
        gone(site, "read-only");
        remount("rw");
        await site.rig.expect(0, ...flags, "apply", "--yes");
        await site.rig.expect(0, ...flags, "destroy", "--yes", "--volumes");
        gone(site, "writable again");
        rmSync(elsewhere, { recursive: true, force: true });
      }
    });
  });
  return 2;
}
