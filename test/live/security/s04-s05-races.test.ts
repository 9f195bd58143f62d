// S04, S05: mounts and directories are made where they are declared, whoever swaps what is on the way. Seen: 618 of 883 plain mounts hit the host.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../../support/needs.ts";
import type { Site } from "../../support/site.ts";
import { withSite } from "../../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** How many attempts of ours, each under a race of some hundred thousand swaps a second, and of the naive call. */
const attempts = { ours: 1200, naive: 300 } as const;

for (const where of ["assembly", "live", "mkdir"] as const) {
  live(`${attempts.ours} races at ${where}: nothing lands outside, where the naive call does`, () =>
    withSite(async (site) => {
      const place = await arena(site);
      const ours = await race(site, place, `ours-${where}`);
      assert.is(ours.outside, 0, JSON.stringify(ours));
      assert.is(ours.placed + ours.refused, attempts.ours);
      // It was a race: both sides won often.
      assert.ok(ours.placed > 0 && ours.refused > 20 && ours.swapped > attempts.ours, JSON.stringify(ours));
      const naive = await race(site, place, `naive-${where}`);
      assert.ok(naive.outside > 20, JSON.stringify(naive));
      process.stdout.write(`\n${where}: ours ${JSON.stringify(ours)}, naive ${JSON.stringify(naive)}\n`);
    }),
  );
}

live("the whole command, in the same race", () =>
  withSite(async (site) => {
    const place = await arena(site);
    const swapper = spawn("perl", shim("swap", 0, place), { stdio: "ignore" });
    try {
      for (let round = 0; round < 6; round++) {
        site.declare({
          web: { overlay: "none", mounts: { "/race/target/made": { type: "bind", source: join(place, "source"), create: true } } },
        });
        const { code } = await site.rig.cloister("apply", "--yes");
        assert.ok(code === 0 || code === 1, String(code));
        site.declare({ web: { overlay: "none" } });
        await site.rig.cloister("apply", "--yes");
        assert.equal(readdirSync(join(place, "outside")), []);
      }
    } finally {
      swapper.kill();
    }
    await site.rig.expect(0, "destroy", "--yes");
  }),
);

test.run();

interface Outcome {
  readonly placed: number;
  readonly refused: number;
  readonly outside: number;
  readonly swapped: number;
}

/** The site's root with a directory and a link that can be swapped, and a running environment whose root it is. */
async function arena(site: Site): Promise<string> {
  const place = site.rig.directory;
  mkdirSync(join(site.root, "race/target"), { recursive: true });
  // Whoever is root inside has to be able to make something in it.
  chmodSync(join(site.root, "race"), 0o777);
  for (const name of ["outside", "source"]) mkdirSync(join(place, name));
  symlinkSync(join(place, "outside"), join(site.root, "race/link"));
  writeFileSync(join(place, "source/marker"), "");
  await site.stand({ overlay: "none" });
  return place;
}

async function race(site: Site, place: string, what: `${"ours" | "naive"}-${string}`): Promise<Outcome> {
  const { pid, start } = await site.seen();
  const count = what.startsWith("ours") ? attempts.ours : attempts.naive;
  const text = execFileSync("perl", [...shim(what, count, place), String(pid), start], { encoding: "utf8" });
  const numbers = new Map([...text.matchAll(/([a-z]+) (\d+)/g)].map(([, name = "", value]) => [name, Number(value)]));
  const number = (name: string) => numbers.get(name) ?? -1;
  return {
    placed: number("placed"),
    refused: number("refused"),
    outside: number("outside"),
    swapped: number("swapped"),
  };
}

function shim(what: string, count: number, place: string): string[] {
  return [resolve("dist/shim.pl"), process.arch, "probe", resolve("test/support/race.pl"), what, String(count), place];
}
