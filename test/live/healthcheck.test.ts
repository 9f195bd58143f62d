import { rmSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readProc } from "../../src/host/proc-reader.ts";
import type { HealthState, ProcessState } from "../../src/model/plan.ts";
import { needs } from "../support/needs.ts";
import { scripted } from "../support/scripts.ts";
import type { Site } from "../support/site.ts";
import { startOf, withSite } from "../support/site.ts";
import { checkers } from "../support/supervisors.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "shellcheck");
const often = { interval: "100ms", retries: 2 };
const asked = "test -e /tmp/well || { echo no /tmp/well; exit 3; }";

live("a process is starting, healthy, and unhealthy after `retries` failures in a row, which status tells with the last words", () =>
  withSite(async (site) => {
    await site.stand(one({ healthcheck: { ...often, test: asked, start_period: "1m", start_interval: "100ms" } }));
    await until("a check in the start period", async () => (await health(site))?.code === 3);
    assert.equal(await health(site), { status: "starting", failing_streak: 0, code: 3, output: "no /tmp/well" });
    await site.inside("touch", "/tmp/well");
    await until("healthy", async () => (await health(site))?.status === "healthy");
    assert.match((await site.rig.expect(0, "status")).stdout, /pid \d+, healthy\n/);
    await site.inside("rm", "/tmp/well");
    await until("unhealthy", async () => (await health(site))?.status === "unhealthy");
    assert.match((await site.rig.expect(0, "status")).stdout, /unhealthy \(\d+ checks failed, the last with 3: no \/tmp\/well\)/);
    const { environments } = JSON.parse((await site.rig.expect(0, "inspect", "--json", "web")).stdout);
    assert.is(environments[0].processes.main.health.output, "no /tmp/well");
    assert.equal(await site.changes(), [], "an unhealthy process is as it is to be");
    assert.is((await site.rig.expect(0, "logs", "web")).stdout, "", "checks say nothing in the log of the process");
  }),
);

live("restart: one that is unhealthy is started anew though its policy is `no`, and is counted; a new life begins with starting", () =>
  withSite(async (site) => {
    await site.stand(one({ healthcheck: { ...often, test: asked, on_failure: "restart" } }));
    const first = await pidOf(site);
    await until("another life, which is counted", async () => {
      const state = await stateOf(site);
      return state.type === "running" && state.pid !== first && (state.restarts ?? 0) >= 1;
    });
    await site.inside("touch", "/tmp/well");
    await until("healthy", async () => (await health(site))?.status === "healthy");
    const pid = await pidOf(site);
    assert.equal(await site.changes(), []);
    process.kill(pid, "SIGKILL");
    await until("its end", async () => (await stateOf(site)).type === "exited");
    assert.equal(await site.changes(), ["restart-process web.processes.main"], "what the check has not ended follows the policy");
  }),
);

live("stop: one that is unhealthy is stopped, whatever its policy says, until it is started", () =>
  withSite(async (site) => {
    await site.stand(one({ restart: "always", healthcheck: { ...often, test: asked, on_failure: "stop" } }));
    await until("its end", async () => (await stateOf(site)).type === "exited");
    const { type, unhealthy, signal } = { unhealthy: null, signal: 0, ...(await stateOf(site)) };
    assert.equal([type, unhealthy, signal], ["exited", true, 15]);
    assert.match((await site.rig.expect(0, "status")).stdout, /exited \(143, unhealthy\)/);
    assert.equal(await site.changes(), []);
    await until("the end of its checks", () => checkers(site).length === 0);
    await site.rig.expect(0, "watch", "--once", "-y");
    assert.is((await stateOf(site)).type, "exited");
    // As long as the same check is not asked twice, whatever else the machine does.
    await site.stand(one({ restart: "always", healthcheck: { ...often, interval: "1m", test: asked, on_failure: "stop" } }));
    await site.rig.expect(0, "start", "web/main");
    assert.is((await stateOf(site)).type, "running");
    assert.is(checkers(site).length, 1);
  }),
);

