import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Declared, Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import type { Watching } from "../support/watching.ts";
import { withWatch } from "../support/watching.ts";
import { stateOf } from "./stopped.ts";
import { furnish, gone, stands, subjects } from "./subjects.ts";
import type { Effort, Trial } from "./trial.ts";

type Version = Readonly<Record<string, Declared>>;

/** What happens to the manifest while an apply stands still. What lies there at the end is the version that it is given. */
type Edit = (site: Site, version: Version, goOn: () => Promise<void>) => Promise<void> | void;

const edits: Readonly<Record<string, Edit>> = {
  "written again": (site, version) => site.declare(version),
  "replaced by a rename": (site, version) => {
    const path = manifestOf(site);
    const before = readFileSync(path);
    site.declare(version);
    renameSync(path, `${path}.new`);
    writeFileSync(path, before);
    renameSync(`${path}.new`, path);
  },
  "half written, then whole": async (site, version, goOn) => {
    site.declare(version);
    const text = readFileSync(manifestOf(site), "utf8");
    writeFileSync(manifestOf(site), text.slice(0, text.length / 2));
    await goOn();
    writeFileSync(manifestOf(site), text);
  },
  "deleted, then there again": async (site, version, goOn) => {
    rmSync(manifestOf(site));
    await goOn();
    site.declare(version);
  },
  "written five times": (site, version) => {
    for (let time = 0; time < 4; time++) site.declare({ web: { ...version.web, hostname: `time-${time}` } });
    site.declare(version);
  },
};

/** The manifest is edited in the middle of what a watch does. */
export const edited: readonly Trial[] = Object.entries(edits).map(([what, edit]) => ({
  id: "R08",
  what: `the manifest is ${what} in the middle of an apply: it comes to the last one, by two more at most`,
  run: (effort) => editedAtSteps(edit, effort),
}));

const [, everything] = subjects;

/** The most that follow the apply in which the manifest was edited: one for what was seen too early, one for the last word. */
const mostApplies = 2;

async function editedAtSteps(edit: Edit, { share, oneIn, random }: Effort): Promise<number> {
  const [first, second] = [everything?.first ?? {}, everything?.second ?? {}];
  let count = 0;
  await withSite(async (site) => {
    furnish(site);
    for (let step = 1; ; step += 1 + random.below(share === "whole" ? 2 * oneIn - 1 : 25)) {
      site.declare(first);
      await site.apply();
      const { identity } = await site.seen();
      // Back to what it was, on to something else, or what is being applied, once more.
      const version = [first, { web: { ...second.web, hostname: "three" } }, second][count % 3] ?? first;
      let reached = false;
      await withWatch({ rig: site.rig, through: ["env", `CLOISTER_FAILPOINT=stop:before:${step}`] }, [], async (watching) => {
        site.declare(second);
        await until("it stops, or is done", () => stateOf(watching.pid) === "T" || watching.applies() > 0, 30_000);
        reached = watching.applies() === 0;
        if (!reached) return;
        await edit(site, version, () => goneOn(watching, () => watching.applies() > 0));
        // The one that stood still, where it still does, counts for none.
        const from = Math.max(watching.applies(), 1);
        await goneOn(watching, async () => (await site.changes()).length === 0);
        await goneOn(watching, () => watching.calm().then(() => true));
        if (watching.applies() - from > mostApplies) throw new Error(`before step ${step}: ${watching.applies() - from} more`);
      });
      if (!reached) break;
      await stands(site, version);
      if ((await site.seen()).identity !== identity) throw new Error(`before step ${step}: it was made anew`);
      count += 1;
    }
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    gone(site, "edited");
  });
  return count;
}

/** Lets the watch go on, and again whenever it stops in a later apply, until something holds. */
async function goneOn(watching: Watching, holds: () => Promise<boolean> | boolean): Promise<void> {
  const timer = setInterval(() => {
    if (stateOf(watching.pid) === "T") watching.signal("SIGCONT");
  }, 5);
  try {
    await until("the watch comes to its end", holds, 30_000);
  } finally {
    clearInterval(timer);
  }
}

function manifestOf({ rig }: Site): string {
  return join(rig.directory, "cloister.yaml");
}
