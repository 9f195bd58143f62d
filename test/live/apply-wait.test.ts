import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");
const sleeping = ["sleep", "1000"];

live(
  "--wait returns when all run or have ended with 0; what was stopped is not waited for, and an environment without processes neither",
  () =>
    withSite(async (site) => {
      site.declare({
        web: { processes: { main: { command: sleeping }, other: { command: sleeping }, job: { command: ["true"] } } },
        bare: {},
      });
      await site.rig.expect(0, "apply", "-y", "--wait");
      await site.rig.expect(0, "stop", "web/other");
      const begun = performance.now();
      await site.rig.expect(0, "apply", "-y", "--wait", "--timeout", "20s");
      assert.ok(performance.now() - begun < 15_000, "nothing is waited for");
      assert.is((await site.status()).processes.other?.type, "stopped");
    }),
);

live(
  "one that ends while it is waited for is exit 4 long before the time is over, with its last lines, of which none acts on a terminal",
  () =>
    withSite(async (site) => {
      const fails = ["sh", "-c", "for i in 1 2 3 4 5 6; do echo line$$i; done; printf '\\033[31mred\\n'; sleep 0.2; exit 3"];
      site.declare({ web: { processes: { main: { command: sleeping }, fails: { command: fails } } } });
      const begun = performance.now();
      const { stderr } = await site.rig.expect(4, "apply", "-y", "--wait", "--timeout", "50s");
      assert.ok(performance.now() - begun < 30_000, "not until the time is over");
      assert.ok(stderr.includes("engine/process-ended: web/fails has ended (code 3), and nothing starts it anew"), stderr);
      assert.match(stderr, /line3[\s\S]*line6[\s\S]*red/);
      assert.not.match(stderr, /line2|web\/main/);
      assert.not(stderr.includes("\x1b[31m"));
      assert.is((await site.status()).processes.main?.type, "running");
    }),
);

live("one that is started anew again and again has not started: exit 4 when the time is over", () =>
  withSite(async (site) => {
    site.declare({ web: { processes: { main: { command: ["sh", "-c", "echo life; exit 1"], restart: "always" } } } });
    const { stderr } = await site.rig.expect(4, "apply", "-y", "--wait", "--timeout", "1500ms");
    assert.match(
      stderr,
      /engine\/timeout: web\/main has not started in that time: it ended with 1, and was started anew \d times[\s\S]*life/,
    );
  }),
);

live("one that will never come up ends the waiting for one that may, of which nothing is said", () =>
  withSite(async (site) => {
    const lives = { command: ["sh", "-c", "exit 1"], restart: "always" };
    const ill = { command: sleeping, healthcheck: { test: "exit 1", interval: "100ms" } };
    site.declare({ web: { processes: { fails: { command: ["sh", "-c", "sleep 0.3; exit 3"] }, lives, ill } } });
    const begun = performance.now();
    const { stderr } = await site.rig.expect(4, "apply", "-y", "--wait=healthy", "--timeout", "50s");
    assert.ok(performance.now() - begun < 30_000, "not until the time is over");
    assert.match(stderr, /web\/fails has ended \(code 3\)/);
    assert.not.match(stderr, /web\/(lives|ill)/);
  }),
);

live("one that comes up with its third life is waited for", () =>
  withSite(async (site) => {
    const third = ["sh", "-c", "echo x >>/tmp/lives; [ $$(wc -l </tmp/lives) -ge 3 ] && exec sleep 1000; exit 1"];
    site.declare({ web: { processes: { main: { command: third, restart: "on-failure" } } } });
    await site.rig.expect(0, "apply", "-y", "--wait", "--timeout", "30s");
    assert.is(await site.inside("wc", "-l", "/tmp/lives"), "3 /tmp/lives");
    assert.is((await site.status()).processes.main?.type, "running");
  }),
);

live("--wait holds for a saved plan; --timeout alone, and one that is none, are refused before anything is done", () =>
  withSite(async (site) => {
    site.declare({ web: { command: ["sh", "-c", "exit 7"] } });
    assert.match((await site.rig.expect(64, "apply", "-y", "--timeout", "5s")).stderr, /there is no --wait/);
    assert.match((await site.rig.expect(64, "apply", "-y", "--wait", "--timeout", "soon")).stderr, /no length of time/);
    assert.is((await site.status()).state, "absent");
    await site.rig.expect(0, "plan", "-o", "web.plan");
    assert.match((await site.rig.expect(4, "apply", "-y", "--wait", "--plan", "web.plan")).stderr, /has ended \(code 7\)/);
  }),
);

live("--wait=healthy waits for what has a healthcheck, and tells the last words of a check that fails", () =>
  withSite(async (site) => {
    const test = "test -e /tmp/well || { printf 'no \\033[31mwell'; exit 7; }";
    const healthcheck = { test, interval: "100ms", retries: 1 };
    site.declare({ web: { processes: { main: { command: sleeping, healthcheck }, other: { command: sleeping } } } });
    await site.rig.expect(0, "apply", "-y", "--wait", "--timeout", "30s");
    const { stderr } = await site.rig.expect(4, "apply", "-y", "--wait=healthy", "--timeout", "2s");
    assert.match(stderr, /engine\/timeout: web\/main is unhealthy: its last check ended with 7, \d+ failed in a row[\s\S]*well/, stderr);
    assert.not(stderr.includes("\x1b[31m") || stderr.includes("web/other"), stderr);
    await site.inside("touch", "/tmp/well");
    await site.rig.expect(0, "apply", "-y", "--wait=healthy", "--timeout", "30s", "web");
    const restarts = { ...healthcheck, test: "echo ill; exit 7", on_failure: "restart" };
    site.declare({ web: { processes: { main: { command: sleeping, healthcheck: restarts } } } });
    const again = await site.rig.expect(4, "apply", "-y", "--wait=healthy", "--timeout", "4s");
    assert.match(
      again.stderr,
      /engine\/timeout: web\/main (is unhealthy|was started anew): its last check ended with 7, 1 failed in a row[\s\S]*ill/,
    );
    const stops = { ...healthcheck, test: "exit 1", on_failure: "stop" };
    site.declare({ web: { command: sleeping }, ill: { processes: { main: { command: sleeping, healthcheck: stops } } } });
    const stopped = await site.rig.expect(4, "apply", "-y", "--wait=healthy", "--timeout", "50s");
    assert.match(stopped.stderr, /engine\/process-ended: ill\/main was unhealthy, and its healthcheck has had it stopped/);
  }),
);

test.run();