live("a check that hangs is ended with all that it has started, and what it had said is kept, at most 4096 bytes", () =>
  withSite(async (site) => {
    const test = "yes | head -c 9000; setsid sleep 4321 & sleep 4321";
    await site.stand(one({ healthcheck: { ...often, test, timeout: "300ms" } }));
    await until("unhealthy", async () => (await health(site))?.status === "unhealthy");
    const { code, output } = (await health(site)) ?? {};
    assert.is(code, 124);
    assert.is(output, "y\n".repeat(2048).trimEnd());
    site.declare({ web: one({}) });
    await site.apply();
    assert.not.match(await site.inside("ps"), /4321/);
  }),
);

live("another check is asked in place; a runner that is killed or has lost its file is drift, and the process runs on", () =>
  withSite(async (site) => {
    await site.stand(one({ healthcheck: { ...often, test: ["CMD", "true"] } }));
    const pid = await pidOf(site);
    const life = startOf(pid);
    const [runner = 0] = checkers(site);
    process.kill(runner, "SIGKILL");
    await until("its end", () => startOf(runner) === null);
    assert.equal(await site.changes(), ["create web.processes.main.healthcheck"]);
    await site.apply();
    site.declare({ web: one({ healthcheck: { ...often, test: ["CMD", "false"] } }) });
    assert.equal(await site.changes(), ["update web.processes.main.healthcheck"]);
    await site.apply();
    await until("unhealthy", async () => (await health(site))?.status === "unhealthy");
    const { environments } = JSON.parse((await site.rig.expect(0, "inspect", "--json", "web")).stdout);
    rmSync(environments[0].directories.run, { recursive: true });
    await site.apply();
    await until("one that asks", () => checkers(site).length === 1);
    site.declare({ web: one({}) });
    assert.equal(await site.changes(), ["destroy web.processes.main.healthcheck"]);
    await site.apply();
    await until("none that asks", () => checkers(site).length === 0);
    assert.is(startOf(pid), life);
  }),
);

live("what a frozen process does not answer is no failure", () =>
  withSite(async (site) => {
    await site.stand(one({ healthcheck: { ...often, test: ["CMD", "true"], timeout: "200ms" } }));
    await until("healthy", async () => (await health(site))?.status === "healthy");
    await site.rig.expect(0, "freeze", "web/main");
    const [runner = 0] = checkers(site);
    const pauses = new Set<string>();
    await until("many pauses", () => pauses.add(readProc(`/proc/${runner}/task/${runner}/children`)).size > 8);
    assert.equal((await health(site))?.failing_streak, 0);
    await site.rig.expect(0, "thaw", "web/main");
    await site.rig.expect(0, "destroy", "--yes");
    assert.equal(checkers(site), [], "what asks ends with the environment");
  }),
);

live("a script starts it too, and it enters as the process does, not as the host", () =>
  withSite(async (site) => {
    const test = "id -u; grep CapEff /proc/self/status; echo $$WORD";
    site.declare({ web: one({ user: 1000, environment: { WORD: "said" }, healthcheck: { ...often, test } }) });
    await scripted(site);
    assert.is(checkers(site).length, 1);
    assert.equal(await site.changes(), []);
    await until("healthy", async () => (await health(site))?.status === "healthy");
    assert.match((await health(site))?.output ?? "", /^1000\nCapEff:\s+0+\nsaid$/);
  }),
);

test.run();

function one(more: object) {
  return { processes: { main: { command: ["sleep", "1000"], ...more } } };
}

async function stateOf(site: Site): Promise<ProcessState> {
  const { environments } = JSON.parse((await site.rig.expect(0, "status", "--json")).stdout);
  return environments[0].processes.main;
}

async function pidOf(site: Site): Promise<number> {
  const state = await stateOf(site);
  return state.type === "running" ? state.pid : 0;
}

async function health(site: Site): Promise<HealthState | undefined> {
  const state = await stateOf(site);
  return state.type === "running" ? state.health : undefined;
}
