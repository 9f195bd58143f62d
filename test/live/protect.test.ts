import { spawn } from "node:child_process";
import { mkdirSync, rmdirSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { groupOf, startOf, withSite } from "../support/site.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

const sleeping = { command: ["sleep", "1000"] };
const anew = { time_offsets: { boottime: 100 } };

interface Document {
  readonly changes: readonly Shown[];
  readonly held: readonly Shown[];
  readonly orphans: readonly Shown[];
  readonly refused: readonly { readonly code: string; readonly message: string; readonly at: { readonly line: number } | null }[];
}

interface Shown {
  readonly action: string;
  readonly address: string;
  readonly reason: string | null;
}

async function planned({ rig }: Site, code: number, ...args: readonly string[]): Promise<Document> {
  const document: Document = JSON.parse((await rig.expect(code, "plan", "--json", ...args)).stdout);
  return document;
}

const lines = (changes: readonly Shown[]) => changes.map(({ action, address }) => `${action} ${address}`);

live("what a lifecycle forbids fails before anything is touched; plan shows it; by its name it is let through", () =>
  withSite(async (site) => {
    const { rig } = site;
    const lifecycle = { prevent_destroy: true, prevent_restart: true };
    await site.stand({ ...sleeping, lifecycle });
    const before = [(await site.seen()).identity, (await site.status()).process];
    site.declare({ web: { ...sleeping, lifecycle, ...anew, hostname: "other" } });
    const shown = await rig.expect(1, "plan");
    assert.match(shown.stdout, /-\/\+ recreate .*web/);
    assert.match(
      shown.stderr,
      /error plan\/protected: web\.lifecycle\.prevent_destroy: this would make it anew: web\.namespaces\.time host -> private; .*\n {2}cloister\.yaml:\d+/,
    );
    assert.match(shown.stderr, /web\.lifecycle\.prevent_restart.*[\s\S]*--force-protected web/);
    const document = await planned(site, 1);
    assert.equal(
      document.refused.map(({ code, message, at }) => [code, message.split(":")[0], typeof at?.line]),
      [
        ["plan/protected", "web.lifecycle.prevent_destroy", "number"],
        ["plan/protected", "web.lifecycle.prevent_restart", "number"],
      ],
    );
    for (const args of [
      ["apply", "-y"],
      ["apply", "-y", "--json"],
      ["apply", "-y", "-q"],
      ["destroy", "-y"],
      ["apply", "-y", "--force-protected", "web2"],
    ])
      assert.is.not((await rig.cloister(...args)).code, 0, args.join(" "));
    site.declare({ web: { command: ["sleep", "2000"], lifecycle, hostname: "other" } });
    const restart = await rig.expect(1, "apply", "-y");
    assert.match(
      restart.stderr,
      /prevent_restart: this would restart its process \(web\.processes\.main\): web\.processes\.main\.command changed/,
    );
    assert.equal([(await site.seen()).identity, (await site.status()).process], before);
    assert.is(await site.inside("hostname"), "web", "not even what could be done in place");
    await rig.expect(0, "apply", "-y", "--force-protected", "web");
    assert.is(await site.inside("hostname"), "other");
    assert.is((await site.seen()).identity, JSON.parse(JSON.stringify(before[0])));
    await rig.expect(0, "destroy", "-y", "--volumes", "--force-protected", "web");
  }),
);

live("what was last applied protects what is not in the manifest any more, or was just edited", () =>
  withSite(async (site) => {
    const { rig } = site;
    site.declare({ web: {}, db: { lifecycle: { prevent_destroy: true } } });
    await site.apply();
    const { identity } = await site.seen("db");
    site.declare({ web: {} });
    assert.match(
      (await rig.expect(1, "apply", "-y", "--prune")).stderr,
      /db\.lifecycle\.prevent_destroy, as it was last applied: this would destroy it/,
    );
    assert.match((await rig.expect(1, "destroy", "-y", "db")).stderr, /error plan\/protected: db\./);
    site.declare({ web: {}, db: anew });
    assert.match((await rig.expect(1, "apply", "-y")).stderr, /as it was last applied: this would make it anew/);
    site.declare({ web: {}, db: {} });
    assert.is((await site.seen("db")).identity, identity);
    await site.apply();
    await rig.expect(0, "destroy", "-y", "--volumes", "db");
  }),
);

live("watch -y holds what is protected, and says so; a rollback is held to it as well", () =>
  withSite(async (site) => {
    const { rig } = site;
    await site.stand(sleeping);
    site.declare({ web: { ...sleeping, ...anew } });
    await rig.expect(0, "apply", "-y");
    const lifecycle = { prevent_restart: true };
    site.declare({ web: { ...sleeping, ...anew, lifecycle } });
    await site.apply();
    const before = (await site.seen()).identity;
    assert.match((await rig.expect(1, "rollback", "-y", "1")).stderr, /web\.lifecycle\.prevent_restart, as it was last applied/);
    await withWatch(site, ["-y"], async (watching) => {
      site.declare({ web: { ...sleeping, lifecycle } });
      const condition = await watching.told({ type: "condition", condition: "Synced", status: false, reason: "Protected" });
      assert.match(JSON.stringify(condition), /plan\/protected/);
    });
    assert.is((await site.seen()).identity, before);
    await rig.expect(0, "rollback", "-y", "1", "--force-protected", "web");
    assert.is.not((await site.seen()).identity, before);
  }),
);

live("--no-restart does what is done in place or is new, lists the rest and ends with 5; without a rest with 0", () =>
  withSite(async (site) => {
    const { rig } = site;
    site.declare({ web: sleeping, db: sleeping });
    await site.apply();
    const before = [(await site.seen()).identity, (await site.status()).process, (await site.seen("db")).identity];
    site.declare({ web: { command: ["sleep", "2000"], hostname: "other" }, db: { ...sleeping, ...anew, hostname: "third" }, new: {} });
    const document = await planned(site, 0, "--no-restart");
    assert.equal(lines(document.held), ["restart-process web.processes.main", "recreate db"]);
    assert.ok(lines(document.changes).includes("update web.hostname") && !lines(document.changes).includes("update db.hostname"));
    await rig.expect(2, "plan", "--no-restart", "--detailed-exitcode");
    const applied = await rig.expect(5, "apply", "--no-restart");
    assert.match(applied.stdout, /held back, because it takes a restart\n.*restart process {2}web\.processes\.main[\s\S]*recreate +db/);
    assert.equal([(await site.seen()).identity, (await site.status()).process, (await site.seen("db")).identity], before);
    assert.is(await site.inside("hostname"), "other");
    assert.is((await site.status("new")).state, "running");
    assert.match((await rig.expect(5, "apply", "--no-restart")).stdout, /nothing is done: 1 to restart, 1 to recreate is held back/);
    const events = (await rig.expect(5, "apply", "--no-restart", "--json")).stdout.trim().split("\n");
    const started: { readonly type: string; readonly held: readonly Shown[] } = JSON.parse(events[0] ?? "");
    assert.equal([started.type, lines(started.held)], ["apply-started", ["restart-process web.processes.main", "recreate db"]]);
    const web = await site.status();
    assert.equal([web.pending, web.drifted], [["web.processes.main.command"], []], "what is held is pending, and nothing else is");
    assert.equal((await site.status("db")).pending.length > 1, true, "of what is to be made anew nothing was done");
    assert.match((await rig.expect(0, "drift")).stdout, /web\.processes\.main\.command/);
    await site.apply();
    await rig.expect(0, "apply", "--no-restart");
  }),
);

live("a process that is dead is started anew without a restart", () =>
  withSite(async (site) => {
    await site.stand(sleeping);
    const { process: main } = await site.status();
    process.kill(main?.pid ?? 0, "SIGKILL");
    await site.rig.expect(0, "apply", "--no-restart");
    assert.is((await site.status()).process?.type, "running");
  }),
);

live("what is gone from the manifest is shown, not counted and not asked for; what is not ours is never touched", () =>
  withSite(async (other) => {
    await other.stand(sleeping);
    const foreign = (await other.seen()).identity;
    await withSite(async (site) => {
      const { rig } = site;
      site.declare({ web: {}, old: { ...sleeping, overlay: "ephemeral" } });
      await site.apply();
      const group = groupOf(rig, await site.seen("old"), "memory").replace(/old-[a-z2-7]+$/, "Foreign_group");
      mkdirSync(group);
      // The name alone is no proof: this process has no environment.
      const named = spawn("sleep", ["1000"], {
        env: { PATH: process.env.PATH, CLOISTER_ENVIRONMENT: `${rig.project}/old` },
        stdio: "ignore",
      });
      try {
        const start = startOf(named.pid ?? 0);
        site.declare({ web: {} });
        const document = await planned(site, 0, "--detailed-exitcode");
        assert.equal(
          [document.changes, lines(document.orphans), document.orphans[0]?.reason],
          [[], ["destroy old"], "not in the manifest"],
        );
        const shown = (await rig.expect(0, "apply")).stdout;
        assert.match(shown, /not in the manifest: left alone, apply --prune ends them\n {2}- destroy {2}old {2}\(not in the manifest\)/);
        assert.is((await site.seen("old")).name, "old");
        await rig.expect(2, "plan", "--prune", "--detailed-exitcode");
        await rig.expect(0, "apply", "-y", "--prune");
        const { environments }: { readonly environments: readonly { readonly name: string }[] } = JSON.parse(
          (await rig.expect(0, "status", "--json")).stdout,
        );
        assert.equal(
          environments.map(({ name }) => name),
          ["web"],
        );
        assert.is(startOf(named.pid ?? 0), start);
        rmdirSync(group);
      } finally {
        named.kill("SIGKILL");
      }
    });
    assert.is((await other.seen()).identity, foreign);
  }),
);

test.run();
