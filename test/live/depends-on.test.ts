import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPids, readProc } from "../../src/host/proc-reader.ts";
import { needs } from "../support/needs.ts";
import type { Result } from "../support/rig.ts";
import { run, scripted, scriptOf } from "../support/scripts.ts";
import type { Declared, Site } from "../support/site.ts";
import { startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "shellcheck");
const often = { interval: "100ms", retries: 2 };
const idle = { command: ["sleep", "1000"] };
const on = (name: string, condition: string, more: object = {}) => ({
  depends_on: { [name]: { condition: `process_${condition}`, ...more } },
});
/** It is well from 0.7 s on. */
const late = {
  command: ["sh", "-c", "sleep 0.7; touch /tmp/well; exec sleep 1000"],
  healthcheck: { ...often, start_period: "1m", start_interval: "100ms", test: ["CMD", "test", "-e", "/tmp/well"] },
};

/** Writes that it was started, with its number, and that it was told to end, into a directory of the host that all share. */
const noting = (name: string) => ({
  command: ["sh", "-c", `trap "echo -${name} >>/shared/said; exit" TERM; echo +${name} $$$$ >>/shared/said; while :; do sleep 0.05; done`],
});

/** What was written, those that were started one after another in the order of their numbers: who is started later may be sooner to write. */
function inOrder(lines: readonly string[]): readonly string[] {
  const numberOf = (line: string) => Number(line.split(" ")[1] ?? 0);
  return [...lines]
    .sort((one, other) => (one.startsWith("+") && other.startsWith("+") ? numberOf(one) - numberOf(other) : 0))
    .map((line) => line.split(" ")[0] ?? "");
}
const shared = { mounts: { "/shared": "./shared" } };

live("a process is started when what it depends on is healthy, in the same environment and in another one, by a script as well", () =>
  withSite(async (site) => {
    // What depends on nothing waits for nothing: it is what makes the other one healthy.
    const other = { command: ["sh", "-c", "sleep 0.7; touch /tmp/well; exec sleep 1000"] };
    site.declare({
      web: { processes: { app: { ...idle, ...on("db/postgres", "healthy") } } },
      db: { processes: { after: { ...idle, ...on("postgres", "healthy") }, postgres: { ...late, ...idle }, other } },
    });
    assert.match((await site.rig.expect(0, "plan")).stdout, /create {2}web\.processes\.app .*wait until db\/postgres is healthy\)/);
    assert.match((await site.rig.expect(0, "plan", "-v")).stdout, /sh process_healthy db\/postgres /);
    await site.apply();
    const begun = async (environment: string, name: string) => Number(startOf(await pidOf(site, environment, name)));
    const check = async () => {
      const well = (await begun("db", "other")) + 70;
      assert.ok((await begun("db", "after")) >= well, "in hundredths of a second");
      assert.ok((await begun("web", "app")) >= well);
    };
    await check();
    assert.equal(await site.changes(), []);
    assert.equal(await waits(site), [], "nothing is waited for where nothing is to start");
    assert.not.match((await site.rig.expect(0, "restart", "web/app")).stdout, /wait until/);
    await site.rig.expect(0, "destroy", "--yes");
    await scripted(site);
    await check();
  }),
);

live("a job is waited for until it is done; one that fails has the run end with 4, and the next apply begins there", () =>
  withSite(async (site) => {
    const declare = (code: number) =>
      site.declare({
        web: {
          processes: {
            app: { ...idle, ...on("migrate", "completed") },
            migrate: { command: ["sh", "-c", `echo run; sleep 0.3; exit ${code}`] },
          },
        },
      });
    declare(7);
    const failed = await site.rig.expect(4, "apply", "-y");
    assert.match(
      said(failed),
      /wait until web\/migrate has completed: web\/migrate has ended \(code 7\), and was to be completed: cloister start web\/migrate runs it again/,
    );
    assert.match(said(failed), /engine\/process-ended/);
    assert.equal(await site.changes(), ["create web.processes.app"]);
    assert.match(said(await site.rig.expect(4, "apply", "-y")), /code 7/);
    assert.match(said(await site.rig.expect(4, "start", "web/app")), /code 7/);
    assert.is((await site.rig.expect(0, "logs", "web/migrate")).stdout, "run\nrun\n", "start has run it again");
    await site.rig.expect(0, "destroy", "--yes");
    const script = await run(site, ["sh", await scriptOf(site)]);
    assert.is(script.code, 4);
    assert.match(script.stderr, /wait until web\/migrate has completed: web\/migrate has ended \(code 7\)/);
    declare(0);
    await site.apply();
    const [pid] = [await pidOf(site, "web", "app")];
    assert.ok(pid > 0);
    await site.apply();
    assert.is(await pidOf(site, "web", "app"), pid);
    assert.is((await site.status()).processes.migrate?.code, 0, "and was not run again");
  }),
);

