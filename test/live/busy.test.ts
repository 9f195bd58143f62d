import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

interface Holder {
  readonly pid: number;
  readonly command: string;
  readonly path: string;
  readonly by: string;
}

/** What a process has of a mount at /data, and how a plan names that; the process says `ready` when it has it. */
const uses: Readonly<Record<string, readonly [script: string, path: string, by: string]>> = {
  "an open file": ["exec 3>>/data/log; : >/data/ready; while :; do echo line >&3; sleep 0.05; done", "/data/log", "fd 3"],
  "a deleted one": ["exec 3>>/data/log; rm /data/log; : >/data/ready; exec sleep 1000", "/data/log (deleted)", "fd 3"],
  "its working directory": ["mkdir -p /data/sub; cd /data/sub; : >/data/ready; exec sleep 1000", "/data/sub", "working directory"],
  "its root directory": [
    "mkdir -p /data/bin; cp /bin/busybox /data/bin/; : >/data/ready; exec chroot /data /bin/busybox sleep 1000",
    "/data",
    "root directory",
  ],
  "its program": ["cp /bin/busybox /data/sleep; : >/data/ready; exec /data/sleep 1000", "/data/sleep", "program"],
};

for (const [what, [script, path, by]] of Object.entries(uses)) {
  live(`a mount of which a process has ${what} is left, the process named; lazily it goes, and the process goes on`, () =>
    withSite(async (site) => {
      const { pid, identity } = await standing(site, script);
      site.declare({ web: without(script) });
      const [removal] = await blockedOf(site);
      assert.is(removal?.address, 'web.mounts["/data"]');
      const holder = removal?.blocked_by.find((one) => one.by === by && one.path === path);
      assert.is(holder?.pid, pid, JSON.stringify(removal));
      const { code, stderr } = await site.rig.cloister("apply", "--yes");
      assert.is(code, 5, stderr);
      assert.match(stderr, /engine\/busy/);
      assert.ok(stderr.includes(`pid ${pid} (`) && stderr.includes("--lazy"), stderr);
      assert.is(await site.inside("hostname"), "second", "the rest is done");
      assert.equal(await site.changes(), ['destroy web.mounts["/data"]']);
      await site.rig.expect(0, "apply", "--yes", "--lazy");
      assert.equal(await site.changes(), []);
      assert.equal([(await site.status()).process?.pid, (await site.seen()).identity], [pid, identity]);
      assert.ok(startOf(pid) !== null, "it lives");
    }),
  );
}

live("after a lazy unmount the process goes on writing where it wrote", () =>
  withSite(async (site) => {
    const [script = ""] = uses["an open file"] ?? [];
    await standing(site, script);
    site.declare({ web: without(script) });
    await site.rig.expect(0, "apply", "--yes", "--lazy");
    const log = join(site.rig.directory, "data/log");
    const { length } = readFileSync(log);
    await until("it writes on", () => readFileSync(log).length > length);
  }),
);

live("a file that is mapped and closed is found", () =>
  withSite(async (site) => {
    await standing(site, ": >/data/ready; exec sleep 1000");
    site.rig.write("data/mapped", "x".repeat(4096));
    const { pid, start } = await site.seen();
    const operands = [
      resolve("dist/shim.pl"),
      process.arch,
      "probe",
      resolve("test/support/mapped.pl"),
      String(pid),
      start,
      "/data/mapped",
    ];
    const mapper = spawn("perl", operands, { stdio: ["pipe", "pipe", "inherit"] });
    const ended = once(mapper, "close");
    try {
      await once(mapper.stdout, "data");
      site.declare({ web: without(": >/data/ready; exec sleep 1000") });
      const [removal] = await blockedOf(site);
      assert.equal(
        removal?.blocked_by.map(({ command: _, ...one }) => one),
        [{ pid: mapper.pid, path: "/data/mapped", by: "mapped" }],
      );
    } finally {
      mapper.kill();
    }
    await ended;
    await site.apply();
  }),
);

