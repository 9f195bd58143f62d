// timeout: 240 s
// alone: the longest pause of a process is measured
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assemble } from "../../src/host/assembly.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Seen, Site } from "../support/site.ts";
import { mountAt, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** How often a mount is replaced under somebody who looks all the time. */
const times = 200;

type Operation = readonly [string, ...string[]];

/** The operations that put `source` in the place of the mount at a target: ours, and those of a kernel that cannot put it beneath. */
const ways: Readonly<Record<"beneath" | "one after the other", (source: string, target: string) => readonly Operation[]>> = {
  beneath: (source, target) => [
    ["bind", source, target, "none", "", "beneath"],
    ["detach", target, "0"],
  ],
  "one after the other": (source, target) => [
    ["detach", target, "0"],
    ["bind", source, target, "none", "", "0"],
  ],
};

for (const [what, path] of [
  ["a directory", "/srv/index.html"],
  ["a single file", "/etc/motd"],
] as const) {
  live(`${what} is replaced ${times} times, and nobody ever finds nothing there; the old way shows a gap`, () =>
    withSite(async (site) => {
      for (const name of ["one", "two"]) site.rig.write(`${name}/index.html`, `${name}\n`);
      const source = (name: string) => join(site.rig.directory, what === "a directory" ? name : `${name}/index.html`);
      const target = what === "a directory" ? "/srv" : path;
      await site.stand({ mounts: { [target]: source("one") } });
      const seen = await site.seen();
      const looks = (way: keyof typeof ways) =>
        underEyes(seen, path, async () => {
          for (let time = 0; time < times / 10; time++) {
            const operations = Array.from({ length: 10 }, (_, index) => ways[way](source(index % 2 === 0 ? "two" : "one"), target));
            await operate(site, seen, operations.flat());
          }
        });
      const ours = await looks("beneath");
      const naive = await looks("one after the other");
      process.stdout.write(`\n${what}: beneath ${JSON.stringify(ours)}, one after the other ${JSON.stringify(naive)}\n`);
      assert.is(ours.missed, 0);
      assert.ok(ours.tried > times, String(ours.tried));
      assert.ok(naive.missed > 0, "it was looked often enough to see a gap");
      assert.is((await site.seen()).mounts.filter((line) => line.target === target).length, 1);
      assert.is((await site.seen()).identity, seen.identity);
    }),
  );
}

live("the whole command, under the same eyes", () =>
  withSite(async (site) => {
    for (const name of ["one", "two"]) site.rig.write(`${name}/index.html`, `${name}\n`);
    await site.stand({ mounts: { "/srv": "./one" } });
    const seen = await site.seen();
    const { missed, tried } = await underEyes(seen, "/srv/index.html", async () => {
      for (let time = 0; time < 6; time++) {
        site.declare({ web: { mounts: { "/srv": time % 2 === 0 ? "./two" : "./one" } } });
        const { stdout } = await site.rig.expect(0, "apply", "--yes");
        assert.match(stdout, /no gap: the new mount is there before the old one goes/);
      }
    });
    assert.is(missed, 0, `of ${tried}`);
    assert.equal(await site.changes(), []);
  }),
);

live("every kind of mount takes the place of every other one without a gap, and its riders come back; nothing restarts", () =>
  withSite(async (site) => {
    site.rig.write("one/below/x", "one\n");
    site.rig.write("two/below/x", "two\n");
    const kinds: Readonly<Record<string, Declared | string>> = {
      bind: "./one",
      "read-only bind": "./two:ro",
      "bind without ids": { type: "bind", source: "./one", idmap: "none" },
      tmpfs: { type: "tmpfs", size: "1M" },
      volume: "data",
      overlay: { type: "overlay", source: "./two" },
    };
    await site.stand({ mounts: { "/m": { type: "tmpfs", mode: "0700" }, "/m/below": "./one" }, command: ["sleep", "1000"] });
    const { identity } = await site.seen();
    for (const [name, mount] of Object.entries(kinds)) {
      site.declare({ web: { mounts: { "/m": mount, "/m/below": "./one" }, command: ["sleep", "1000"] } });
      assert.equal(await gaps(site), { 'web.mounts["/m"]': "none", 'web.mounts["/m/below"]': "short" }, name);
      await site.apply();
      assert.is(await site.inside("cat", "/m/below/below/x"), "one", name);
      assert.is((await site.seen()).mounts.filter(({ target }) => target.startsWith("/m")).length, 2, name);
    }
    assert.is((await site.seen()).identity, identity);
  }),
);

live("kernel file systems are replaced without a gap too; a lost /proc or /sys is put back", () =>
  withSite(async (site) => {
    await site.stand({ command: ["sleep", "1000"] });
    const { pid, identity } = await site.seen();
    const inside = async (...command: string[]) => {
      const child = spawn("nsenter", ["-t", String(pid), "-m", "--", "/bin/busybox", ...command], { stdio: "ignore" });
      const [code] = await once(child, "close");
      assert.is(code, 0, command.join(" "));
    };
    // Somebody mounts over it: what lies under it is as it is wanted, masks and all.
    await inside("mount", "-t", "tmpfs", "tmpfs", "/proc");
    assert.equal(await site.changes(), ['update web.mounts["/proc"]']);
    await site.apply();
    for (const lost of ["/proc", "/sys"]) {
      await inside("umount", "-l", lost);
      await site.apply();
      assert.is(mountAt(await site.seen(), lost).fstype, lost === "/proc" ? "proc" : "sysfs");
    }
    site.declare({ web: { command: ["sleep", "1000"], mounts: { "/dev/shm": { type: "tmpfs", mode: "0755", size: "1M" } } } });
    assert.equal(await gaps(site), { 'web.mounts["/dev/shm"]': "none" });
    await site.apply();
    assert.is((await site.seen()).identity, identity);
  }),
);

live("what cannot take the place of the other kind is refused, and what was there stays", () =>
  withSite(async (site) => {
    site.rig.write("one/index.html", "one\n");
    await site.stand({ mounts: { "/srv": "./one" } });
    site.declare({ web: { mounts: { "/srv": "./one/index.html" } } });
    const { code, stderr } = await site.rig.cloister("apply", "--yes");
    assert.is(code, 1, stderr);
    assert.is(await site.inside("cat", "/srv/index.html"), "one");
    site.declare({ web: { mounts: { "/srv": "./one" } } });
    assert.equal(await site.changes(), []);
  }),
);

live("an unmount that finds the mount in use names who uses it; what was put beneath is found by the next apply", () =>
  withSite(async (site) => {
    for (const name of ["one", "two"]) site.rig.write(`${name}/index.html`, `${name}\n`);
    await site.stand({ mounts: { "/srv": "./one" }, command: ["sh", "-c", "cd /srv; exec sleep 1000"] });
    const seen = await site.seen();
    const { process } = await site.status();
    const failed = await operate(site, seen, ways.beneath(join(site.rig.directory, "two"), "/srv")).then(
      () => "",
      (error: unknown) => JSON.stringify(error instanceof Error && "diagnostics" in error ? error.diagnostics : String(error)),
    );
    assert.match(failed, /unmount \/srv: Device or resource busy/);
    assert.match(failed, new RegExp(`pid ${process?.pid} \\(sleep 1000\\) uses /srv \\(working directory\\)`));
    assert.match(failed, /--lazy/);
    // What was there is still on top, and ours beneath it.
    assert.is((await site.seen()).mounts.filter(({ target }) => target === "/srv").length, 2);
    assert.is(await site.inside("cat", "/srv/index.html"), "one");
    site.declare({
      web: {
        mounts: { "/srv": { type: "bind", source: "./two", idmap: "none", options: [] } },
        command: ["sh", "-c", "cd /srv; exec sleep 1000"],
      },
    });
    assert.is((await site.rig.cloister("apply", "--yes")).code, 5);
    await site.rig.expect(0, "apply", "--yes", "--lazy");
    assert.is(await site.inside("cat", "/srv/index.html"), "two");
    assert.equal(await site.changes(), []);
    assert.is((await site.seen()).mounts.filter(({ target }) => target === "/srv").length, 1);
  }),
);

test.run();

/** The gap of each change that replaces a mount, as the plan tells it. */
async function gaps(site: Site): Promise<Readonly<Record<string, string>>> {
  const { changes }: { readonly changes: readonly { readonly address: string; readonly gap: string | null }[] } = JSON.parse(
    (await site.rig.expect(0, "plan", "--json")).stdout,
  );
  return Object.fromEntries(changes.flatMap(({ address, gap }) => (gap === null ? [] : [[address, gap]])));
}

/** Operations of the shim in an environment that runs, in one process. */
async function operate(site: Site, { pid, start }: Seen, operations: readonly Operation[]): Promise<void> {
  const run = join(site.rig.directory, "by-hand");
  mkdirSync(run, { recursive: true });
  try {
    await assemble({ pid, start, base: 0, run, mounts: [], operations }, ask, { value: () => null });
  } finally {
    rmSync(run, { recursive: true, force: true });
  }
}

/** As the command line asks its assistant, by a shim of its own. */
async function ask(words: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn("perl", [resolve("dist/shim.pl"), process.arch, ...words], { stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code]: unknown[] = await once(child, "close");
  return { code: typeof code === "number" ? code : -1, output };
}

interface Looked {
  readonly tried: number;
  readonly missed: number;
}

/** Has a file inside opened and looked at again and again, in the environment's mount namespace, while `body` runs. */
async function underEyes({ pid, start }: Seen, path: string, body: () => Promise<void>): Promise<Looked> {
  const operands = [resolve("dist/shim.pl"), process.arch, "probe", resolve("test/support/misses.pl"), String(pid), start, path];
  const child = spawn("perl", operands, { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(child, "close");
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  try {
    await until("it looks", () => said.includes("ready"));
    await body();
  } finally {
    child.kill();
  }
  await ended;
  const [, tried, missed] = /^tried (\d+) missed (\d+)$/m.exec(said) ?? [];
  return { tried: Number(tried), missed: Number(missed) };
}
