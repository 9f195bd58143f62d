import { test } from "uvu";
import * as assert from "uvu/assert";
import { childrenOf, readProc } from "../../src/host/proc-reader.ts";
import { needs } from "../support/needs.ts";
import type { Piped } from "../support/piped.ts";
import { startPiped } from "../support/piped.ts";
import { startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");
const often = { interval: "100ms", retries: 2 };
const idle = { command: ["sleep", "1000"] };
const on = (name: string, condition: string) => ({ depends_on: { [name]: { condition: `process_${condition}` } } });
/** A process that is well as soon as its gate, a file inside, is there. */
const gated = (gate: string) => ({
  ...idle,
  healthcheck: { ...often, start_period: "10m", start_interval: "100ms", test: ["CMD", "test", "-e", `/tmp/${gate}`] },
});

live("those that wait for different things wait at the same time: each is started when its own has come about", () =>
  withSite(async (site) => {
    const processes = {
      first: { ...idle, ...on("x", "healthy") },
      second: { ...idle, ...on("y", "healthy") },
      third: { ...idle, ...on("second", "started") },
      both: { ...idle, depends_on: { x: { condition: "process_healthy" }, y: { condition: "process_healthy" } } },
    };
    const started = async () => {
      const all = (await site.status()).processes;
      return Object.keys(processes).filter((name) => (all[name]?.pid ?? 0) > 0);
    };
    for (const [gate, other, before] of [
      ["y", "x", "second third"],
      ["x", "y", "first"],
    ] as const) {
      site.declare({ web: { processes: { ...processes, x: gated("x"), y: gated("y") } } });
      const apply = startPiped(site.rig, ["apply", "-y"]);
      await until("both that wait", async () => waitersBelow(apply).length === 4);
      await site.inside("touch", `/tmp/${gate}`);
      await until(before, async () => (await started()).join(" ") === before);
      await until("what waits on", () => waitersBelow(apply).length === 2);
      assert.is((await started()).join(" "), before, "what waits for the other one is not started");
      await site.inside("touch", `/tmp/${other}`);
      assert.is(await apply.end(), 0);
      assert.is((await started()).join(" "), "first second third both");
      assert.equal(await site.changes(), []);
      await site.rig.expect(0, "destroy", "--yes");
    }
  }),
);

live("what cannot come about ends the other waits at once, of other processes and of the same one", () =>
  withSite(async (site) => {
    const job = (code: number) => ({ command: ["sh", "-c", `until test -e /tmp/go; do sleep 0.05; done; exit ${code}`] });
    const declare = (code: number) =>
      site.declare({
        web: {
          processes: {
            app: { ...idle, depends_on: { x: { condition: "process_healthy" }, job: { condition: "process_completed" } } },
            other: { ...idle, ...on("x", "healthy") },
            x: gated("x"),
            job: job(code),
          },
        },
      });
    declare(3);
    const apply = startPiped(site.rig, ["apply", "-y"]);
    const waiters = await until("what waits", () => waitersBelow(apply).length === 3 && waitersBelow(apply));
    await site.inside("touch", "/tmp/go");
    assert.is(await apply.end(), 4);
    const told = apply.shown();
    assert.match(told, /web\/job has ended \(code 3\)/);
    assert.is(told.match(/error engine/g)?.length, 1, told);
    for (const waiter of waiters) assert.is(startOf(waiter), null, "nothing waits on");
    assert.equal(await site.changes(), ["create web.processes.app", "create web.processes.other"]);
    await site.inside("touch", "/tmp/x");
    declare(0);
    await site.apply();
  }),
);

live("a wait never takes less than its time", () =>
  withSite(async (site) => {
    const app = { ...idle, depends_on: { x: { condition: "process_healthy", timeout: "1s" } } };
    site.declare({ web: { processes: { app, x: gated("x") } } });
    await site.rig.expect(4, "apply", "-y");
    for (let round = 0; round < 3; round++) {
      const begun = performance.now();
      const { stdout } = await site.rig.expect(4, "apply", "-y");
      assert.match(stdout, /engine\/timeout: .*web\/x is starting after 1 s/);
      assert.ok(performance.now() - begun >= 1000);
    }
  }),
);

live("a wait says why what it waited for was stopped by its healthcheck, and what the last check printed", () =>
  withSite(async (site) => {
    const sick = { ...idle, healthcheck: { ...often, test: "echo no answer; exit 3", on_failure: "stop" } };
    site.declare({ web: { processes: { app: { ...idle, ...on("sick", "healthy") }, sick } } });
    const told = async () => {
      const { stdout, stderr } = await site.rig.expect(4, "apply", "-y");
      return stdout + stderr;
    };
    await told();
    // By then it has ended.
    assert.match(
      await told(),
      /web\/sick was unhealthy, and its healthcheck has had it stopped \(code 143\): cloister start web\/sick[^>]*> no answer/,
    );
    assert.equal(await site.changes(), ["create web.processes.app"]);
  }),
);

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  live(`${signal} ends a wait, and the next apply finds what is left to do`, () =>
    withSite(async (site) => {
      const app = { ...idle, ...on("postgres", "healthy") };
      site.declare({ web: { processes: { app, other: app, postgres: gated("well") } } });
      const apply = startPiped(site.rig, ["apply", "-y"]);
      const waiters = await until("what waits", () => waitersBelow(apply).length === 2 && waitersBelow(apply));
      apply.child.kill(signal);
      assert.is(await apply.end(), signal === "SIGINT" ? 130 : null);
      await until("their end", () => waiters.every((waiter) => startOf(waiter) === null));
      assert.equal(await site.changes(), ["create web.processes.app", "create web.processes.other"]);
      await site.inside("touch", "/tmp/well");
      await site.apply();
    }),
  );
}

test.run();

/** The shells below a process that wait for others. */
function waitersBelow({ child: { pid = 0 } }: Piped): readonly number[] {
  const below = (one: number): readonly number[] => [one, ...childrenOf(one).flatMap(below)];
  return below(pid).filter((one) => readProc(`/proc/${one}/cmdline`).includes("sh\0-c\0condition="));
}
