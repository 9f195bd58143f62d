import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { startPiped } from "../support/piped.ts";
import type { Site } from "../support/site.ts";
import { startOf, withSite } from "../support/site.ts";
import { waiting } from "../support/supervisors.ts";
import { startTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");
// A shell that asks pays no heed to SIGTERM.
const shell = { command: ["sh"], tty: true, stdin_open: true, stop_signal: "SIGHUP", environment: { PS1: "ready> " } };
const [controlP, controlQ, controlC] = ["\u0010", "\u0011", "\u0003"];

live(
  "a shell on its own terminal: of the user's size, also when that changes; left by the detach keys, attached to again, ended with its code",
  () =>
    withSite(async (site) => {
      await site.stand(one(shell));
      const pid = await pidOf(site);
      const first = startTerminal(site.rig, site.rig.command("attach", "web"));
      const [, caller = ""] = await first.shows(/^TTY (\S+) PID/m);
      await first.shows(/ctrl-p ctrl-q leaves it running/);
      first.type("stty size; tty\n");
      await first.shows(/^24 80\r$/m);
      await first.shows(/^\/dev\/pts\/\d+\r$/m);
      execFileSync("stty", ["-F", caller, "rows", "33"]);
      first.type("until stty size | grep -qx '33 80'; do :; done; echo re''sized\n");
      await first.shows(/^resized\r$/m);
      first.type(controlP + controlQ);
      assert.is(await first.end(), 0);
      assert.is(await pidOf(site), pid);
      assert.equal(await site.changes(), []);

      const second = startTerminal(site.rig, site.rig.command("attach", "--detach-keys", "ctrl-x,x", "web/main"));
      await second.shows(/ctrl-x x leaves it running/);
      second.type("stty size\n");
      await second.shows(/^24 80\r$/m);
      second.type("\u0018x");
      assert.is(await second.end(), 0);
      assert.is(await pidOf(site), pid);

      const third = startTerminal(site.rig, site.rig.command("attach", "web"));
      await third.shows(/leaves it running/);
      third.type("exit 7\n");
      assert.is(await third.end(), 7);
      assert.is((await site.status()).processes.main?.code, 7);
    }),
);

live("Ctrl-C and Ctrl-Z reach what runs in the foreground of its terminal, and not cloister", () =>
  withSite(async (site) => {
    await site.stand(one({ ...shell, command: ["sh", "-c", 'trap "echo in""terrupted" INT; echo re""ady; while :; do sleep 0.05; done'] }));
    const terminal = startTerminal(site.rig, site.rig.command("attach", "web"));
    await terminal.shows(/leaves it running/);
    await until("its trap", async () => /ready/.test((await site.rig.expect(0, "logs", "web")).stdout));
    terminal.type(controlC);
    await terminal.shows(/interrupted\r$/m);
    terminal.type(controlP + controlQ);
    assert.is(await terminal.end(), 0);
    site.declare({ web: one(shell) });
    await site.apply();
    const jobs = startTerminal(site.rig, site.rig.command("attach", "web"));
    await jobs.shows(/leaves it running/);
    jobs.type("sh -c 'echo st\"\"arted; exec sleep 1000'\n");
    await jobs.shows(/^started\r$/m);
    jobs.type("\u001a");
    await jobs.shows(/Stopped/);
    jobs.type(controlP + controlQ);
    assert.is(await jobs.end(), 0);
  }),
);

live("the terminal is one of the environment's devpts and the process's controlling one; nothing else of the host is inside", () =>
  withSite(async (site) => {
    await site.stand(one({ ...shell, user: "user" }));
    const pid = await pidOf(site);
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    assert.ok(links.length >= 3 && links.every((link) => /^\/dev\/(pts\/\d+|tty)$/.test(link)), links.join());
    const inside = statSync(`/proc/${pid}/fd/0`);
    assert.is.not(inside.dev, statSync("/dev/pts").dev);
    assert.is(inside.rdev >> 8, 136);
    const held = descriptorsOf(holder(site), /ptmx$/).map((fd) => statSync(`/proc/${holder(site)}/fd/${fd}`).dev);
    assert.equal(held, [inside.dev], "what is held outside is the other end of it");
    const [, fields = ""] = /\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    const [, , , session, tty] = fields.split(" ");
    assert.is(Number(session), pid, "it leads a session");
    assert.is(Number(tty), inside.rdev);
    assert.match(await site.inside("ls", "-l", "/dev/pts/0"), /^crw--w---- +1 user +5 /);
    const run = await until("the socket", () => statSync(socketOf(site)));
    assert.ok(run.isSocket());
    assert.is(run.mode & 0o777, 0o600);
  }),
);

live("where /dev/pts is the host's no terminal is made", () =>
  withSite((site) => {
    const words = ["terminal", "tty", `${site.rig.directory}/made.attach`, String(process.pid), "", "true"];
    const { status, stderr } = spawnSync("perl", [resolve("dist/shim.pl"), process.arch, ...words], { encoding: "utf8" });
    assert.is(status, 125);
    assert.match(stderr, /tty: \/dev\/pts of the environment is the host's/);
    return Promise.resolve();
  }),
);

live(
  "through a pipe: input is passed on and its end is not; whoever is attached sees all of it, and how attach ends is nothing to the process",
  () =>
    withSite(async (site) => {
      await site.stand(one({ command: ["cat"], stdin_open: true }));
      const pid = await pidOf(site);
      const [first, second] = [startPiped(site.rig, ["attach", "web"]), startPiped(site.rig, ["attach", "--no-stdin", "web"])];
      await until("both", () => descriptorsOf(holder(site), /^socket:/).length === 3);
      first.write("one\n");
      for (const client of [first, second]) await client.shows(/^one$/m);
      second.write("not passed on\n");
      second.child.kill("SIGKILL");
      assert.is(await second.end(), null);
      first.write("two\n");
      first.finish();
      await first.shows(/^two$/m);
      first.child.kill("SIGTERM");
      assert.is(await first.end(), 130);
      assert.is(await pidOf(site), pid);
      const third = startPiped(site.rig, ["attach", "web"]);
      third.write("three\n");
      await third.shows(/^three$/m);
      assert.is((await site.rig.expect(0, "logs", "web")).stdout, "one\ntwo\nthree\n");
      await site.rig.expect(0, "stop", "web");
      assert.is(await third.end(), 143);
      const refused = await site.rig.cloister("attach", "web");
      assert.is(refused.code, 1);
      assert.match(refused.stderr, /engine\/not-running: web\/main does not run/);
    }),
);

live("a client that takes nothing holds nothing up: the log is complete, and it is told what it was not shown", () =>
  withSite(async (site) => {
    const lines = 200_000;
    const script = `read go; i=0; while [ $i -lt ${lines} ]; do echo $i; i=$((i+1)); done; exit 4`;
    for (const tty of [false, true]) {
      await site.stand(one({ command: ["sh", "-c", script.replaceAll("$", "$$$$")], stdin_open: true, tty }));
      const slow = startPiped(site.rig, ["attach", "web"]);
      const typist = startPiped(site.rig, ["attach", "web"]);
      await until("both", () => descriptorsOf(holder(site), /^socket:/).length === 3);
      slow.child.kill("SIGSTOP");
      typist.write("go\n");
      assert.is(await typist.end(), 4);
      slow.child.kill("SIGCONT");
      assert.is(await slow.end(), 4);
      assert.match(slow.shown("stderr"), /wrote \d+ bytes that were not shown/);
      const logged = (await site.rig.expect(0, "logs", "web")).stdout
        .replaceAll("\r", "")
        .split("\n")
        .slice(-lines - 1, -1);
      assert.is(logged.length, lines);
      assert.ok(logged.every((line, index) => line === String(index)));
    }
  }),
);

live("a process that is started anew: attach ends with the code of the life that it was attached to, and the next can be attached to", () =>
  withSite(async (site) => {
    await site.stand(one({ ...shell, restart: "always" }));
    for (const code of [5, 6]) {
      const life = await pidOf(site);
      const client = startPiped(site.rig, ["attach", "web"]);
      client.write(`exit ${code}\n`);
      assert.is(await client.end(), code);
      await until("the next life", async () => ![undefined, life].includes((await site.status()).processes.main?.pid));
    }
    assert.equal(await site.changes(), []);
  }),
);

live("with neither terminal nor open input: its output alone, with its code, at no cost outside", () =>
  withSite(async (site) => {
    const script = "until [ -e /tmp/go ]; do sleep 0.02; done; echo seen; exit 9";
    await site.stand(one({ command: ["sh", "-c", script] }));
    assert.is(waiting(site).filter((pid) => readFileSync(`/proc/${pid}/comm`, "utf8") === "perl\n").length, 0);
    const client = startPiped(site.rig, ["attach", "web"]);
    await client.shows(/neither a terminal nor open input \(tty, stdin_open\): output only/, "stderr");
    await site.inside("touch", "/tmp/go");
    assert.is(await client.end(), 9);
    assert.is(client.shown(), "seen\n");
  }),
);

live("a terminal on which nobody types: output only, Ctrl-C ends attach alone", () =>
  withSite(async (site) => {
    await site.stand(one({ command: ["sh", "-c", "while :; do stty size; sleep 0.05; done"], tty: true }));
    const pid = await pidOf(site);
    const terminal = startTerminal(site.rig, site.rig.command("attach", "web"));
    await terminal.shows(/reads no input, for its standard input is not open \(stdin_open\): output only/);
    await terminal.shows(/^24 80\r$/m);
    terminal.type(controlC);
    assert.is(await terminal.end(), 130);
    assert.is(await pidOf(site), pid);
  }),
);

live("what holds the terminal is killed: the process is hung up, attach ends with it, and its policy starts it anew", () =>
  withSite(async (site) => {
    await site.stand(one({ ...shell, restart: "always" }));
    const pid = await pidOf(site);
    const client = startPiped(site.rig, ["attach", "web"]);
    await until("the client", () => descriptorsOf(holder(site), /^socket:/).length === 2);
    process.kill(holder(site), "SIGKILL");
    assert.is(await client.end(), 129);
    assert.match(client.shown("stderr"), /has ended, and what it wrote last was not shown/);
    await until("the next life", async () => ![undefined, pid].includes((await site.status()).processes.main?.pid));
    assert.is((await site.rig.run(["attach", "web"], { input: "exit 3\n" })).code, 3);
  }),
);

live("a terminal is taken away, or given, by restarting that process alone; destroy ends what holds it", () =>
  withSite(async (site) => {
    const other = { command: ["sleep", "1000"] };
    await site.stand({ processes: { main: shell, other } });
    const before = startOf((await site.status()).processes.other?.pid ?? 0);
    for (const changed of [{ ...shell, tty: false }, { ...shell, stdin_open: false }, shell]) {
      site.declare({ web: { processes: { main: changed, other } } });
      assert.equal(await site.changes(), ["restart-process web.processes.main"]);
      await site.apply();
      await site.rig.expect(0, "drift");
    }
    assert.is(startOf((await site.status()).processes.other?.pid ?? 0), before);
    const holds = holder(site);
    await site.rig.expect(0, "destroy", "-y");
    assert.is(startOf(holds), null);
  }),
);

live("a script of the plan starts it likewise", () =>
  withSite(async (site) => {
    site.declare({ web: one(shell) });
    const script = site.rig.write("start.sh", (await site.rig.expect(0, "plan", "--script")).stdout);
    execFileSync("sh", [script], { stdio: "pipe" });
    assert.equal(await site.changes(), []);
    assert.is((await site.rig.run(["attach", "web"], { input: "test -t 0 && exit 8\n" })).code, 8);
  }),
);

live("what holds a terminal takes at most 1.5 MB of its own", () =>
  withSite(async (site) => {
    await site.stand(one(shell));
    const own = Number(/^Private_Dirty:\s+(\d+)/m.exec(readFileSync(`/proc/${holder(site)}/smaps_rollup`, "utf8"))?.[1]);
    assert.ok(own > 0 && own <= 1536, `${own} kB`);
  }),
);

test.run();

function one(main: object): { readonly processes: Readonly<Record<string, object>> } {
  return { processes: { main } };
}

async function pidOf(site: Site): Promise<number> {
  return until("the process", async () => (await site.status()).processes.main?.pid);
}

/** What holds the streams of the one process that has such. */
function holder(site: Site): number {
  const found = waiting(site).filter((pid) => readFileSync(`/proc/${pid}/comm`, "utf8") === "perl\n");
  assert.is(found.length, 1);
  return found[0] ?? 0;
}

function descriptorsOf(pid: number, what: RegExp): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => what.test(readlinkSync(`/proc/${pid}/fd/${fd}`)));
}

function socketOf(site: Site): string {
  const { stateDir, project } = site.rig;
  return `${stateDir}/run/${project}/web/main.attach`;
}
