import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { processesOf, startOf, withSite } from "../support/site.ts";
import { withNetwork } from "../support/test-network.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** Notes each SIGHUP that it gets, and its own start. */
const listener = ["sh", "-c", 'trap "echo hup >>/run/told" HUP; echo start >>/run/told; while :; do sleep 0.05; done'];

const told = (site: Site) => site.inside("sh", "-c", "cat /run/told 2>/dev/null; true");

const saying = { files: "signal SIGHUP", secrets: "signal SIGHUP" };

/** `web` with a listener that follows as `on_change` says, a file and a secret. */
function declare(
  site: Site,
  on_change: Declared,
  { file = "one", more = {} }: { readonly file?: string; readonly more?: Declared } = {},
): void {
  const processes = { main: { command: listener, on_change }, other: { command: ["sleep", "1000"] } };
  site.declare({
    web: {
      processes,
      files: { "/etc/app": { content: file }, "/run/second": { content: file } },
      secrets: { db: { file: "./db.txt" } },
      ...more,
    },
  });
}

/** The pid and start of each process. */
async function identities(site: Site): Promise<Readonly<Record<string, string>>> {
  const { processes } = await site.status();
  return Object.fromEntries(Object.entries(processes).map(([name, { pid = 0 }]) => [name, `${pid} ${startOf(pid)}`]));
}

async function standing(site: Site, on_change: Declared): Promise<void> {
  site.rig.write("db.txt", "one");
  declare(site, on_change);
  await site.apply();
  await until("its start", async () => (await told(site)) === "start");
}

live(
  "a signal comes once when files or secrets were changed in place, after them, and stands in the plan; at the start nothing is done",
  () =>
    withSite(async (site) => {
      await standing(site, saying);
      const before = await identities(site);
      await site.apply();
      declare(site, saying, { file: "two" });
      site.rig.write("db.txt", "two");
      assert.equal(await site.changes(), [
        'update web.files["/etc/app"]',
        'update web.files["/run/second"]',
        "update web.secrets.db",
        "update web.processes.main.on_change",
      ]);
      const { stdout } = await site.rig.expect(0, "plan", "-v");
      assert.match(stdout, /~ in place +web\.processes\.main\.on_change +SIGHUP to pid \d+/);
      assert.match(stdout.replace(/\s+/g, " "), /follows web\.files\["\/etc\/app"\], web\.files\["\/run\/second"\], web\.secrets\.db/);
      assert.is(await told(site), "start", "a plan tells nobody");
      await site.apply();
      await until("the signal", async () => (await told(site)) === "start\nhup");
      await site.apply();
      site.declare({
        web: { hostname: "other", processes: { main: { command: listener, on_change: saying }, other: { command: ["sleep", "1000"] } } },
      });
      assert.equal(
        (await site.changes()).filter((one) => one.includes("processes")),
        ["update web.processes.main.on_change"],
        "what is taken away is a change, too",
      );
      await site.apply();
      await until("the second", async () => (await told(site)) === "start\nhup\nhup");
      assert.equal(await identities(site), before);
    }),
);

live("what has drifted is a change when it is put back; what is left alone, or made again behind a mount, is none", () =>
  withSite(async (site) => {
    await standing(site, saying);
    await site.inside("sh", "-c", "echo evil >/etc/app");
    assert.equal((await site.status()).drifted, ['web.files["/etc/app"]']);
    await site.rig.expect(0, "apply", "-y", "--ignore", 'web.files["/etc/app"]');
    assert.is(await told(site), "start");
    await site.apply();
    await until("the signal", async () => (await told(site)) === "start\nhup");
    const mounts = (size: string) => ({ mounts: { "/run/secrets": { type: "tmpfs", mode: "0755", size } } });
    declare(site, saying, { more: mounts("1M") });
    await site.apply();
    declare(
      site,
      { ...saying, secrets: "restart" },
      { more: { ...mounts("1M"), mounts: { "/run/secrets": { type: "tmpfs", mode: "0711" } } } },
    );
    const changes = await site.changes();
    assert.ok(changes.includes("update web.secrets.db") && !changes.some((one) => one.includes("processes")), changes.join());
    await site.apply();
    assert.is(await told(site), "start\nhup");
  }),
);