live(
  "where another environment was applied and this one not to its end, its processes are started, stopped and run again all the same",
  () =>
    withSite(async (site) => {
      const migrate = { command: ["sh", "-c", "echo run; [ -e /tmp/ready ] || exit 7"] };
      site.declare({
        db: { processes: { postgres: idle } },
        web: { processes: { app: { ...idle, ...on("migrate", "completed") }, migrate } },
      });
      assert.match(said(await site.rig.expect(4, "apply", "-y")), /cloister start web\/migrate runs it again/);
      await site.rig.expect(0, "start", "web/migrate");
      assert.is((await site.rig.expect(0, "logs", "web/migrate")).stdout, "run\nrun\n");
      await site.inside("touch", "/tmp/ready");
      await site.rig.expect(0, "restart", "web/app");
      assert.ok((await pidOf(site, "web", "app")) > 0);
      await site.rig.expect(0, "stop", "web/app");
      assert.is((await site.status()).processes.app?.type, "stopped");
      await site.rig.expect(64, "start", "nosuch");
    }),
);

live("one that is unhealthy ends the run with 4 and what its last check said; one that takes too long does, too", () =>
  withSite(async (site) => {
    const postgres = (test: string) => ({ ...idle, healthcheck: { ...often, test } });
    const app = (timeout: string) => ({ ...idle, ...on("db/postgres", "healthy", { timeout }) });
    const silent = { processes: { postgres: postgres("echo no response; false") } };
    site.declare({ web: { processes: { app: app("1m"), alone: idle } }, db: silent });
    const failed = said(await site.rig.expect(4, "apply", "-y"));
    assert.match(failed, /db\/postgres is unhealthy: its last check ended with 1, \d+ failed in a row/);
    assert.match(failed, /no response/);
    assert.match(failed, /the next apply goes on from here/);
    assert.ok((await pidOf(site, "web", "alone")) > 0, "what waits for nothing runs");
    assert.equal(await site.changes(), ["create web.processes.app"]);
    const slowly = { processes: { postgres: postgres("sleep 0.3; test -e /tmp/well") } };
    site.declare({ web: { processes: { app: app("1s"), alone: idle } }, db: slowly });
    const slow = said(await site.rig.expect(4, "apply", "-y"));
    assert.match(slow, /engine\/timeout.*db\/postgres is (starting|not healthy|unhealthy)|db\/postgres is unhealthy/s);
    assert.equal(await site.changes(), ["create web.processes.app"]);
    await site.rig.expect(0, "exec", "-T", "db", "--", "touch", "/tmp/well");
    await until("its health", async () => (await site.rig.expect(0, "status")).stdout.includes(", healthy"));
    await site.apply();
    assert.equal(await site.changes(), []);
  }),
);

live("a check that is not asked any more is asked again before it is waited for", () =>
  withSite(async (site) => {
    site.declare({ web: { processes: { app: { ...idle, ...on("postgres", "healthy") }, postgres: late } } });
    await site.apply();
    const [runner] = askersOf(site, "web/postgres");
    process.kill(runner ?? 0, "SIGKILL");
    process.kill(await pidOf(site, "web", "app"), "SIGKILL");
    await until("both", async () => (await site.changes()).length === 2);
    assert.equal(await waits(site), ["wait until web/postgres is healthy"]);
    await site.apply();
  }),
);

live("what was stopped by hand or is frozen is told at once; to depend on another one restarts nothing", () =>
  withSite(async (site) => {
    const postgres = { ...idle, healthcheck: { ...often, test: "false" } };
    site.declare({ web: { processes: { app: idle, postgres } } });
    await site.apply();
    const before = await pidOf(site, "web", "app");
    site.declare({ web: { processes: { app: { ...idle, ...on("postgres", "healthy") }, postgres } } });
    assert.equal(await site.changes(), []);
    await site.apply();
    await site.rig.expect(0, "freeze", "web/postgres");
    assert.match(said(await site.rig.expect(4, "restart", "web/app")), /web\/postgres is frozen/);
    assert.is(await pidOf(site, "web", "app"), before, "it is waited before anything ends");
    await site.rig.expect(0, "thaw", "web/postgres");
    await site.rig.expect(0, "stop", "web/postgres");
    process.kill(before, "SIGKILL");
    await until("its end", async () => (await pidOf(site, "web", "app")) === 0);
    const { code, stdout, stderr } = await site.rig.cloister("watch", "--once");
    assert.match(`${stdout}${stderr}`, /web\/postgres does not run: cloister start web\/postgres starts it/);
    assert.is(code, 4);
  }),
);

