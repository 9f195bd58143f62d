import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPids, readProc } from "../../src/host/proc-reader.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { processesOf, startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** A shell's words in a manifest, where `$` begins a variable. */
const shell = (text: string) => ["sh", "-c", text.replaceAll("$", "$$$$")];

/** Notes what was told before it, and that it is asked to end. */
const noting = shell(`cat /tmp/told >/tmp/seen 2>/dev/null; trap "echo term >>/tmp/told; exit" TERM; while :; do sleep 0.05; done`);

const saying = (name: string) => shell(`echo "${name} $(id -u) $(pwd) $NAME" >>/tmp/told`);

const all = Object.fromEntries(["pre_start", "post_start", "pre_stop", "post_stop"].map((name) => [name, saying(name)]));

const main = (hooks: Declared, more: Declared = {}) => ({
  ...{ command: noting, user: 1000, working_dir: "/srv", environment: { NAME: "a b'c" } },
  ...{ hooks, ...more },
});

const declare = (site: Site, hooks: Declared, more?: Declared) => site.declare({ web: { processes: { main: main(hooks, more) } } });

const told = (site: Site) => site.inside("cat", "/tmp/told");

/** What a hook of that name says. */
const said = (...names: readonly string[]) => names.map((name) => (name === "term" ? name : `${name} 1000 /srv a b'c`)).join("\n");

/** The process by pid and start. */
async function identity(site: Site): Promise<string> {
  const { pid = 0 } = (await site.status()).processes.main ?? {};
  return `${pid} ${startOf(pid)}`;
}

/** Everything that a run that must fail says. */
async function failing(site: Site, ...words: readonly string[]): Promise<string> {
  const { stdout, stderr } = await site.rig.expect(1, ...words);
  return `${stdout}${stderr}`;
}

