// timeout: 900 s
// alone: the longest pause of a process is measured
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LiveUpdate } from "../../src/model/resource.ts";
import { liveUpdates } from "../../src/model/resource.ts";
import type { Case } from "../support/class-cases.ts";
import { cases } from "../support/class-cases.ts";
import { caseName, manifestWith } from "../support/class-manifest.ts";
import { needs } from "../support/needs.ts";
import { makeTars, plantReleases } from "../support/planted-roots.ts";
import { propertiesOf, readSchema } from "../support/schema-paths.ts";
import type { Declared, Site } from "../support/site.ts";
import { mountAt, namespacesOf, processesOf, seenOf, startOf, withSite } from "../support/site.ts";
import type { TestNetwork } from "../support/test-network.ts";
import { withNetwork } from "../support/test-network.ts";
import { until } from "../support/until.ts";
import type { Pauses, Watcher } from "../support/witness.ts";
import { addWitness, withWitness, witnessCommand } from "../support/witness.ts";

// Every field of the schema is changed on an environment that runs, and what that costs is compared with what the schema declares. What must be
// told of each is in test/support/class-cases.ts.

const live = needs(test, "root", "busybox", "catatonit", "memory limits", "overlayfs", "time namespaces");

/** The longest pause that a change in place may make, in ms. */
const longestMs = 50;
const attempts = 3;

interface Field extends Case {
  readonly name: string;
  readonly declared: LiveUpdate;
}

const fields: readonly Field[] = propertiesOf(readSchema()).map(({ path, node }) => {
  const name = caseName(path);
  const [found, declared] = [cases[name], liveUpdates.find((one) => one === node["x-liveupdate"])];
  if (found === undefined || declared === undefined) throw new Error(`${name} has no case, or no class`);
  return { ...found, name, declared };
});

const inRelease = ({ before }: Field) => JSON.stringify(before).includes('"release"');
const inPlace = fields.filter(({ declared }) => declared === "in-place");

const inNetwork = ({ name }: Field) => name.startsWith("network.");

live("in place: every pid, start time and namespace stays, the counter does not pause, the connection lives", () =>
  changedInPlace(inPlace.filter((field) => !inRelease(field) && !inNetwork(field))),
);

live("in place, of a network of the project's own", () =>
  withNetwork(async (network) => {
    for (const bridge of ["br0", "br1"]) network.run("ip", "link", "add", bridge, "type", "bridge");
    for (const parent of ["up0", "up1"]) network.run("ip", "link", "add", parent, "type", "veth", "peer", "name", `${parent}-end`);
    await changedInPlace(inPlace.filter(inNetwork), network);
    for (const link of ["br0", "br1", "up0", "up1"]) network.run("ip", "link", "del", link);
  }),
);

// What leads nowhere back comes last.
const released = inPlace.filter(inRelease).sort((one, other) => Number(one.oneWay !== undefined) - Number(other.oneWay !== undefined));

live("in place, of a root that was built", () => changedInPlace(released));

for (const declared of liveUpdates.filter((one) => one !== "in-place")) {
  live(`${declared}: that and no more`, () =>
    changedBy(
      declared,
      fields.filter((one) => one.declared === declared),
    ),
  );
}

live("a pause, a process that is another one and a connection that broke are noticed", () =>
  withGround([], async (site) => {
    site.rig.write("cloister.yaml", manifestWith({}, {}, { command: witnessCommand }));
    await site.apply();
    const processes = () => processesOf(site.rig);
    await withWitness(site.rig.directory, processes, async (watcher) => {
      const stood = await standing(site);
      await rejects(() => undisturbed(watcher, () => stopped(watcher.counter)), /paused for/);
      assert.equal(gone(stood, await standing(site)), []);
      process.kill(watcher.client, "SIGKILL");
      await until("it has ended", () => startOf(watcher.client) === null);
      await rejects(watcher.ask, /ESRCH|not within/);
      assert.is(gone(stood, await standing(site)).length > 0, true);
    });
  }),
);

test.run();

/** A site with everything that the cases name: roots with the witness in them, files, and roots of releases. */
function withGround(changed: readonly Field[], body: (site: Site) => Promise<void>, network?: TestNetwork): Promise<void> {
  return withSite(
    async (site) => {
      const { rig, root } = site;
      addWitness(root);
      makeTars(rig.directory, root);
      rig.write("empty.env", "# sets nothing\n");
      for (const name of ["site", "other"]) rig.write(`${name}/index.html`, `${name}\n`);
      for (const [name, hostname] of [
        ["first", "one"],
        ["second", "two"],
      ] as const) {
        rig.write(
          `${name}.yaml`,
          JSON.stringify({ environments: { web: { hostname }, other: { profiles: ["never"], domainname: "example.org" } } }),
        );
        rig.write(`${name}.env`, `NAME=${name}\n`);
        rig.write(`${name}.gpg`, "");
      }
      const released = changed.filter(inRelease);
      const plant = (name: string, all: readonly Declared[]) =>
        plantReleases(
          rig,
          join(rig.directory, name),
          all.map((declared) => manifestWith({}, declared, {})),
        );
      if (released.length > 0) {
        await plant(
          "first.tar",
          released.map(({ before }) => before),
        );
        await plant(
          "second.tar",
          released.map(({ after }) => after),
        );
      }
      await body(site);
    },
    network === undefined ? {} : { network },
  );
}

