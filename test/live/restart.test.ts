// alone: processor time is measured
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { processorSlowness } from "../support/processor-time.ts";
import type { Declared, Site } from "../support/site.ts";
import { startOf, withSite } from "../support/site.ts";
import { supervisors, waiting } from "../support/supervisors.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");
const sleeping = ["sleep", "1000"];

live("always: one that ends or is killed is started anew by what waits for it, without any cloister process", () =>
  withSite(async (site) => {
    await site.stand(one({ restart: "always" }));
    const { identity } = await site.seen();
    const first = await running(site);
    process.kill(first, "SIGKILL");
    await until("the next life", async () => ![null, first].includes(await pidNow(site)));
    assert.equal(await site.changes(), []);
    assert.equal((await state(site)).restarts, 1);
    assert.match((await site.rig.expect(0, "status")).stdout, /pid \d+, restarted once/);
    assert.is((await site.rig.expect(0, "logs", "web")).stdout, "", "what waits for it says nothing in its log");
    assert.is((await site.seen()).identity, identity);
    await site.rig.expect(0, "drift");
  }),
);

live("on-failure:N: code 0 is an end, another one a restart, and after N of them it is given up and said", () =>
  withSite(async (site) => {
    await site.stand({
      processes: {
        done: { command: ["true"], restart: "on-failure:2" },
        fails: { command: ["sh", "-c", "echo life; exit 3"], restart: "on-failure:2" },
      },
    });
    await until("it gives up", async () => (await state(site, "fails")).gave_up === true);
    const { ended_seconds_ago: ago, ...rest } = await state(site, "fails");
    assert.equal(rest, { type: "exited", code: 3, restarts: 2, gave_up: true });
    assert.ok(typeof ago === "number" && ago < 60);
    assert.is((await site.rig.expect(0, "logs", "web/fails")).stdout, "life\nlife\nlife\n");
    assert.is((await state(site, "done")).type, "completed");
    assert.equal(await site.changes(), []);
    assert.match((await site.rig.expect(0, "status")).stdout, /fails: exited \(3, restarted 2 times, given up\)/);
    const inspected = JSON.parse((await site.rig.expect(0, "inspect", "--json", "web")).stdout);
    assert.equal(
      inspected.environments[0].ends.fails.map(({ code, verdict }: { readonly code: number; readonly verdict: string }) => [code, verdict]),
      [
        [3, "again"],
        [3, "again"],
        [3, "gave-up"],
      ],
    );
    await site.rig.expect(0, "start", "web/fails");
    await until("it gives up again", async () => (await state(site, "fails")).gave_up === true);
  }),
);

live("one that the kernel ends because memory ran out is told so, each time, and started anew by its policy; others run on", () =>
  withSite(async (site) => {
    const eats = ["sh", "-c", "echo life; a=0123456789; while :; do a=$$a$$a; done"];
    site.declare({
      web: {
        resources: { limits: { memory: "24M", memory_swap: "24M" } },
        processes: { eats: { command: eats, restart: "on-failure:1" }, calm: { command: ["sleep", "1000"] } },
      },
    });
    await site.rig.expect(0, "apply", "-y");
    await until("it gives up", async () => (await state(site, "eats")).gave_up === true);
    const { type, code, signal, oom, restarts } = await state(site, "eats");
    assert.equal({ type, code, signal, oom, restarts }, { type: "exited", code: 137, signal: 9, oom: true, restarts: 1 });
    assert.match((await site.rig.expect(0, "status")).stdout, /eats: exited \(137, out of memory, restarted once, given up\)/);
    const inspected = JSON.parse((await site.rig.expect(0, "inspect", "--json", "web")).stdout);
    const ends = (name: string) =>
      inspected.environments[0].ends[name].map((end: Declared) => [end.code, end.signal, end.oom, end.verdict]);
    assert.equal(ends("eats"), [
      [137, 9, true, "again"],
      [137, 9, true, "gave-up"],
    ]);
    assert.is((await state(site, "calm")).type, "running");
  }),
);

