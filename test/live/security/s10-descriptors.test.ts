// S10: no descriptor and no working directory of the host leaks in, whatever cloister itself was started with.
import { spawnSync } from "node:child_process";
import { mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../../support/needs.ts";
import type { Site } from "../../support/site.ts";
import { processesOf, withSite } from "../../support/site.ts";
import { until } from "../../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** With gaps, beyond the first sixteen, which Node itself looks after, and beyond what a shell can name in one digit. */
const numbers = [3, 4, 7, 9, 15, 17, 23, 40, 200, 901];

live("started with open directories of the host and in one of them, it lets nothing inside see them", () =>
  withSite(async (site) => {
    const secret = join(site.rig.directory, "secret");
    mkdirSync(secret);
    writeFileSync(join(secret, "key"), "secret\n");
    site.declare({ web: { command: ["sh", "-c", "ls -1 /proc/self/fd/; readlink /proc/self/cwd; exec sleep 1000"] } });

    assert.is(started(site, secret, "apply", "--yes").status, 0);
    const look = 'ls -1 /proc/self/fd/; readlink /proc/self/cwd; for n in 3 4 7 9 15 17 23 40 200 901; do cat "/proc/self/fd/$n/key"; done';
    const { stdout } = started(site, secret, "exec", "-T", "web", "--", "sh", "-c", look);
    assert.match(stdout, /^\/$/m, "its working directory is the root");
    assert.equal(descriptorsShown(stdout), ["0", "1", "2", "3"], "0 to 2, and the one by which ls reads the directory");
    assert.not.match(stdout, /secret/);
    const log = (await site.rig.expect(0, "logs", "web")).stdout;
    assert.equal(descriptorsShown(log), ["0", "1", "2", "3"]);
    assert.match(log, /^\/$/m);

    const { pid } = await site.seen();
    const inside = processesOf(site.rig);
    assert.ok(inside.length >= 2);
    for (const one of inside) assert.equal(openedOf(one).filter(leadsOut), [], `process ${one}`);
    // Those that wait outside hold nothing that would keep a file system of the host from being unmounted.
    for (const one of [parentOf(pid), parentOf(parentOf(pid))]) assert.not.match(openedOf(one).join("\n"), /secret/, `process ${one}`);

    // The control: what Node's own child processes get.
    const naive = 'require("child_process").spawnSync("cat", ["/proc/self/fd/40/key"], { stdio: "inherit" })';
    assert.is(spawnSync("bash", ["-c", `exec 40<"$1" node -e "$2"`, "bash", secret, naive], { encoding: "utf8" }).stdout, "secret\n");
  }),
);

live("a directory as a standard stream is refused: a process could leave its root through it", () =>
  withSite(async (site) => {
    await site.stand();
    const [program, ...args] = site.rig.command("exec", "-T", "web", "--", "true");
    for (const stream of [0, 1]) {
      const directory = openSync("/", "r");
      const stdio: ("pipe" | number)[] = ["pipe", "pipe", "pipe"];
      stdio[stream] = directory;
      const { status, stderr } = spawnSync(program, args, { cwd: site.rig.directory, env: site.rig.env, stdio, encoding: "utf8" });
      assert.is(status, 125);
      assert.ok(stderr.startsWith("error engine/unsafe-stream: "), stderr);
    }
    // The control.
    const { pid } = await site.seen();
    const script = "cd /proc/self/fd/0/ && stat -c %n etc/debian_version etc/shadow";
    const naive = ["--target", String(pid), "--user", "--mount", "--pid", "--setuid", "0", "--setgid", "0", "--", "/bin/sh", "-c", script];
    const left = spawnSync("nsenter", naive, { stdio: [openSync("/", "r"), "pipe", "pipe"], encoding: "utf8" });
    assert.match(left.stdout, /etc\/shadow/);
  }),
);

live("a file that is only to be appended to cannot be cut through exec", () =>
  withSite(async (site) => {
    await site.stand();
    const log = join(site.rig.directory, "log");
    const [program, ...args] = site.rig.command("exec", "-T", "web", "--", "sh", "-c", "truncate -s 0 /proc/self/fd/1; echo later");
    writeFileSync(log, "before\n");
    spawnSync(program, args, { cwd: site.rig.directory, env: site.rig.env, stdio: ["ignore", openSync(log, "a"), "ignore"] });
    assert.is(readFileSync(log, "utf8"), "before\nlater\n");
    // The control: the file itself can be.
    const naive = spawnSync("perl", ["-e", "truncate STDOUT, 0"], { stdio: ["ignore", openSync(log, "a"), "ignore"] });
    assert.is(naive.status, 0);
    assert.is(readFileSync(log, "utf8"), "");
  }),
);

live("a process may open its own output again, and nobody else's", () =>
  withSite(async (site) => {
    const script = "echo one >/dev/stdout; echo two >/dev/stderr; echo three >>/proc/self/fd/1; exec sleep 1000";
    for (const declared of [{ user: "0" }, { user: "user" }, { users: "host", unsafe: ["host-user"] }]) {
      await site.stand({ ...declared, command: ["sh", "-c", script] });
      await until("what it writes", async () => (await site.rig.expect(0, "logs", "web")).stdout === "one\ntwo\nthree\n");
      const { pid } = await site.seen();
      for (const one of processesOf(site.rig)) if (one !== pid) assert.equal(openedOf(one).filter(leadsOut), []);
      await site.rig.expect(0, "destroy", "--yes", "--volumes");
    }
    // The caller's own pipe: what others write there must not be read from inside.
    await site.stand();
    const [program, ...args] = site.rig.command("exec", "-T", "web", "--", "sh", "-c", "head -c 6 </proc/self/fd/1 >&2");
    const piped = `{ echo secret; "$@"; } | { sleep 1; cat >/dev/null; }`;
    const { stderr } = spawnSync("sh", ["-c", piped, "sh", program, ...args], {
      cwd: site.rig.directory,
      env: site.rig.env,
      encoding: "utf8",
    });
    assert.match(stderr, /Permission denied/);
    assert.not.match(stderr, /secret/);
    // The control: the host's root can.
    const naive = spawnSync("sh", ["-c", piped, "sh", "sh", "-c", "head -c 6 </proc/self/fd/1 >&2"], { encoding: "utf8" });
    assert.match(naive.stderr, /secret/);
  }),
);

live("what a command left running does not keep exec from ending", () =>
  withSite(async (site) => {
    await site.stand();
    const [program, ...args] = site.rig.command("exec", "-T", "web", "--", "sh", "-c", "sleep 1000 & echo done");
    const file = openSync(join(site.rig.directory, "out"), "w");
    const { status } = spawnSync(program, args, {
      cwd: site.rig.directory,
      env: site.rig.env,
      stdio: ["ignore", file, file],
      timeout: 20_000,
    });
    assert.is(status, 0);
    assert.is(readFileSync(join(site.rig.directory, "out"), "utf8"), "done\n");
  }),
);

test.run();

function started(site: Site, secret: string, ...args: readonly string[]) {
  const command = site.rig.command("--file", join(site.rig.directory, "cloister.yaml"), ...args);
  const script = `${numbers.map((number) => `exec ${number}<"$1"`).join("; ")}; cd "$1"; shift; exec "$@"`;
  return spawnSync("bash", ["-c", script, "bash", secret, ...command], { env: site.rig.env, encoding: "utf8" });
}

function descriptorsShown(text: string): string[] {
  return [...text.matchAll(/^\d+$/gm)].map(([number]) => number);
}

/** What a process has open or stands in, as the kernel names it. */
function openedOf(pid: number): string[] {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`);
  return [...links, "cwd"].map((link) => readlinkSync(`/proc/${pid}/${link}`));
}

/** A pipe, what the kernel made (the reaper's signalfd) and the null device lead nowhere, and / is the process's own. */
function leadsOut(link: string): boolean {
  return link !== "/" && link !== "/dev/null" && !/^(pipe|socket|anon_inode):/.test(link);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
