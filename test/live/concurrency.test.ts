import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site, Status } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { startTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** Goes on when it is asked to stop: whoever ends it waits for its grace period, unless it is killed before. */
const stubborn = { command: ["sh", "-c", "trap '' TERM; while :; do sleep 1000; done"] };

live("two at once: the second is told by whom the project is locked, or waits as long as it may", () =>
  withSite(async (site) => {
    await site.stand(stubborn);
    const { process: main } = await site.status();
    const first = started(site, "destroy", "--yes");
    await until("the lock", () => lockOf(site).includes(`"pid":${first.pid},`));
    site.declare({ web: {} });
    const refused = await site.rig.cloister("apply", "-y");
    assert.is(refused.code, 7);
    assert.ok(
      refused.stderr.includes(`error engine/locked: the project is locked by cloister destroy, pid ${first.pid}, since 2`),
      refused.stderr,
    );
    const late = await site.rig.cloister("apply", "-y", "--lock-timeout", "100ms");
    assert.is(late.code, 7);
    const patient = site.rig.expect(0, "apply", "-y", "--lock-timeout", "60s");
    assert.is((await site.status()).state, "running", "looking needs no lock");
    process.kill(main?.pid ?? 0, "SIGKILL");
    assert.is(await first.ended, 0);
    await patient;
    assert.equal(await site.changes(), []);
    assert.is((await site.status()).state, "running");
  }),
);

live("twenty environments in one run, each with ids of its own", () =>
  withSite(async (site) => {
    const names = Array.from({ length: 20 }, (_, index) => `e${index}`);
    site.declare(Object.fromEntries(names.map((name) => [name, { overlay: "ephemeral", command: ["sleep", "1000"] }])));
    await site.apply();
    const { environments }: { readonly environments: readonly Status[] } = JSON.parse(
      (await site.rig.expect(0, "status", "--json")).stdout,
    );
    assert.ok(environments.every(({ state, synced, process: main }) => state === "running" && synced && main?.type === "running"));
    const maps = environments.map(({ pid }) => readFileSync(`/proc/${pid}/uid_map`, "utf8"));
    assert.is(new Set(maps).size, 20);
    const bases = maps.map((map) => Number(map.trim().split(/\s+/)[1]));
    assert.ok(bases.every((base) => base % 65536 === 0 && base >= 0x70000000 && base < 0x7ffe0000));
  }),
);

live("one that fails does not stop the others; who needs it is not begun; the exit code tells", () =>
  withSite(async (site) => {
    const broken = { mounts: { "/etc/passwd/below": { type: "tmpfs" } } };
    site.declare({ broken, joins: { namespaces: { net: "join:broken" } }, one: {}, two: {} });
    const { stdout } = await site.rig.expect(1, "apply", "-y");
    assert.match(stdout, /^error engine\/assembly-failed: broken: /m);
    assert.match(stdout, /^joins: skipped.*broken was not done$/m);
    const states = await Promise.all(["broken", "joins", "one", "two"].map((name) => site.status(name)));
    assert.equal(
      states.map(({ state }) => state),
      ["absent", "absent", "running", "running"],
    );
    site.declare({ broken: {}, joins: { namespaces: { net: "join:broken" } }, one: {}, two: {} });
    const before = (await site.seen("one")).identity;
    await site.apply();
    assert.is((await site.seen("one")).identity, before);
  }),
);

live("Ctrl-C ends a run after the step that it is at, says where it stands, and the next one goes on from there", () =>
  withSite(async (site) => {
    const names = Array.from({ length: 12 }, (_, index) => `e${index}`);
    site.declare(Object.fromEntries(names.map((name) => [name, { overlay: "ephemeral" }])));
    const terminal = startTerminal(site.rig, site.rig.command("apply", "--yes", "--progress", "plain"));
    await terminal.shows(/^e0: done in /m);
    terminal.type("\u0003");
    const [shown] = await terminal.shows(/[\s\S]*^\d+ done, \d+ skipped in [^\n]*\n/m);
    assert.match(shown, /interrupted \(SIGINT\): the step that runs is finished first/);
    assert.match(shown, /^e11: skipped: interrupted\r$/m);
    assert.not.match(shown, /failed|error/);
    assert.is(await terminal.end(), 130);
    const states = await Promise.all(names.map((name) => site.status(name)));
    const running = states.filter(({ state }) => state === "running").length;
    assert.ok(running >= 1 && running < 12, `${running} run`);
    assert.ok(states.every(({ state }) => state === "running" || state === "absent"));
    const before = (await site.seen("e0")).identity;
    await site.apply();
    assert.is((await site.seen("e0")).identity, before);
  }),
);

test.run();

interface Started {
  readonly pid: number;
  readonly ended: Promise<number>;
}

function started({ rig }: Site, ...args: readonly string[]): Started {
  const [program, ...rest] = rig.command(...args);
  const child = spawn(program, rest, { cwd: rig.directory, env: rig.env, stdio: "ignore" });
  return { pid: child.pid ?? 0, ended: once(child, "exit").then(([code]) => Number(code)) };
}

function lockOf({ rig }: Site): string {
  try {
    return readFileSync(join(rig.stateDir, "locks", `${rig.project}.lock`), "utf8");
  } catch {
    return "";
  }
}
