import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readProc } from "../../src/host/proc-reader.ts";
import { needs } from "../support/needs.ts";
import { startPiped } from "../support/piped.ts";
import { withSite } from "../support/site.ts";
import { waiting } from "../support/supervisors.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "strace");

for (const logging of [undefined, { times: true }])
  live(`what a process writes last is shown, however late ${logging === undefined ? "it comes to its log" : "its times are kept"}`, () =>
    withSite(async (site) => {
      const script = "until [ -e /tmp/go ]; do sleep 0.02; done; echo seen; exit 9";
      await site.stand({ processes: { main: { command: ["sh", "-c", script], ...(logging === undefined ? {} : { logging }) } } });
      const [writer = 0] = waiting(site).filter((pid) => /^(?:cat|perl)\n$/.test(readProc(`/proc/${pid}/comm`)));
      const late = ["-e", "trace=read", "-e", "inject=read:delay_exit=600000"];
      const tracer = spawn("strace", ["-qq", "-o", "/dev/null", "-p", String(writer), ...late], { stdio: ["ignore", "ignore", "inherit"] });
      const ended = once(tracer, "exit");
      try {
        await until("what keeps the log is late", () => readProc(`/proc/${writer}/status`).includes(`TracerPid:\t${tracer.pid}\n`));
        const client = startPiped(site.rig, ["attach", "web"]);
        await client.shows(/neither a terminal nor open input \(tty, stdin_open\): output only/, "stderr");
        await site.inside("touch", "/tmp/go");
        assert.is(await client.end(), 9);
        assert.is(client.shown(), "seen\n");
      } finally {
        tracer.kill("SIGTERM");
        await ended;
      }
    }),
  );

test.run();
