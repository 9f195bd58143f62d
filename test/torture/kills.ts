import type { Result } from "../support/rig.ts";
import type { Declared, Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import type { Subject } from "./subjects.ts";
import { furnish, gone, stands, subjects } from "./subjects.ts";
import type { Effort, Trial } from "./trial.ts";
import { isTried } from "./trial.ts";

/** Killed before and after every step, at the lock and at the note: the next run finishes what it had begun. */
export const kills: readonly Trial[] = subjects.flatMap((subject) => [
  { id: "R01", what: `${subject.name}: made and destroyed, killed at each step`, run: (effort) => madeAndDestroyed(subject, effort) },
  { id: "R01", what: `${subject.name}: changed, killed at each step`, run: (effort) => changed(subject, effort) },
]);

const apply = ["apply", "--yes", "--json"];
const destroy = ["destroy", "--yes", "--volumes", "--json"];

/** Of those that CI has no time for at every step. */
const sample = 3;

async function madeAndDestroyed(subject: Subject, effort: Effort): Promise<number> {
  let count = 0;
  await withSite(async (site) => {
    furnish(site);
    site.declare(subject.first);
    const made = await site.rig.expect(0, ...apply);
    await stands(site, subject.first);
    const created = places(made, subject, effort);
    const ended = places(await site.rig.expect(0, ...destroy), subject, effort);
    for (let index = 0; index < Math.max(created.length, ended.length); index++) {
      count += await killed(site, apply, created[index]);
      await site.rig.expect(0, ...apply);
      await synced(site, `created, killed ${created[index] ?? ""}`);
      count += await killed(site, destroy, ended[index]);
      await site.rig.expect(0, ...destroy);
      gone(site, `created, killed ${created[index] ?? ""}, destroyed, killed ${ended[index] ?? ""}`);
    }
  });
  return count;
}

async function changed(subject: Subject, effort: Effort): Promise<number> {
  let count = 0;
  await withSite(async (site) => {
    furnish(site);
    const versions = [subject.first, subject.second];
    const found: (readonly string[])[] = [];
    for (const version of [subject.first, subject.second, subject.first]) {
      site.declare(version);
      found.push(places(await site.rig.expect(0, ...apply), subject, effort));
    }
    for (let round = 1; round <= Math.max(found[1]?.length ?? 0, found[2]?.length ?? 0) * 2; round++) {
      const version: Readonly<Record<string, Declared>> = versions[round % 2] ?? {};
      const place = found[round % 2 === 1 ? 1 : 2]?.[Math.floor((round - 1) / 2)];
      site.declare(version);
      count += await killed(site, apply, place);
      await site.rig.expect(0, ...apply);
      await synced(site, `changed, killed ${place ?? ""}`);
    }
    await stands(site, subject.first);
    await site.rig.expect(0, ...destroy);
    gone(site, "changed");
  });
  return count;
}

/** Where a run can be killed that did this: after each thing that it did, or, with all the time there is, on both sides of each step. */
function places({ stdout }: Result, { name }: Subject, effort: Effort): readonly string[] {
  const { share, random } = effort;
  const totals = new Map<string, number>();
  const ends: number[] = [];
  for (const line of stdout.trim().split("\n")) {
    const { type, environment, total, done }: { type: string; environment: string; total: number; done: number } = JSON.parse(line);
    if (type === "environment-started") totals.set(environment, total);
    const before = [...totals].slice(0, [...totals.keys()].indexOf(environment)).reduce((sum, [, each]) => sum + each, 0);
    if (type === "step-finished") ends.push(before + done);
  }
  const all = [...totals.values()].reduce((sum, each) => sum + each, 0);
  const each = Array.from({ length: all }, (_, index) => [`before:${index + 1}`, `after:${index + 1}`]).flat();
  const around = ["before:lock", "after:lock", "before:note", "after:note"];
  if (share === "whole") return [...around, ...each].filter(() => isTried(effort));
  const some = [...around, "before:1", ...ends.map((step) => `after:${step}`)];
  if (name === "everything") return some;
  return Array.from({ length: sample }, () => some[random.below(some.length)] ?? "after:1");
}

/** Runs a command that is to die at a place, and counts whether it did. */
async function killed({ rig }: Site, command: readonly string[], place: string | undefined): Promise<number> {
  if (place === undefined) return 0;
  const died = await rig.run(command, { env: { CLOISTER_FAILPOINT: `kill:${place}` } });
  if (died.code !== 137) throw new Error(`kill:${place}: ${command.join(" ")} ended with ${died.code}\n${died.stdout}\n${died.stderr}`);
  return 1;
}

async function synced({ rig }: Site, story: string): Promise<void> {
  const { stdout } = await rig.expect(0, "status", "--json");
  const {
    environments,
  }: { readonly environments: readonly { readonly name: string; readonly state: string; readonly synced: boolean }[] } = JSON.parse(stdout);
  const wrong = environments.filter((one) => one.state !== "running" || !one.synced);
  if (wrong.length > 0) throw new Error(`${story}: ${JSON.stringify(wrong)}`);
}