live("restart: that process alone, without a question; it stands for whatever else would be done", () =>
  withSite(async (site) => {
    const on_change = { files: "signal SIGHUP", secrets: "restart" };
    await standing(site, on_change);
    const before = await identities(site);
    site.rig.write("db.txt", "two");
    declare(site, on_change, { file: "two" });
    assert.equal((await site.changes()).slice(-1), ["restart-process web.processes.main"]);
    assert.not((await site.changes()).includes("update web.processes.main.on_change"));
    await site.rig.expect(0, "apply");
    assert.equal(await site.changes(), []);
    await until("its start", async () => (await told(site)) === "start\nstart");
    const after = await identities(site);
    assert.is(after.other, before.other);
    assert.is.not(after.main, before.main);
    assert.is(await site.inside("cat", "/run/secrets/db"), "two");
    site.rig.write("db.txt", "three");
    await site.rig.expect(5, "apply", "--no-restart");
    assert.is(await site.inside("cat", "/run/secrets/db"), "three");
    assert.equal(await identities(site), after);
    // One that is started anew by the same plan finds what is there.
    site.rig.write("db.txt", "four");
    site.declare({
      web: { processes: { main: { command: [...listener, "again"], on_change: saying } }, secrets: { db: { file: "./db.txt" } } },
    });
    assert.equal(
      (await site.changes()).filter((one) => one.includes("processes")),
      ["restart-process web.processes.main", "destroy web.processes.other"],
    );
    await site.apply();
  }),
);

live("a command runs inside, as the process does, and one that fails is a failed step of which nothing is undone", () =>
  withSite(async (site) => {
    const tells = 'echo "$(id -u) $(pwd) $NAME $(cat /run/secrets/db)" >/tmp/said; [ ! -e /run/fail ]'.replaceAll("$", "$$$$");
    const main = {
      command: ["sleep", "1000"],
      user: 1000,
      working_dir: "/srv",
      environment: { NAME: "a b'c" },
      on_change: { secrets: { exec: ["sh", "-c", tells] } },
    };
    site.rig.write("db.txt", "one");
    const web = { processes: { main }, secrets: { db: { file: "./db.txt", uid: 1000 } } };
    site.declare({ web });
    await site.apply();
    const [before, all] = [await identities(site), processesOf(site.rig)];
    assert.is((await site.exec(["cat", "/tmp/said"])).code, 1, "not at the start");
    site.rig.write("db.txt", "two");
    assert.equal(await site.changes(), ["update web.secrets.db", "update web.processes.main.on_change"]);
    await site.apply();
    assert.is(await site.inside("cat", "/tmp/said"), "1000 /srv a b'c two");
    await site.inside("touch", "/run/fail");
    site.rig.write("db.txt", "three");
    const { stdout } = await site.rig.expect(1, "apply", "-y");
    assert.match(stdout, /web: sh -c .* for main: /);
    assert.is(await site.inside("cat", "/run/secrets/db"), "three");
    assert.equal(await site.changes(), []);
    assert.equal(await identities(site), before);
    assert.equal(processesOf(site.rig), all, "nothing of it is left");
  }),
);

live("a watch does it, too, each time and once", () =>
  withSite(async (site) => {
    await standing(site, { files: "restart", secrets: "signal SIGHUP" });
    await withWatch(site, ["--interval", "500ms"], async (watching) => {
      site.rig.write("db.txt", "two");
      await until("the signal", async () => (await told(site)) === "start\nhup");
      await watching.calm();
      const applies = watching.applies();
      declare(site, { files: "restart", secrets: "signal SIGHUP" }, { file: "two" });
      await until("the restart", async () => (await told(site)) === "start\nhup\nstart");
      await watching.calm();
      assert.is(watching.applies(), applies + 1);
      assert.is(await told(site), "start\nhup\nstart");
    });
  }),
);