live("in back-off it is no drift; stop ends that, start begins anew, and neither apply nor watch starts it meanwhile", () =>
  withSite(async (site) => {
    await site.stand(one({ command: ["sh", "-c", "echo life; exit 1"], restart: "always" }));
    await until("a long pause", async () => ((await state(site)).delay_seconds ?? 0) >= 1.6, 15_000);
    assert.is((await state(site)).type, "restarting");
    assert.equal(await site.changes(), []);
    await site.rig.expect(0, "drift");
    const lives = await logged(site);
    await site.apply();
    await site.rig.expect(0, "watch", "--once", "-y");
    assert.ok((await logged(site)) - lives <= 2, "only its supervisor starts it");
    await site.rig.expect(0, "stop", "web/main");
    const { type } = await state(site);
    assert.is(type, "stopped");
    assert.equal(supervisors(site), []);
    assert.equal(await site.changes(), []);
    await site.rig.expect(0, "start", "web/main");
    await until("it fails again", async () => (await state(site)).type === "restarting");
  }),
);

live("stop keeps one with a policy ended; restart and a new definition leave one supervisor", () =>
  withSite(async (site) => {
    await site.stand(one({ restart: "unless-stopped" }));
    await site.rig.expect(0, "stop", "web/main");
    assert.equal(supervisors(site), []);
    assert.is((await state(site)).type, "stopped");
    await site.rig.expect(0, "start", "web/main");
    await site.rig.expect(0, "restart", "web/main");
    site.declare({ web: one({ command: ["sleep", "1001"], restart: "unless-stopped" }) });
    assert.equal(await site.changes(), ["restart-process web.processes.main"]);
    await site.apply();
    assert.is(supervisors(site).length, 1);
  }),
);

live("another policy is set in place, and holds from the next end on", () =>
  withSite(async (site) => {
    await site.stand(one({}));
    const pid = await running(site);
    const life = startOf(pid);
    for (const restart of ["always", "on-failure:3", "no", "always"]) {
      site.declare({ web: one({ restart }) });
      assert.equal(await site.changes(), ["update web.processes.main.restart"]);
      await site.apply();
      assert.equal(await site.changes(), []);
      assert.is(startOf(pid), life);
    }
    process.kill(pid, "SIGTERM");
    await until("the next life", async () => ![null, pid].includes(await pidNow(site)));
    assert.equal(await site.changes(), [], "the policy of now is that of the next life, too");
  }),
);

live("a supervisor that is killed is drift, and another one looks after the process, which runs on", () =>
  withSite(async (site) => {
    await site.stand(one({ restart: "always" }));
    const pid = await running(site);
    const life = startOf(pid);
    const [supervisor = 0] = supervisors(site);
    process.kill(supervisor, "SIGKILL");
    await until("its end", () => startOf(supervisor) === null);
    assert.equal(await site.changes(), ["update web.processes.main.restart"]);
    assert.match((await site.rig.cloister("drift")).stdout, /web\.processes\.main\.restart/);
    await site.apply();
    assert.equal(await site.changes(), []);
    assert.is(startOf(pid), life);
    process.kill(pid, "SIGKILL");
    await until("the next life", async () => ![null, pid].includes(await pidNow(site)));
    assert.equal(await site.changes(), []);
  }),
);

live("a supervisor that is killed in back-off is drift: the process is started by apply", () =>
  withSite(async (site) => {
    await site.stand(one({ command: ["false"], restart: "always" }));
    await until("a long pause", async () => ((await state(site)).delay_seconds ?? 0) >= 1.6, 15_000);
    for (const supervisor of supervisors(site)) process.kill(supervisor, "SIGKILL");
    await until("it is seen", async () => (await state(site)).type !== "restarting");
    assert.equal(await site.changes(), ["restart-process web.processes.main"]);
    await site.apply();
    await until("it fails again", async () => (await state(site)).type === "restarting");
  }),
);