live(
  "each is run in its turn, inside, as the process is, and stands in the plan; a changed one restarts nothing and holds from then on",
  () =>
    withSite(async (site) => {
      declare(site, all);
      const { stdout } = await site.rig.expect(0, "plan", "--script");
      const turns = [...stdout.matchAll(/^at='web: (\S+) (?:of main:|sh -c "cat)/gm)].map(([, word]) => word);
      assert.equal(turns, ["pre_start", "start", "post_start"]);
      await site.apply();
      assert.is(await told(site), said("pre_start", "post_start"));
      await until("its word", async () => (await site.inside("cat", "/tmp/seen")).startsWith(said("pre_start")));
      const before = await identity(site);
      declare(site, { ...all, pre_stop: saying("changed") });
      assert.equal(await site.changes(), []);
      await site.apply();
      assert.is(await identity(site), before);
      await site.rig.expect(0, "restart", "web/main");
      assert.is(await told(site), said("pre_start", "post_start", "changed", "term", "post_stop", "pre_start", "post_start"));
      assert.is.not(await identity(site), before);
    }),
);

live("one runs in the namespaces of its environment, with no more than the process may", () =>
  withSite(async (site) => {
    const look = shell(
      "(for one in pid user mnt; do readlink /proc/self/ns/$one; done; grep -E '^(CapEff|NoNewPrivs)' /proc/self/status) >/tmp/hook",
    );
    await site.stand({ processes: { main: { command: ["sleep", "1000"], hooks: { pre_start: look } } } });
    const { namespaces } = await site.seen();
    const lines = (await site.inside("cat", "/tmp/hook")).split("\n");
    assert.equal(lines.slice(0, 3), [namespaces.pid, namespaces.user, namespaces.mnt]);
    const process = await site.inside("sh", "-c", "grep -hE '^(CapEff|NoNewPrivs)' /proc/$(pidof sleep)/status");
    assert.is(lines.slice(3).join("\n"), process);
  }),
);

live("what its restart policy starts anew has none", () =>
  withSite(async (site) => {
    declare(site, all, { restart: "always" });
    await site.apply();
    const before = await identity(site);
    await site.rig.expect(0, "kill", "-s", "KILL", "web/main");
    await until("its restart", async () => {
      const now = await identity(site);
      return now !== before && !now.startsWith("0 ");
    });
    assert.is(await told(site), said("pre_start", "post_start"));
  }),
);

live("a pre_start that fails is told with what it said, and the environment stays for a look; the next apply begins with it again", () =>
  withSite(async (site) => {
    declare(site, { ...all, pre_start: shell('echo "no \u001b[31mdatabase"; echo wrong >&2; exit 3') });
    const output = await failing(site, "apply", "-y");
    assert.match(output, /web: pre_start of main: sh -c /);
    assert.match(output, /ended with 3/);
    assert.match(output, /no .*database[\s\S]*wrong/);
    assert.not(output.includes("\u001b"));
    assert.is((await site.exec(["cat", "/tmp/told"])).code, 1, "no other hook, and nothing was started");
    assert.equal(await site.changes(), ["create web.processes.main"]);
    declare(site, all);
    await site.apply();
    assert.is(await told(site), said("pre_start", "post_start"));
  }),
);

live("a post_start that takes too long is ended with all of it, and has failed; the process runs on", () =>
  withSite(async (site) => {
    declare(site, { post_start: shell("echo waiting; sleep 98771 & sleep 98772"), timeout: "300ms" });
    assert.match(await failing(site, "apply", "-y"), /post_start of main: [\s\S]*has not ended within 0\.3 s, and was ended[\s\S]*waiting/);
    assert.is((await site.status()).processes.main?.type, "running");
    assert.not.match(await site.inside("ps", "-o", "args"), /9877/);
    assert.equal(await site.changes(), []);
  }),
);

live("what a hook leaves as a daemon goes on, also where the hook took too long, and ends with the environment; so by a script", () =>
  withSite(async (site) => {
    // A session of its own, a parent that ends at once, and no descriptor of ours.
    const daemon = (seconds: number) => `setsid sh -c "sleep ${seconds} &" </dev/null >/dev/null 2>&1; until pidof sleep; do :; done`;
    const hooks = {
      pre_start: shell(daemon(98781)),
      post_start: shell(`${daemon(98782)}; sleep 98783`),
      post_stop: shell("sleep 98784 & exit"),
    };
    const left = () => {
      const pids = readPids().filter((pid) => readProc(`/proc/${pid}/cmdline`).startsWith("sleep\u00009878"));
      assert.ok(pids.every((pid) => /^0::.*\/exec$/m.test(readProc(`/proc/${pid}/cgroup`))));
      return pids.map((pid) => readProc(`/proc/${pid}/cmdline`).split("\0")[1]).sort();
    };
    declare(site, { ...hooks, timeout: "1s" });
    assert.match(await failing(site, "apply", "-y"), /post_start of main: [\s\S]*has not ended within 1 s, and was ended/);
    assert.equal(left(), ["98781", "98782"]);
    await site.rig.expect(0, "stop", "web/main");
    assert.equal(left(), ["98781", "98782", "98784"], "its output is still open there, and nobody waits for that");
    await site.rig.expect(0, "destroy", "-y");
    assert.equal(left(), []);
    site.rig.write("apply.sh", (await site.rig.expect(0, "plan", "--script")).stdout);
    const script = await site.rig.start(["sh", join(site.rig.directory, "apply.sh")], {});
    assert.is(script.code, 1, script.stderr);
    assert.equal(left(), ["98781", "98782"]);
  }),
);

live("a pre_stop that fails keeps nothing from its end: a stop, a definition, a script, a destroy", () =>
  withSite(async (site) => {
    const failingStop = { pre_stop: shell("echo not drained; exit 4"), post_stop: saying("post_stop") };
    declare(site, failingStop);
    await site.apply();
    const stopped = await failing(site, "stop", "web/main");
    assert.match(stopped, /web: pre_stop of main: .*ended with 4[\s\S]*not drained/);
    assert.is(await told(site), said("term", "post_stop"));
    assert.is((await site.status()).processes.main?.type, "stopped");
    await site.rig.expect(0, "start", "web/main");
    declare(site, failingStop, { environment: { NAME: "other" } });
    site.rig.write("apply.sh", (await site.rig.expect(0, "plan", "--script")).stdout);
    const script = await site.rig.start(["sh", join(site.rig.directory, "apply.sh")], {});
    assert.is(script.code, 1, script.stderr);
    assert.match(script.stderr, /pre_stop of main.*ended with 4/, script.stderr);
    assert.equal(await site.changes(), []);
    assert.match(await failing(site, "destroy", "-y"), /pre_stop of main/);
    assert.equal(processesOf(site.rig), []);
    await site.rig.expect(0, "destroy", "-y");
  }),
);

test.run();
