// timeout: 900 s
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { within } from "../../../src/model/address.ts";
import { driftOf } from "../../support/drift-document.ts";
import type { DriftKind, Place } from "../../support/drift-kinds/place.ts";
import { identityOf, picture, standForDrift } from "../../support/drift-kinds/place.ts";
import { driftKinds } from "../../support/drift-kinds.ts";
import { needs } from "../../support/needs.ts";
import type { Site } from "../../support/site.ts";
import { startOf, withSite } from "../../support/site.ts";
import type { TestNetwork } from "../../support/test-network.ts";
import { withNetwork } from "../../support/test-network.ts";
import { until } from "../../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "memory limits", "pids limits", "cpu limits", "ip", "nft", "pasta");

live(
  `${driftKinds.length} kinds of drift: each is found where it is and nowhere else, and put right without a restart where that can be`,
  async () => {
    for (const mode of [undefined, "user"] as const)
      await withNetwork((network) => withSite((site) => allTried(site, network, mode), { network }));
    process.stdout.write(`${driftKinds.length} kinds, each found where it is, none missed, nothing falsely reported, all put right\n`);
  },
);

test.run();

async function allTried(site: Site, network: TestNetwork, mode: DriftKind["mode"]): Promise<void> {
  await standForDrift(site, network, mode);
  const problems: string[] = [];
  let place = await placeOf(site, network);
  for (const kind of driftKinds.filter((one) => one.mode === mode)) {
    const found = await trial(place, kind).catch((error: unknown) => [String(error)]);
    problems.push(...found.map((problem) => `${kind.name} (${kind.from}): ${problem}`));
    if (found.length > 0) await startAnew(site);
    if (found.length > 0 || restarts(kind)) place = await placeOf(site, network);
  }
  assert.equal(problems, []);
}

/** Does one kind, and says what was not as it should be. Afterwards all is as it was. */
async function trial(place: Place, kind: DriftKind): Promise<readonly string[]> {
  const { site } = place;
  const [identity, before] = [identityOf(place), picture(place)];
  const takeAway = await kind.inject(place);
  const found = await wronglyFound(site, kind);
  await site.rig.expect(0, "apply", "--yes");
  const left = (await driftOf(site, 0)).findings.map(({ address }) => `left ${address}`);
  await takeAway?.();
  if (restarts(kind)) return [...found, ...left, ...(await notAnew(place, kind))];
  const lines = differentLines(before, picture(place)).map((line) => `otherwise than before: ${line}`);
  return [...found, ...left, ...(identityOf(place) === identity ? [] : ["not the same processes and namespaces"]), ...lines];
}

/** What `drift` says that it should not, and what it does not say. */
async function wronglyFound(site: Site, kind: DriftKind): Promise<readonly string[]> {
  const expected = kind.found.map((address) => (address === "" ? "web" : `web.${address}`));
  const { findings } = await driftOf(site, expected.length === 0 ? 0 : 2);
  const missed = expected.filter((one) => !findings.some(({ address }) => within(one, address)));
  const besides = findings.filter(({ address }) => !expected.some((one) => within(one, address)));
  const unproven = findings.filter(({ evidence }) => evidence === null || evidence === "");
  return [
    ...missed.map((address) => `missed ${address}`),
    ...besides.map(({ address }) => `falsely reported ${address}`),
    ...unproven.map(({ address }) => `no evidence for ${address}`),
  ];
}

function restarts({ repaired }: DriftKind): boolean {
  return repaired === "restart of the process" || repaired === "new environment";
}

/** Only what was ended is another one. */
async function notAnew({ site, seen, main, network }: Place, { repaired }: DriftKind): Promise<readonly string[]> {
  const now = await placeOf(site, network);
  const anew = repaired === "new environment";
  return [
    ...((now.seen.identity === seen.identity) === anew ? [`environment ${now.seen.identity}, was ${seen.identity}`] : []),
    ...(now.main === main ? ["the main process is the same"] : []),
  ];
}

function differentLines(before: string, after: string): readonly string[] {
  const [had, has] = [before.split("\n"), after.split("\n")];
  const only = (sign: string, these: readonly string[], others: readonly string[]) =>
    these.filter((line) => !others.includes(line)).map((line) => `${sign}${line}`);
  return [...only("-", had, has), ...only("+", has, had)];
}

/** What went wrong with one kind is nothing to the next. */
async function startAnew(site: Site): Promise<void> {
  await site.rig.expect(0, "destroy", "--yes", "--volumes");
  await site.apply();
}

async function placeOf(site: Site, network: TestNetwork | null): Promise<Place> {
  const seen = await site.seen();
  const main = (await site.status()).process?.pid ?? 0;
  const child = await until("the main process has started another one", () => childOf(main));
  return { site, seen, main, child, network };
}

function childOf(pid: number): number | null {
  const [child = 0] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
  return child === 0 || startOf(child) === null ? null : child;
}