live("with the keeper everything ends, in back-off too, within a second", () =>
  withSite(async (site) => {
    await site.stand({ processes: { runs: { command: sleeping, restart: "always" }, fails: { command: ["false"], restart: "always" } } });
    await until("a long pause", async () => ((await state(site, "fails")).delay_seconds ?? 0) >= 3.2, 20_000);
    const { pid } = await site.seen();
    process.kill(pid, "SIGKILL");
    await until("all have ended", () => supervisors(site).length === 0);
    assert.is((await site.status()).state, "absent");
  }),
);

needs(
  test,
  "root",
  "busybox",
  "catatonit",
  "klibc",
)("what waits for five processes takes no more than 1.5 MB, whatever else runs on the machine", () =>
  withSite(async (site) => {
    const names = ["first", "second", "third", "fourth", "fifth"];
    await site.stand({ processes: Object.fromEntries(names.map((name) => [name, { command: sleeping, restart: "always" }])) });
    const outside = waiting(site).filter((pid) => !/sleep/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0] ?? ""));
    const taken = outside.map((pid) => readFileSync(`/proc/${pid}/smaps`, "utf8"));
    const total = sum(taken.map((smaps) => sum(figures(smaps, "Pss"))));
    assert.is(outside.length, 3 * names.length);
    assert.ok(total > 0 && total <= 1536, `${total} kB in ${outside.length} processes`);
    for (const smaps of taken) assert.not.match(smaps, /libc\.so|ld-linux/, "what it takes hangs on who else uses the C library");
    assert.ok(sum(taken.flatMap((smaps) => figures(smaps, "Anonymous"))) <= 285 * names.length, "what each process adds");
  }),
);

live("a crash loop takes less than a hundredth of a processor", () =>
  withSite(async (site) => {
    await site.stand(one({ command: ["false"], restart: "always" }));
    const delayed = (seconds: number) => until("a long pause", async () => ((await state(site)).delay_seconds ?? 0) >= seconds, 40_000);
    await delayed(6.4);
    const [supervisor = 0] = supervisors(site);
    const [used, begun] = [usedSeconds(supervisor), performance.now()];
    // Two lives: the kernel tells their share in hundredths of a second.
    await delayed(25.6);
    const share = (usedSeconds(supervisor) - used) / ((performance.now() - begun) / 1000);
    assert.ok(share < 0.01 * processorSlowness(), `${share} of a processor`);
  }),
);

test.run();

function one(more: object): { readonly processes: Readonly<Record<string, object>> } {
  return { processes: { main: { command: sleeping, ...more } } };
}

interface State {
  readonly code?: number | null;
  readonly signal?: number;
  readonly oom?: true;
  readonly type?: string;
  readonly pid?: number;
  readonly restarts?: number;
  readonly gave_up?: boolean;
  readonly delay_seconds?: number;
  readonly ended_seconds_ago?: number;
}

async function state(site: Site, name = "main"): Promise<State> {
  const found: State = (await site.status()).processes[name] ?? {};
  return found;
}

async function pidNow(site: Site): Promise<number | null> {
  return (await state(site)).pid ?? null;
}

async function running(site: Site): Promise<number> {
  const pid = await pidNow(site);
  if (pid === null) throw new Error("it does not run");
  return pid;
}

async function logged(site: Site): Promise<number> {
  return (await site.rig.expect(0, "logs", "web")).stdout.split("\n").length - 1;
}

/** A figure of each mapping in smaps, in kB. */
function figures(smaps: string, name: string): readonly number[] {
  return [...smaps.matchAll(new RegExp(`^${name}:\\s+(\\d+) kB$`, "gm"))].map(([, kB]) => Number(kB));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** What a process and its children that have ended have used, in seconds. */
function usedSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}
