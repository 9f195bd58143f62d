import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readProc } from "../../src/host/proc-reader.ts";
import { needs } from "../support/needs.ts";
import { withSite } from "../support/site.ts";
import { checkers } from "../support/supervisors.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "strace");

live("a process that ends by itself while its check finds it unhealthy is not stopped in its next life", () =>
  withSite(async (site) => {
    const command = ["sh", "-c", "until [ -e /tmp/end ]; do sleep 0.02; done; rm /tmp/end; exit 1"];
    const healthcheck = { test: "test ! -e /tmp/sick", interval: "100ms", retries: 1, on_failure: "stop" };
    await site.stand({ processes: { main: { command, restart: "always", healthcheck } } });
    const main = async () => (await site.status()).processes.main;
    const next = (before: number | undefined) =>
      until("the next life", async () => {
        const { pid } = (await main()) ?? {};
        return pid !== undefined && pid !== before ? pid : null;
      });
    const first = (await main())?.pid;
    const file = `${site.rig.stateDir}/run/${site.rig.project}/web/main.health`;
    await until("healthy", () => / healthy /.test(readProc(file)));
    // What is found takes its place late.
    const renames = "?rename,?renameat,?renameat2";
    const late = ["-e", `trace=${renames}`, "-e", `inject=${renames}:delay_enter=2000000`];
    const [runner = 0] = checkers(site);
    const tracer = spawn("strace", ["-f", "-qq", "-o", "/dev/null", "-p", String(runner), ...late], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const ended = once(tracer, "exit");
    try {
      await until("the runner is traced", () => readProc(`/proc/${runner}/status`).includes(`TracerPid:\t${tracer.pid}\n`));
      await site.inside("touch", "/tmp/sick");
      await until("it is found unhealthy", () => / unhealthy /.test(readProc(`${file}.new`)), 10_000);
      await site.inside("sh", "-c", "rm /tmp/sick; touch /tmp/end");
      const second = await next(first);
      assert.not.match(readProc(file), / unhealthy /, "control: that is not said as yet");
      await until(
        "the next life is asked",
        () => readProc(file).startsWith(`0 ${runner} ${second} `) && / healthy /.test(readProc(file)),
        20_000,
      );
      await site.inside("touch", "/tmp/end");
      await next(second);
    } finally {
      tracer.kill("SIGTERM");
      await ended;
    }
  }),
);

test.run();
