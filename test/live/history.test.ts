import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

interface History {
  readonly generations: readonly {
    readonly number: number;
    readonly uid: number;
    readonly commit: string | null;
    readonly environments: readonly string[];
    readonly changed: readonly { readonly address: string; readonly action: string; readonly before: unknown; readonly after: unknown }[];
  }[];
}

interface RecordedEvent {
  readonly verb: string;
  readonly generation: number | null;
  readonly commit: string | null;
  readonly changed: readonly {
    readonly address: string;
    readonly origin: string | null;
    readonly before: unknown;
    readonly after: unknown;
  }[];
}

const ajv = new Ajv({ strict: false });

/** What a verb prints as JSON, one value a line, each as its schema says. */
async function documentsOf<Document>({ rig }: Site, ...args: readonly string[]): Promise<readonly Document[]> {
  const lines = (await rig.expect(0, ...args, "--json")).stdout.trim().split("\n");
  return lines.map((line) => {
    const { schema }: { readonly schema: string } = JSON.parse(line);
    const name = schema.replace(/^cloister\/(.*)\/v1$/, "$1-v1.json");
    const validate = ajv.compile(JSON.parse(readFileSync(join("schemas/output", name), "utf8")));
    const document: Document = JSON.parse(line);
    assert.ok(validate(document), ajv.errorsText(validate.errors));
    ajv.removeSchema();
    return document;
  });
}

live("each apply that changes what is wanted is a generation with its commit; going back is done in place", () =>
  withSite(async (site) => {
    const { rig } = site;
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
        cwd: rig.directory,
        encoding: "utf8",
      }).trim();
    git("init", "--quiet", "--initial-branch", "main");
    git("commit", "--quiet", "--allow-empty", "--message", "one");
    await site.stand({ hostname: "one" });
    const { identity } = await site.seen();
    await site.apply();
    site.declare({ web: { hostname: "two", mounts: { "/cache": { type: "tmpfs", size: "1M" } } } });
    await site.apply();
    const [history] = await documentsOf<History>(site, "history");
    assert.equal(
      history?.generations.map(({ number, commit, changed }) => ({ number, commit, changed: changed.map(({ address }) => address) })),
      [
        { number: 1, commit: git("rev-parse", "HEAD"), changed: ["web"] },
        { number: 2, commit: git("rev-parse", "HEAD"), changed: ["web.hostname", 'web.mounts["/cache"]'] },
      ],
    );
    assert.match((await rig.expect(0, "history", "diff", "1", "2")).stdout, /^~ web\.hostname: one -> two\n\+ web\.mounts\["\/cache"\]\n$/);
    const [diff] = await documentsOf<{ readonly differences: readonly unknown[] }>(site, "history", "diff", "1", "2");
    assert.equal(diff?.differences[0], { address: "web.hostname", action: "change", before: "one", after: "two" });
    await rig.expect(0, "rollback", "-y");
    assert.is(await site.inside("hostname"), "one");
    assert.not((await site.seen()).mounts.some(({ target }) => target === "/cache"));
    assert.is((await site.seen()).identity, identity, "nothing was restarted");
    assert.equal((await site.status()).drifted, []);
    await rig.expect(0, "rollback", "2");
    assert.is(await site.inside("hostname"), "two");
    assert.is((await site.seen()).identity, identity);
    const events = await documentsOf<RecordedEvent>(site, "events");
    assert.equal(
      events.map(({ verb, generation }) => `${verb} ${generation}`),
      ["apply 1", "apply 2", "rollback 3", "rollback 4"],
    );
    assert.equal(
      events[0]?.changed.map(({ address, before, after }) => [address, before, after]),
      [["web", null, "running"]],
    );
    assert.ok(
      events[1]?.changed.some(
        ({ address, origin, before, after }) => `${address} ${origin} ${before} ${after}` === "web.hostname pending one two",
      ),
    );
    assert.match((await rig.expect(0, "events")).stdout, /rollback {2}uid \d+, commit [0-9a-f]{12}, generation 3, /);
    assert.match((await rig.expect(0, "history")).stdout, /~web\.hostname \+web\.mounts\["\/cache"\]\n/);
  }),
);

live("a rollback that recreates asks; a generation that is not there is told", () =>
  withSite(async (site) => {
    const { rig } = site;
    await site.stand();
    assert.ok(
      (await rig.expect(1, "rollback")).stderr.startsWith("error record/no-generation: there is no generation before the last one"),
    );
    site.declare({ web: { time_offsets: { boottime: 100 } } });
    await rig.expect(0, "apply", "-y");
    assert.match((await rig.expect(64, "rollback")).stderr, /usage\/not-confirmed/);
    assert.match((await rig.expect(1, "rollback", "9")).stderr, /error record\/no-generation: there is no generation 9\n.*there are 1, 2/);
    await rig.expect(64, "rollback", "last");
    await rig.expect(64, "history", "show");
    await rig.expect(0, "rollback", "-y", "1");
    assert.is((await site.status()).state, "running");
  }),
);

live("what is kept is only root's; a line that was cut is passed over; it goes with the last environment", () =>
  withSite(async (site) => {
    const { rig } = site;
    const state = join(rig.stateDir, "state", rig.project);
    site.declare({ web: {}, db: {} });
    await site.apply();
    assert.is(statSync(join(state, "generations/1.json")).mode & 0o777, 0o600);
    assert.is(statSync(join(state, "generations")).mode & 0o777, 0o700);
    assert.is(statSync(join(state, "events.jsonl")).mode & 0o777, 0o600);
    appendFileSync(join(state, "events.jsonl"), '{"schema":"cloister/ev');
    await rig.expect(0, "destroy", "-y", "db");
    const events = await documentsOf<RecordedEvent>(site, "events");
    assert.equal(
      events.map(({ verb, changed }) => `${verb} ${changed.map(({ address }) => address).join(" ")}`),
      ["apply web db", "destroy db"],
    );
    const [history] = await documentsOf<History>(site, "history");
    assert.equal(
      history?.generations.map(({ environments }) => environments),
      [["web", "db"], ["web"]],
    );
    assert.equal(readdirSync(join(state, "generations")), ["1.json", "2.json"]);
    await rig.expect(0, "destroy", "-y");
    assert.not(existsSync(state));
  }),
);

test.run();
