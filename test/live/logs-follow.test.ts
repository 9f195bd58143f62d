import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { startPiped } from "../support/piped.ts";
import { withSite } from "../support/site.ts";
import { startTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

const says = (word: string) => ({ command: ["sh", "-c", `echo ${word}; exec sleep 1000`] });

live("logs -f shows what is only started then: a process that waited, an environment, one that was made anew", () =>
  withSite(async (site) => {
    const test = ["CMD", "test", "-e", "/tmp/well"];
    const gate = { ...says("begun"), healthcheck: { test, interval: "100ms", start_period: "10m", start_interval: "100ms" } };
    const late = { ...says("late"), depends_on: { gate: { condition: "process_healthy" } } };
    site.declare({ web: { processes: { gate, late } }, db: says("db") });
    const none = await site.rig.expect(1, "logs", "-f", "web");
    assert.match(none.stderr, /web has no log: no process was started\n {2}hint: cloister apply/);
    assert.match((await site.rig.expect(1, "logs")).stderr, /: none of web, db has a log: no process was started/);
    const apply = startPiped(site.rig, ["apply", "-y", "web"]);
    await until("its first line", async () => (await site.rig.cloister("logs", "web")).stdout === "gate | begun\n");
    const all = startPiped(site.rig, ["logs", "-f"]);
    const one = startPiped(site.rig, ["logs", "-f", "web/late"]);
    await all.shows(/^web\/gate \| begun$/m);
    await site.inside("touch", "/tmp/well");
    await all.shows(/^web\/late \| late$/m);
    await one.shows(/^late\n$/);
    assert.is(await apply.end(), 0);
    await site.rig.expect(0, "apply", "-y", "db");
    await all.shows(/^db\/main {2}\| db$/m);
    await site.rig.expect(0, "destroy", "-y", "db");
    await site.rig.expect(0, "apply", "-y", "db");
    await all.shows(/(?:^db\/main {2}\| db\n){2}/m);
    for (const follower of [all, one]) {
      follower.child.kill("SIGINT");
      assert.is(await follower.end(), 130);
    }
    assert.is(
      (await site.rig.expect(0, "logs", "-n", "1", "web", "db")).stdout,
      all.shown().split("\n").slice(0, 3).join("\n").concat("\n"),
    );
  }),
);

live("a pipe gets every byte as it was written, also what is no UTF-8, of one process and of several", () =>
  withSite(async (site) => {
    const process = { command: ["sh", "-c", "printf '\\377\\376\\303\\251\\n'; exec sleep 1000"] };
    await site.stand({ processes: { main: process, other: process } });
    const bytes = async (...words: readonly string[]) => {
      const line = ["sh", "-c", '"$@" | od -An -tx1', "sh", ...site.rig.command("logs", ...words)] as const;
      return (await site.rig.start([...line], {})).stdout.replace(/\s+/g, " ").trim();
    };
    const written = "ff fe c3 a9 0a";
    await until("both", async () => (await bytes("web")).split(written).length === 3);
    assert.is(await bytes("web/main"), written);
    const hex = (text: string) => [...Buffer.from(text)].map((byte) => byte.toString(16)).join(" ");
    assert.is(await bytes("web"), `${hex("main  | ")} ${written} ${hex("other | ")} ${written}`);
    const document: unknown = JSON.parse((await site.rig.expect(0, "logs", "--json", "web/main")).stdout);
    assert.equal(document, { schema: "cloister/log-line/v1", environment: "web", process: "main", line: "\ufffd\ufffdé" });
  }),
);

live("beside one that writes faster than it is read the others are heard, and Ctrl-C; what is not followed has an end", () =>
  withSite(async (site) => {
    const logging = { times: true, max_size: "4M", max_files: 2 };
    const fast = { command: ["sh", "-c", "until [ -e /tmp/go ]; do sleep 0.05; done; exec yes fast"], stop_signal: "SIGKILL" };
    const slow = { command: ["sh", "-c", "i=0; while :; do echo turn $$i; i=$$((i+1)); sleep 0.05; done"] };
    await site.stand({ logging, processes: { fast, slow } });
    const [file, ...words] = site.rig.command("logs", "-f", "-n", "0", "web");
    const follower = spawn(file, words, { cwd: site.rig.directory, env: site.rig.env, stdio: ["ignore", "pipe", "ignore"] });
    const closed = once(follower, "close");
    let [turns, isFast] = [0, false];
    follower.stdout.setEncoding("latin1").on("data", (text: string) => {
      isFast ||= text.includes("fast | fast\n");
      turns += text.split("slow | turn").length - 1;
    });
    try {
      await until("it follows", () => turns > 0);
      await site.inside("touch", "/tmp/go");
      await until("what is fast", () => isFast);
      const before = turns;
      await until("what is slow, beside it", () => turns > before + 3);
      follower.kill("SIGINT");
      await until("its end", () => follower.exitCode !== null || follower.signalCode !== null);
      assert.is(follower.exitCode, 130);
      await closed;
      const { stdout } = await site.rig.expect(0, "logs", "--json", "-n", "5", "web/fast");
      assert.ok(stdout.split("\n").length <= 6, "no more than was there when it began");
    } finally {
      follower.kill("SIGKILL");
    }
  }),
);

live("what follows ends when nobody reads it any more: logs -f of one and of several, attach", () =>
  withSite(async (site) => {
    const process = { command: ["sh", "-c", "while :; do echo tick; sleep 0.05; done"] };
    await site.stand({ processes: { main: process, other: { ...process, stdin_open: true } } });
    for (const words of ["logs -f web/main", "logs -f web", "attach web/main", "attach web/other"]) {
      const line = ["sh", "-c", '{ "$@"; echo "ended with $?" >&2; } | head -n 1', "sh", ...site.rig.command(...words.split(" "))] as const;
      const { stdout, stderr } = await site.rig.start([...line], {});
      assert.match(stdout, /tick\n$/, words);
      assert.match(stderr, /ended with 0\n$/, words);
    }
  }),
);

live("on a terminal Ctrl-C leaves a line of its own for what comes next: logs -f, stats, attach", () =>
  withSite(async (site) => {
    await site.stand({ command: ["sh", "-c", "echo ready; while :; do cat /tmp/word 2>/dev/null; sleep 0.05; done"] });
    for (const [words, first, then] of [
      [["logs", "-f", "web"], /ready/, /followed/],
      [["stats"], /PRESSURE/, /PRESSURE/],
      [["attach", "web"], /output only/, /attached/],
    ] as const) {
      const terminal = startTerminal(site.rig, site.rig.command(...words));
      await terminal.shows(first);
      // What is written now is shown by what heeds Ctrl-C.
      await site.inside("sh", "-c", `echo ${then.source} >/tmp/word`);
      await terminal.shows(then);
      terminal.type("\u0003");
      await terminal.shows(/\^C(?:\w+\r\n)*\r\n$/);
      assert.is(await terminal.end(), 130);
    }
  }),
);

test.run();
