// timeout: 600 s
// What nobody listed: what a hostile root inside can do to the next command that deals with its environment.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readProc } from "../../../src/host/proc-reader.ts";
import { needs } from "../../support/needs.ts";
import type { Site } from "../../support/site.ts";
import { processesOf, startOf, withSite } from "../../support/site.ts";
import { startTerminal } from "../../support/terminal.ts";
import { until } from "../../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");
const traced = needs(test, "root", "busybox", "catatonit", "strace");

// Control characters but tab and newline, and those that turn the direction of writing.
const controls = String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e`;
const steering = new RegExp(`[${controls}]`);

live("whoever stops and kills all that it can from inside does not stop a change of its environment, nor the keeper", () =>
  withSite(async (site) => {
    mkdirSync(join(site.rig.directory, "data"));
    const storm = "while :; do kill -STOP -1; kill -KILL -1; kill -KILL 1; done";
    site.declare({ web: { command: ["sh", "-c", storm] } });
    await site.rig.expect(0, "apply", "--yes");
    const before = await site.seen();
    const mounts = { "/data": "./data", "/t": { type: "tmpfs", size: "64K" } };
    for (const hostname of ["one", "two", "three"]) {
      site.declare({ web: { command: ["sh", "-c", storm], hostname, mounts } });
      await site.rig.run(["apply", "--yes"], { timeoutMs: 20_000 }).then(({ code, stdout, stderr }) => assert.is(code, 0, stdout + stderr));
    }
    assert.is((await site.seen()).identity, before.identity);
    // The control: what has become one of them can be stopped or killed.
    const [code] = await Promise.all([site.exec(["sleep", "1000"]).then((ended) => ended.code), destroyOnceStopped(site, before.pid)]);
    assert.is.not(code, 0);
  }),
);

traced("thousands of bytes in the environ of hundreds of processes are not read", () =>
  withSite(async (site) => {
    await site.stand();
    const many =
      "export FLOOD=$(head -c 100000 /dev/zero | tr '\\0' x); for n in $(seq 200); do CLOISTER_ENVIRONMENT=x sleep 1000 & done; wait";
    const flooding = exec(site, many);
    await until("the flood", () => processesOf(site.rig).length > 200);
    const log = join(site.rig.directory, "../trace");
    const [program, ...args] = site.rig.command("--file", join(site.rig.directory, "cloister.yaml"), "status");
    spawnSync("strace", ["-f", "-qq", "-e", "trace=openat", "-o", log, "--", program, ...args], { env: site.rig.env });
    const read = readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => /\/proc\/\d+\/environ"/.test(line));
    assert.ok(read.length > 0 && read.length < 20, `${read.length} environs read`);
    rmSync(log);
    await site.rig.expect(0, "destroy", "--yes");
    await flooding;
  }),
);

live("what was planted in the upper does not lead the next start anywhere, and does not hang it", () =>
  withSite(async (site) => {
    const mounts = { "/srv/data": { type: "tmpfs", size: "64K" } };
    const plants = [
      "rm -rf /srv; ln -s /etc /srv",
      "rm -rf /srv; ln -s /proc/1/root/etc /srv",
      "rm -rf /srv; mkfifo /srv",
      "rm -rf /srv/data; mkdir -p /srv; mkfifo /srv/data",
      "rm -rf /srv/data; mkdir -p /srv; ln -s . /srv/data",
      "rm -rf /etc; mkfifo /etc",
    ];
    for (const plant of plants) {
      await site.stand();
      await site.exec(["/bin/busybox", "sh", "-c", plant]);
      await site.rig.expect(0, "destroy", "--yes");
      site.declare({ web: { mounts } });
      const { code, stdout, stderr } = await site.rig.run(["apply", "--yes"], { timeoutMs: 20_000 });
      assert.is(code, 1, `${plant}: ${stdout}${stderr}`);
      assert.match(stdout, /symbolic link|not a directory|Not a directory/i, plant);
      assert.is((await site.status()).state, "absent", plant);
      await site.rig.expect(0, "destroy", "--yes", "--volumes");
      rmSync(join(site.rig.dataDir, "uppers"), { recursive: true, force: true });
    }
  }),
);

live("names and texts from inside do not steer the terminal: mounts, logs, users, programs", () =>
  withSite(async (site) => {
    const evil = "\u001b]0;owned\u0007\u001b[2J\u009b31m";
    const command = [
      "sh",
      "-c",
      `printf '${evil}said\\n'; mkdir -p "/tmp/${evil}"; mount -t tmpfs "${evil}" "/tmp/${evil}"; exec sleep 1000`,
    ];
    site.declare({ web: { command, security: { cap_add: ["SYS_ADMIN"] } } });
    await site.rig.cloister("apply", "--yes");
    await until("the mount", async () => (await site.seen()).mounts.some(({ target }) => target.includes("owned")));
    await site.exec(["sh", "-c", `echo 'x:x:${evil}:0::/:/bin/sh' >>/etc/passwd; hostname '${evil.slice(0, 4)}'`]);
    for (const words of [
      ["plan"],
      ["plan", "-v"],
      ["status"],
      ["verify"],
      ["exec", "-T", "-u", "x", "web", "--", "true"],
      ["apply", "--yes"],
    ]) {
      const { stdout, stderr } = await site.rig.cloister(...words);
      assert.not.match(stdout, steering, words.join(" "));
      assert.not.match(stderr, steering, words.join(" "));
    }
    const terminal = startTerminal(site.rig, [...site.rig.command("logs", "web")]);
    const [shown] = await terminal.shows(/.*said\r\n/);
    assert.not.match(shown.replace(/\r\n$/, ""), steering);
    await terminal.end();
    // The control: the log holds it.
    assert.match((await site.rig.expect(0, "logs", "web")).stdout, steering);
  }),
);

live("ten thousand mounts inside neither hide anything nor keep anything from ending", () =>
  withSite(async (site) => {
    await site.stand({ security: { cap_add: ["SYS_ADMIN"] } });
    const script =
      "mkdir -p /m && mount -t tmpfs none /m && mount --make-shared /m && mkdir /m/a /m/b && n=0; while [ $n -lt 10000 ]; do mount --bind /m/a /m/b && n=$((n+1)); done";
    const { code, stderr } = await site.rig.run(["exec", "-T", "web", "--", "sh", "-c", script.replace("mount --make-shared /m && ", "")], {
      timeoutMs: 120_000,
    });
    assert.is(code, 0, stderr);
    assert.ok((await site.seen()).mounts.length > 10_000);
    assert.is((await site.status()).synced, false);
    assert.is(await site.inside("hostname"), "web");
    await site.rig.expect(0, "destroy", "--yes");
  }),
);

live("an environment without a pid namespace of its own is ended to the last of its processes, however fast they multiply", () =>
  withSite(async (site) => {
    const bomb = "bomb() { while :; do sleep 0.01 & done; }; for n in 1 2 3; do bomb & done; wait";
    site.declare({ db: {}, web: { namespaces: { pid: "join:db" }, resources: { limits: { pids: 200 } } } });
    await site.rig.expect(0, "apply", "--yes");
    const running = exec(site, bomb);
    await until("the bomb", () => processesOf(site.rig).length > 100);
    const { code, stdout, stderr } = await site.rig.run(["destroy", "--yes", "web"], { timeoutMs: 30_000 });
    assert.is(code, 0, stdout + stderr);
    await running;
    assert.is((await site.status("web")).state, "absent");
    assert.is((await site.status("db")).state, "running");
  }),
);

test.run();

/** Runs a script inside `web`, whatever becomes of it; resolves when it has ended. */
async function exec(site: Site, script: string): Promise<void> {
  const [program, ...args] = site.rig.command(
    "--file",
    join(site.rig.directory, "cloister.yaml"),
    "exec",
    "-T",
    "web",
    "--",
    "sh",
    "-c",
    script,
  );
  const child = spawn(program, args, { env: site.rig.env, stdio: "ignore" });
  await new Promise((done) => child.once("close", done));
}

/** Ends the environment once something in it was stopped or is gone. */
async function destroyOnceStopped(site: Site, keeper: number): Promise<void> {
  const stateOf = (pid: number) => (startOf(pid) === null ? "" : (/^State:\s+(\S)/m.exec(readProc(`/proc/${pid}/status`))?.[1] ?? ""));
  await until("something is stopped", () => processesOf(site.rig).some((pid) => pid !== keeper && stateOf(pid) === "T"), 10_000).catch(
    () => false,
  );
  await site.rig.expect(0, "destroy", "--yes", "--now");
}
