import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");
const forever = { command: ["sleep", "1000"] };
const two = { first: forever, second: forever };

live("stop ends one and keeps it ended: plan, apply, drift and watch leave it so; start starts it, and nothing else is touched", () =>
  withSite(async (site) => {
    await site.stand({ processes: two });
    const { identity } = await site.seen();
    const { second } = await lives(site);
    await site.rig.expect(0, "stop", "web/first");
    assert.equal(await lives(site), { second });
    assert.is((await site.status()).processes.first?.type, "stopped");
    assert.match((await site.rig.expect(0, "status")).stdout, /1 of 2 run\n {2}first: stopped\n {2}second: pid/);
    assert.equal(await site.changes(), []);
    await site.rig.expect(0, "drift");
    await site.rig.expect(0, "apply", "-y");
    await site.rig.expect(0, "watch", "--once", "-y");
    assert.equal(await lives(site), { second }, "nobody has started it");
    assert.match((await site.rig.expect(0, "stop", "web/first")).stdout, /nothing to do: they do not run/);
    await site.rig.expect(0, "start", "web/first");
    assert.equal(Object.keys(await lives(site)), ["first", "second"]);
    assert.is((await lives(site)).second, second);
    assert.is((await site.seen()).identity, identity);
    assert.equal(await site.changes(), []);
    assert.match((await site.rig.expect(0, "start", "web")).stdout, /nothing to do: they run already/);
  }),
);

live("an apply that names the environment has what was stopped run again; so says the plan that names it, and control: no other does", () =>
  withSite(async (site) => {
    await site.stand({ processes: two });
    await site.rig.expect(0, "stop", "web");
    assert.equal(await lives(site), {});
    assert.match((await site.rig.expect(0, "plan", "web")).stdout, /\+ create +web\.processes\.first[\s\S]*web\.processes\.second/);
    assert.equal(await site.changes(), []);
    await site.rig.expect(0, "apply", "-y", "web");
    assert.equal(Object.keys(await lives(site)), ["first", "second"]);
    assert.equal(await site.changes(), [], "it is not to be stopped again");
    assert.equal(
      readdirSync(join(site.rig.stateDir, "state", site.rig.project)).filter((name) => name === "intents"),
      [],
    );
  }),
);

live("start starts what ended by itself; restart starts anew what runs; an edit of the manifest waits for apply", () =>
  withSite(async (site) => {
    await site.stand({ processes: { job: { command: ["sh", "-c", "echo ran; exit 3"] }, other: forever } });
    await until("its end", async () => (await site.status()).processes.job?.type === "completed");
    const { other } = await lives(site);
    site.declare({ web: { hostname: "edited", processes: { job: { command: ["sh", "-c", "echo edited"] }, other: forever } } });
    await site.rig.expect(0, "start", "web/job");
    await until("it ran again", async () => (await site.rig.expect(0, "logs", "web/job")).stdout === "ran\nran\n");
    assert.is((await site.rig.cloister("wait", "web/job")).code, 3);
    assert.is((await lives(site)).other, other);
    await site.rig.expect(0, "restart", "web/other");
    const again = await lives(site);
    assert.is.not(again.other, other);
    assert.ok(again.other);
    assert.equal(await site.changes(), ["update web.hostname", "restart-process web.processes.job"]);
    site.declare({
      web: { lifecycle: { prevent_restart: true }, processes: { job: { command: ["sh", "-c", "echo ran; exit 3"] }, other: forever } },
    });
    await site.apply();
    const { stdout, stderr } = await site.rig.expect(1, "restart", "web/other");
    assert.match(stdout + stderr, /plan\/protected[\s\S]*web\.lifecycle\.prevent_restart/);
    assert.equal(await lives(site), again);
    await site.rig.expect(0, "restart", "--force-protected", "web", "web/other");
  }),
);

live("kill sends a signal, and what ends by it is drift; wait waits for the end, and no longer than it may", () =>
  withSite(async (site) => {
    const script = 'trap "echo hup" HUP; trap "exit 7" USR1; echo ready; while :; do sleep 0.05; done';
    await site.stand({ processes: { main: { command: ["sh", "-c", script] }, other: forever } });
    const log = async () => (await site.rig.expect(0, "logs", "web/main")).stdout;
    await until("it listens", async () => (await log()) === "ready\n");
    const { other } = await lives(site);
    await site.rig.expect(0, "kill", "-s", "HUP", "web/main");
    for (const [index, name] of ["hup", "1", "sighup"].entries()) {
      await until("it heard", async () => (await log()) === `ready\n${"hup\n".repeat(index + 1)}`);
      await site.rig.expect(0, "kill", "-s", name, "web/main");
    }
    const { stderr } = await site.rig.expect(4, "wait", "--timeout", "200ms", "web/main");
    assert.ok(stderr.includes("engine/timeout: web/main has not ended"), stderr);
    const waiting = site.rig.cloister("wait", "web/main");
    await site.rig.expect(0, "kill", "--signal", "SIGUSR1", "web/main");
    assert.is((await waiting).code, 7);
    await site.rig.expect(0, "kill", "web/other");
    assert.is((await site.rig.cloister("wait", "web/other")).code, 137);
    assert.equal(await site.changes(), ["restart-process web.processes.other"]);
    assert.match((await site.rig.expect(1, "kill", "web/other")).stderr, /engine\/not-running: web\/other does not run/);
    assert.match((await site.rig.expect(1, "kill", "web")).stderr, /engine\/not-running: none of web\/main, web\/other runs/);
    for (const signal of ["NOPE", "0", "64", "SIG", ""]) await site.rig.expect(64, "kill", "-s", signal, "web/main");
    await site.apply();
    assert.is.not((await lives(site)).other, other);
  }),
);