/** There and back again for each field, on one environment that nothing may disturb. */
function changedInPlace(changed: readonly Field[], network?: TestNetwork): Promise<void> {
  const body = async (site: Site) => {
    const [first] = changed;
    assert.ok(first);
    const put = (field: Field, value: Declared) => site.rig.write("cloister.yaml", manifestWith(field, value, { command: witnessCommand }));
    put(first, first.before);
    await site.apply();
    await withWitness(
      site.rig.directory,
      () => processesOf(site.rig),
      async (watcher) => {
        const stood = await standing(site);
        const step = async (field: Field, value: Declared) => {
          put(field, value);
          assert.is(await plannedClass(site), "in-place", "planned");
          await site.apply();
          assert.equal(gone(stood, await standing(site)), []);
        };
        for (const field of changed) {
          await told(field.name, () =>
            undisturbed(watcher, async () => {
              // Back from the field before it, too.
              await step(field, field.before);
              await step(field, field.after);
            }),
          );
        }
        const last = changed.at(-1) ?? first;
        if (last.oneWay === undefined) await told(last.name, () => undisturbed(watcher, () => step(last, last.before)));
      },
    );
  };
  return withGround(changed, body, network);
}

/** A site with the files of two network namespaces beside it. */
function withNamespaces(changed: readonly Field[], body: (site: Site) => Promise<void>): Promise<void> {
  return withNetwork((first) =>
    withNetwork((second) =>
      withGround(changed, async (site) => {
        symlinkSync(first.file, join(site.rig.directory, "first.ns"));
        symlinkSync(second.file, join(site.rig.directory, "second.ns"));
        await body(site);
      }),
    ),
  );
}

/** From one to the other for each field, on one environment that is made anew as often as that takes. */
function changedBy(declared: LiveUpdate, changed: readonly Field[]): Promise<void> {
  return withNamespaces(changed, async (site) => {
    const put = (field: Field, value: Declared) =>
      site.rig.write("cloister.yaml", manifestWith(field, value, { command: ["sleep", "1000"] }));
    for (const field of changed) {
      await told(field.name, async () => {
        put(field, field.before);
        await site.apply();
        const before = await standing(site);
        put(field, field.after);
        const planned = await plannedClass(site);
        await site.apply();
        assert.equal([planned, classOf(before, await standing(site))], [declared, declared], "planned, and seen");
      });
    }
  });
}

/** Sees that the counter does not pause meanwhile. A machine with other work pauses now and then; what we cause is there each time. */
async function undisturbed(watcher: Watcher, body: () => Promise<void>): Promise<void> {
  const seen: Pauses[] = [];
  while (seen.length < attempts) {
    await watcher.ask();
    await body();
    const pauses = await watcher.ask();
    if (pauses.ours <= longestMs) return;
    seen.push(pauses);
  }
  throw new Error(
    `each time the counter paused for ${seen.map(({ ours, control }) => `${ours} ms (one on the host: ${control} ms)`).join(", ")}`,
  );
}

/** The dearest of what is planned; nothing at all is in place. */
async function plannedClass(site: Site): Promise<LiveUpdate> {
  const plan: { readonly changes: readonly { readonly live_update: LiveUpdate }[] } = JSON.parse(
    (await site.rig.expect(0, "plan", "--json")).stdout,
  );
  const planned = plan.changes.map(({ live_update }) => live_update);
  return liveUpdates.findLast((one) => planned.includes(one)) ?? "in-place";
}

/** What the kernel shows of what stands. */
interface Standing {
  /** The root's own layer. */
  readonly layer: string;
  /** The keeper and its namespaces. */
  readonly keeper: string;
  /** Each with its name. */
  readonly declared: readonly string[];
  /** All processes in the control groups, each with its start and namespaces. */
  readonly processes: readonly string[];
}

async function standing(site: Site): Promise<Standing> {
  const status = await site.status();
  const seen = seenOf(status);
  const declared = Object.entries(status.processes).map(([name, { pid = 0 }]) => `${name} ${pid} ${startOf(pid)}`);
  const processes = processesOf(site.rig).map((one) => JSON.stringify([one, startOf(one), namespacesOf(one)]));
  const layer = mountAt(seen, "/").superOptions.find((option) => option.startsWith("lowerdir=")) ?? "";
  return { layer, keeper: seen.identity, declared, processes: processes.sort() };
}

function classOf(before: Standing, after: Standing): LiveUpdate {
  if (after.keeper !== before.keeper) return after.layer === before.layer ? "recreate" : "rebuild";
  return before.declared.every((one) => after.declared.includes(one)) ? "in-place" : "restart-process";
}

/** What stood before and does not any more; what came beside it is of another environment. */
function gone(before: Standing, after: Standing): readonly string[] {
  const [those, these] = [before, after].map(({ layer, keeper, declared, processes }) => [layer, keeper, ...declared, ...processes]);
  return (those ?? []).filter((one) => these?.includes(one) !== true);
}

async function rejects(body: () => Promise<unknown>, words: RegExp): Promise<void> {
  const error = await body().then(
    () => "nothing failed",
    (reason: unknown) => String(reason),
  );
  assert.match(error, words);
}

/** Stops a process of ours for longer than a change in place may. */
async function stopped(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  const end = performance.now() + 2 * longestMs;
  await until("the pause is over", () => performance.now() > end);
  process.kill(pid, "SIGCONT");
}

/** What fails inside is of that field. */
async function told(name: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (error instanceof Error) error.message = `${name}: ${error.message}`;
    throw error;
  }
}