live(
  "start and restart start what is needed for that, also in another environment, and run no job twice; a plan of one environment looks at the other",
  () =>
    withSite(async (site) => {
      const well = { ...idle, healthcheck: { ...often, test: "true" } };
      const needs = { depends_on: { "db/postgres": { condition: "process_healthy" }, migrate: { condition: "process_completed" } } };
      const migrate = { command: ["sh", "-c", "echo once"] };
      site.declare({ web: { processes: { app: { ...idle, ...needs }, migrate } }, db: { processes: { postgres: well, other: idle } } });
      // The other environment is made with it.
      await site.apply("web");
      assert.equal(await site.changes(), []);
      await site.rig.expect(0, "stop", "web/app", "db");
      await site.rig.expect(0, "start", "web/app");
      const running = async () =>
        [await pidOf(site, "web", "app"), await pidOf(site, "db", "postgres"), await pidOf(site, "db", "other")].map((pid) => pid > 0);
      assert.equal(await running(), [true, true, false]);
      await site.rig.expect(0, "stop", "db/postgres");
      assert.equal(await running(), [true, false, false], "what depends on it goes on");
      assert.is(said(await site.rig.expect(0, "start", "web/app")), "nothing to do: they run already\n");
      await site.rig.expect(0, "restart", "web/app");
      assert.equal(await running(), [true, true, false]);
      assert.is((await site.rig.expect(0, "logs", "web/migrate")).stdout, "once\n");
      await site.rig.expect(0, "stop", "web/app");
      await site.rig.expect(0, "destroy", "--yes", "db");
      assert.match((await site.rig.expect(1, "start", "web/app")).stderr, /db is not running/);
    }),
);

live("processes and environments end in the reverse order; several that are started anew stop before the first starts", () =>
  withSite(async (site) => {
    const directory = join(site.rig.directory, "shared");
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    const declare = (words: readonly string[], more: Declared = {}) => {
      const [one = "", two = "", three = ""] = words;
      const processes = {
        [three]: { ...noting(three), depends_on: [two] },
        [one]: noting(one),
        [two]: { ...noting(two), depends_on: [one] },
      };
      site.declare({
        db: { ...shared, ...more, processes },
        web: { ...shared, processes: { app: { ...noting("app"), depends_on: [`db/${two}`] } } },
      });
    };
    const file = join(directory, "said");
    let seen = 0;
    const wrote = async (...lines: readonly string[]) => {
      const all = await until(lines.join(" "), () => {
        const text = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
        return text.length >= seen + lines.length && text;
      });
      // What was started last may still be about to say so.
      assert.is(inOrder(all.slice(seen)).join(" "), lines.join(" "));
      seen = all.length;
    };
    declare(["one", "two", "three"]);
    await site.apply();
    assert.equal(await sorted(() => wroteSet(file, 4)), ["+app", "+one", "+three", "+two"]);
    seen = 4;
    await site.rig.expect(0, "restart", "db");
    await wrote("-three", "-two", "-one", "+one", "+two", "+three");
    await site.rig.expect(0, "restart", "db/three", "db/one");
    await wrote("-three", "-one", "+one", "+three");
    declare(["one", "two", "three"], { environment: { EDITED: "1" } });
    await site.apply();
    await wrote("-three", "-two", "-one", "+one", "+two", "+three");
    await site.rig.expect(0, "stop", "db");
    await wrote("-three", "-two", "-one");
    await site.rig.expect(0, "start", "db");
    await wrote("+one", "+two", "+three");
    await site.rig.expect(0, "destroy", "--yes");
    await wrote("-app", "-three", "-two", "-one");
  }),
);

test.run();

function said({ stdout, stderr }: Result): string {
  return `${stdout}${stderr}`;
}

async function pidOf(site: Site, environment: string, name: string): Promise<number> {
  const state = (await site.status(environment)).processes[name];
  return state?.pid ?? 0;
}

/** The titles of the steps of a plan that wait. */
async function waits(site: Site): Promise<readonly string[]> {
  const { changes }: { changes: readonly { readonly steps: readonly { readonly title: string }[] }[] } = JSON.parse(
    (await site.rig.expect(0, "plan", "--json")).stdout,
  );
  return changes.flatMap(({ steps }) => steps.map(({ title }) => title)).filter((title) => title.startsWith("wait until"));
}

async function sorted(lines: () => Promise<readonly string[]>): Promise<readonly string[]> {
  return inOrder(await lines()).toSorted();
}

function wroteSet(file: string, count: number): Promise<readonly string[]> {
  return until(`${count} lines`, () => {
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    return lines.length >= count && lines;
  });
}

/** The shells that ask a process whether it is well. */
function askersOf({ rig }: Site, name: string): readonly number[] {
  return readPids().filter((pid) => `\0${readProc(`/proc/${pid}/environ`)}`.includes(`\0CLOISTER_HEALTHCHECK=${rig.project}/${name}\0`));
}