live("the mount of a single file, and one that another is to replace, are left too, with what lies on them", () =>
  withSite(async (site) => {
    for (const name of ["one", "two"]) site.rig.write(`${name}/f`, `${name}\n`);
    mkdirSync(join(site.rig.directory, "data"));
    const script = "exec 3</etc/motd 4</srv/f; : >/data/ready; exec sleep 1000";
    const command = ["sh", "-c", script];
    const declare = (name: string, size: string) =>
      site.declare({
        web: {
          command,
          mounts: { "/data": "./data", "/etc/motd": `./${name}/f`, "/srv": `./${name}`, "/srv/x": "./data", "/c": { type: "tmpfs", size } },
        },
      });
    declare("one", "1M");
    await site.rig.expect(0, "apply", "--yes");
    await until("it is ready", () => existsSync(join(site.rig.directory, "data/ready")));
    declare("two", "2M");
    assert.equal(
      (await blockedOf(site)).map(({ address }) => address),
      ['web.mounts["/etc/motd"]', 'web.mounts["/srv"]', 'web.mounts["/srv/x"]'],
    );
    const { code, stderr } = await site.rig.cloister("apply", "--yes");
    assert.is(code, 5, stderr);
    assert.match(stderr, /what depends on it: web\.mounts\["\/srv\/x"\]/);
    assert.is(await site.inside("cat", "/etc/motd", "/srv/f"), "one\none");
    assert.equal(await site.changes(), ['update web.mounts["/etc/motd"]', 'update web.mounts["/srv"]', 'update web.mounts["/srv/x"]']);
    await site.rig.expect(0, "apply", "--yes", "--lazy");
    assert.is(await site.inside("cat", "/etc/motd", "/srv/f"), "two\ntwo");
    assert.ok(existsSync(join(site.rig.directory, "data/ready")));
    assert.equal(await site.changes(), []);
  }),
);

live("what a process inside calls itself does nothing to the terminal", () =>
  withSite(async (site) => {
    const script = "exec 3>>'/data/\u001b[2Jlog'; : >/data/ready; exec sleep 1000";
    await standing(site, script);
    site.declare({ web: without(script) });
    const plan = await site.rig.expect(0, "plan");
    const applied = await site.rig.cloister("apply", "--yes");
    for (const text of [plan.stdout, applied.stdout, applied.stderr]) assert.not.ok(text.includes("\u001b[2J"), text);
    assert.ok(plan.stdout.includes("\\x1b[2Jlog"), plan.stdout);
  }),
);

live("who only opens and closes files there keeps nothing from being unmounted", () =>
  withSite(async (site) => {
    const script = ": >/data/ready; while :; do : <>/data/ready; done 2>/dev/null";
    await standing(site, script);
    site.declare({ web: without(script) });
    await site.rig.expect(0, "apply", "--yes");
    assert.equal(await site.changes(), []);
  }),
);

live("a watch tells who uses a mount that is to go, does the rest, and removes it when that is done", () =>
  withSite(async (site) => {
    const script = ": >/data/ready; exec sleep 1000";
    const { pid } = await standing(site, script);
    const { identity } = await site.seen();
    const [program, ...args] = site.rig.command("exec", "-T", "web", "--", "sh", "-c", "cd /data; : >held; read -r _");
    const holder = spawn(program, args, { cwd: site.rig.directory, env: { ...site.rig.env }, stdio: ["pipe", "inherit", "inherit"] });
    const ended = once(holder, "close");
    await until("it is held", () => existsSync(join(site.rig.directory, "data/held")));
    await withWatch(site, [], async (watching) => {
      site.declare({ web: without(script) });
      await watching.told({ condition: "Synced", status: false, reason: "InUse" });
      await until("the rest is done", async () => (await site.inside("hostname")) === "second");
      assert.ok((await site.seen()).mounts.some(({ target }) => target === "/data"));
      holder.stdin.end();
      await ended;
      await watching.told({ condition: "Synced", status: true });
      await until("it is gone", async () => (await site.seen()).mounts.every(({ target }) => target !== "/data"), 15_000);
    });
    assert.equal([(await site.seen()).identity, (await site.status()).process?.pid], [identity, pid]);
  }),
);

test.run();

/** An environment with ./data at /data whose process has run `script` so far that /data/ready is there. */
async function standing(site: Site, script: string) {
  mkdirSync(join(site.rig.directory, "data"));
  site.declare({ web: { command: ["sh", "-c", script], mounts: { "/data": "./data" } } });
  await site.rig.expect(0, "apply", "--yes");
  await until("it is ready", () => existsSync(join(site.rig.directory, "data/ready")));
  const { process } = await site.status();
  return { pid: process?.pid ?? 0, identity: (await site.seen()).identity };
}

/** The same without the mount, and with another name, which can be changed whatever the mount does. */
function without(script: string): Declared {
  return { command: ["sh", "-c", script], hostname: "second" };
}

async function blockedOf(site: Site): Promise<readonly { readonly address: string; readonly blocked_by: readonly Holder[] }[]> {
  const { changes }: { readonly changes: readonly { readonly address: string; readonly blocked_by: readonly Holder[] }[] } = JSON.parse(
    (await site.rig.expect(0, "plan", "--json")).stdout,
  );
  return changes.filter(({ blocked_by }) => blocked_by.length > 0);
}