live(
  "freeze holds one with what it started, and no other; thaw lets it go on; one that is frozen is stopped by its signal all the same",
  () =>
    withSite(async (site) => {
      const counter = 'trap "echo told; exit 0" TERM; (while :; do echo tick; sleep 0.02; done) & echo up; while :; do sleep 0.02; done';
      await site.stand({ processes: { main: { command: ["sh", "-c", counter] }, other: { command: ["sh", "-c", counter] } } });
      const size = (name: string) => statSync(join(site.rig.stateDir, "state", site.rig.project, `logs/web/${name}.log`)).size;
      const grows = async (name: string) => {
        const before = size(name);
        await until(`${name} goes on`, () => size(name) > before + 20);
      };
      await grows("main");
      const stood = await lives(site);
      await site.rig.expect(0, "freeze", "web/main");
      assert.match((await site.rig.expect(0, "status")).stdout, /main: pid \d+, frozen\n {2}other: pid \d+\n/);
      const held = size("main");
      await grows("other");
      assert.is(size("main"), held, "nothing of it ran meanwhile");
      assert.equal(await site.changes(), []);
      await site.rig.expect(0, "thaw", "web");
      await grows("main");
      assert.equal(await lives(site), stood);
      await site.rig.expect(0, "freeze", "web");
      await site.rig.expect(0, "stop", "web/main");
      assert.match((await site.rig.expect(0, "logs", "--tail", "3", "web/main")).stdout, /^told$/m);
      assert.match((await site.rig.expect(1, "freeze", "web/main")).stderr, /engine\/not-running: web\/main does not run/);
    }),
);

live("freeze says what it does not hold: one that is about to be started anew", () =>
  withSite(async (site) => {
    await site.stand({
      processes: { main: forever, failing: { command: ["false"], restart: "always" } },
    });
    await until("a pause of its back-off that lasts", async () =>
      /failing: restarting in ([3-9]|\d\d) s/.test((await site.rig.expect(0, "status")).stdout),
    );
    assert.is(
      (await site.rig.expect(0, "freeze", "web")).stderr,
      "web/failing is not held: it is about to be started anew, and will be (cloister stop keeps it from that)\n",
    );
    assert.match((await site.rig.expect(0, "status")).stdout, /main: pid \d+, frozen\n {2}failing: restarting/);
    assert.is((await site.rig.expect(0, "thaw", "web")).stderr, "");
  }),
);

live("what was frozen is one life: who was killed meanwhile is started anew by policy and by hand, whole, and runs", () =>
  withSite(async (site) => {
    await site.stand({ processes: { always: { ...forever, restart: "always" }, never: forever } });
    const before = await lives(site);
    await site.rig.expect(0, "freeze", "web");
    await site.rig.expect(0, "kill", "-s", "KILL", "web");
    await until("the next life of one", async () => {
      const { always } = await lives(site);
      return always !== undefined && always !== before.always;
    });
    await site.rig.expect(0, "start", "web/never");
    assert.equal(Object.keys(await lives(site)), ["always", "never"]);
    assert.not.match((await site.rig.expect(0, "status")).stdout, /frozen/);
    await until("nothing to change: each has given up what it is not to have", async () => (await site.changes()).length === 0);
    await site.rig.expect(0, "drift");
  }),
);

live("a watch leaves what is frozen so, by whichever policy, and repairs what else has drifted", () =>
  withSite(async (site) => {
    const main = async () => JSON.stringify((await site.status()).processes.main);
    for (const policy of ["repair", "ignore"]) {
      await site.stand({
        processes: { main: { command: ["sleep", "1000"] } },
        mounts: { "/srv/data": { type: "tmpfs" } },
        drift: { policy },
      });
      await withWatch(site, [], async (watching) => {
        await watching.calm();
        await site.rig.expect(0, "freeze", "web");
        const before = await main();
        assert.match(before, /"frozen":true/);
        const { pid } = await site.seen();
        await site.rig.start(["nsenter", "--target", String(pid), "--mount", "--", "umount", "/srv/data"], {});
        const mounted = async () => (await site.seen()).mounts.some(({ target }) => target === "/srv/data");
        if (policy === "repair") await until("the repair", mounted);
        await watching.calm();
        assert.is(await mounted(), policy === "repair");
        assert.is(await main(), before);
      });
      await site.rig.expect(0, "thaw", "web");
    }
  }),
);

live("a stop whose file was changed by hand is not believed, and that is said; what is destroyed is not stopped when it comes again", () =>
  withSite(async (site) => {
    await site.stand({ processes: two });
    await site.rig.expect(0, "stop", "web/first");
    const file = join(site.rig.stateDir, "state", site.rig.project, "intents", "web.stopped.json");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("first", "secnd"));
    assert.match((await site.rig.expect(0, "status")).stdout, /record\/damaged: which processes are stopped is not known/);
    assert.equal(await site.changes(), ["create web.processes.first"]);
    writeFileSync(file, text);
    assert.equal(await site.changes(), []);
    await site.rig.expect(0, "destroy", "-y");
    await site.stand({ processes: two });
    assert.equal(Object.keys(await lives(site)), ["first", "second"]);
    for (const verb of ["start", "stop", "restart", "kill", "wait"])
      assert.match((await site.rig.expect(64, verb, "web/thrid")).stderr, /usage\/unknown-process/, verb);
  }),
);

test.run();

/** Each process that runs, by name: its number and start time. */
async function lives(site: Site): Promise<Readonly<Record<string, string>>> {
  const running = Object.entries((await site.status()).processes).flatMap(([name, { type, pid = 0 }]) =>
    type === "running" ? [[name, `${pid} ${startOf(pid)}`] as const] : [],
  );
  return Object.fromEntries(running);
}