live(
  "config: mounts, names, name servers, addresses, sysctls and limits that are changed in place are told once, and what only guards is not",
  () =>
    withSite(async (site) => {
      const web = (more: Declared, ulimits: Declared = {}) =>
        site.declare({
          web: {
            processes: {
              main: { command: listener, on_change: { config: "signal SIGHUP", files: "restart" } },
              other: { command: ["sleep", "1000"], ulimits },
            },
            ...more,
          },
        });
      web({});
      await site.apply();
      await until("its start", async () => (await told(site)) === "start");
      const before = await identities(site);
      let hups = 0;
      /** After an edit there is one change for the process, which follows those at these addresses, and it is told once. */
      const follows = async (...addresses: readonly string[]) => {
        const { changes }: { readonly changes: readonly { readonly address: string; readonly reason: string | null }[] } = JSON.parse(
          (await site.rig.expect(0, "plan", "--json")).stdout,
        );
        const own = changes.filter(({ address }) => address.startsWith("web.processes.main"));
        assert.equal(
          own.map(({ address }) => address),
          addresses.length === 0 ? [] : ["web.processes.main.on_change"],
        );
        if (addresses.length > 0) assert.is(own[0]?.reason, `follows ${addresses.join(", ")}`);
        await site.apply();
        hups += own.length;
        const all = ["start", ...Array.from({ length: hups }, () => "hup")].join("\n");
        await until("its word", async () => (await told(site)) === all);
      };
      const mounts = { "/srv/data": { type: "tmpfs" } };
      web({ mounts });
      await follows('web.mounts["/srv/data"]');
      const all = { mounts, hostname: "other", extra_hosts: { db: "10.1.2.3" }, dns: ["10.0.0.53"], sysctls: { "net.core.somaxconn": 64 } };
      web(all);
      await follows("web.hostname", 'web.sysctls["net.core.somaxconn"]', "web.extra_hosts", "web.dns");
      web({ ...all, resources: { limits: { pids: 200 } } });
      await follows("web.resources.limits.pids");
      web({ ...all, resources: { limits: { pids: 200 } }, security: { masked_paths: ["/proc/keys"] } });
      await follows();
      web({ ...all, resources: { limits: { pids: 200 } }, security: { masked_paths: ["/proc/keys"] } }, { nofile: 512 });
      await follows();
      // Drift that is put back is a change as well.
      const { pid = 0 } = await site.seen();
      await site.rig.start(["nsenter", "--target", String(pid), "--mount", "--", "umount", "/srv/data"], {});
      await follows('web.mounts["/srv/data"]');
      await site.apply();
      assert.equal(await identities(site), before);
    }),
);

live("config: a published port and an address, with a start anew", () =>
  withNetwork((network) =>
    withSite(
      async (site) => {
        const web = (net: Declared) =>
          site.declare({
            web: {
              processes: { main: { command: ["sleep", "1000"], on_change: { config: "restart" } }, other: { command: ["sleep", "1000"] } },
              ...net,
            },
          });
        const nat = { mode: "nat" };
        web({ network: nat });
        await site.apply();
        const before = await identities(site);
        web({ network: { ...nat, ports: { "8080": 80 } } });
        assert.equal((await site.changes()).slice(-1), ["restart-process web.processes.main"]);
        await site.apply();
        const between = await identities(site);
        assert.is.not(between.main, before.main);
        web({ network: { ...nat, address: "10.213.0.77", ports: { "8080": 80 } } });
        assert.ok((await site.changes()).includes("restart-process web.processes.main"));
        await site.apply();
        const after = await identities(site);
        assert.is.not(after.main, between.main);
        assert.is(after.other, before.other);
      },
      { network },
    ),
  ),
);

live("a script does it, too", () =>
  withSite(async (site) => {
    await standing(site, { files: "signal SIGHUP" });
    declare(site, { files: "signal SIGHUP" }, { file: "two" });
    site.rig.write("apply.sh", (await site.rig.expect(0, "plan", "--script")).stdout);
    const { code, stderr } = await site.rig.start(["sh", join(site.rig.directory, "apply.sh")], {});
    assert.is(code, 0, stderr);
    await until("the signal", async () => (await told(site)) === "start\nhup");
    const exec = { files: { exec: ["sh", "-c", "echo $$NAME >>/run/told"] } };
    const processes = { main: { command: listener, environment: { NAME: "x y" }, on_change: exec } };
    site.declare({ web: { processes } });
    await site.apply();
    site.declare({ web: { processes, files: { "/etc/new": { content: "n" } } } });
    site.rig.write("apply.sh", (await site.rig.expect(0, "plan", "--script")).stdout);
    assert.is((await site.rig.start(["sh", join(site.rig.directory, "apply.sh")], {})).code, 0);
    assert.match(await told(site), /\nx y$/);
    assert.equal(await site.changes(), []);
  }),
);

test.run();
