// S09: whoever enters cannot be looked into or traced from inside, and no program of the host can be reached: 500 times, under attack.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../../support/needs.ts";
import type { Site } from "../../support/site.ts";
import { withSite } from "../../support/site.ts";
import { until } from "../../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");
const rounds = { shim: 480, exec: 20 } as const;

/** Lists over and over what it can see of every process: programs, directories, descriptors, environments; and opens their memory. */
const spy = `while :; do
  ls -l /proc/[0-9]*/exe /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/fd 2>>/tmp/denied | grep -E "nsenter|perl|script|/usr/" >>/tmp/loot
  grep -la CLOISTER /proc/[0-9]*/environ 2>>/tmp/denied >>/tmp/loot
  for p in /proc/[0-9]*; do case $p in /proc/1|/proc/$$) ;; *) { true <>$p/mem; } 2>>/tmp/denied && echo "$p/mem" >>/tmp/opened;; esac; done
done`;

live(`${rounds.shim + rounds.exec} processes enter while others inside look at whatever they can`, () =>
  withSite(async (site) => {
    await site.stand();
    const before = digests();
    const { pid, start } = await site.seen();
    const spies = [0, 1].map(() => spying(site));
    await until("the spies", async () => (await site.exec(["test", "-e", "/tmp/denied"])).code === 0);
    for (let round = 0; round < rounds.shim; round++) assert.is(enter(pid, start), 0);
    for (let round = 0; round < rounds.exec; round++) assert.is((await site.exec(["true"])).code, 0);
    assert.is(await site.inside("sh", "-c", "cat /tmp/loot"), "");
    const denied = (await site.inside("cat", "/tmp/denied"))
      .split("\n")
      .filter((line) => /\/proc\/\d+\/exe.*denied/.test(line) && !line.includes("/proc/1/"));
    assert.ok(denied.length > 20, `they met some that they could not look into: ${denied.length}`);

    // The control: a program of the host that just enters is seen, with its file on the host.
    const asRoot = ["--target", String(pid), "--user", "--pid", "--setuid", "0", "--setgid", "0", "--"];
    const naive = [...asRoot, "setpriv", "--bounding-set=-all", "--inh-caps=-all", "perl", "-e", "sleep 2"];
    spawnSync("nsenter", naive);
    assert.match(await site.inside("cat", "/tmp/loot"), /exe -> .*perl/);
    await site.rig.expect(0, "destroy", "--yes");
    await Promise.all(spies);
    assert.equal(digests(), before);
  }),
);

test.run();

/** Resolves when the environment, and the spy with it, has ended. */
async function spying(site: Site): Promise<void> {
  const [program, ...args] = site.rig.command(
    "--file",
    join(site.rig.directory, "cloister.yaml"),
    "exec",
    "-T",
    "web",
    "--",
    "sh",
    "-c",
    spy,
  );
  const child = spawn(program, args, { env: site.rig.env, stdio: "ignore" });
  await new Promise((done) => child.once("close", done));
}

/** What exec does, without the command line around it: 10 ms instead of 80. */
function enter(pid: number, start: string): number | null {
  const keys = [`pid=${pid}`, `start=${start}`, "user=0", "cwd=/", "caps=", "last_cap=40", "no_new_privs=1"];
  const shim = ["--target", String(pid), "--pid", "--", "perl", resolve("dist/shim.pl"), process.arch, "enter", ...keys, "--", "/bin/true"];
  return spawnSync("nsenter", shim, { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" }, stdio: "ignore" }).status;
}

/** The host's programs that take part. */
function digests(): string {
  const tools = ["perl", "nsenter", "unshare", "setpriv", "sh", "mount", "script", "catatonit"].map((name) =>
    execFileSync("sh", ["-c", `readlink -f "$(command -v ${name})"`], { encoding: "utf8" }).trim(),
  );
  assert.ok(readFileSync("dist/shim.pl").length > 0);
  return execFileSync("sha256sum", [...tools, process.execPath, resolve("dist/shim.pl")], { encoding: "utf8" });
}
