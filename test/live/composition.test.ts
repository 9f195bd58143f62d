import { existsSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** The environment variables of the main process, as its own /proc shows them. */
async function environOf(site: Site): Promise<readonly string[]> {
  const pid = (await site.status()).process?.pid;
  // Between a look and the next it may have been started anew.
  return pid === undefined || !existsSync(`/proc/${pid}`) ? [] : readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
}

live("a watch follows .env and env files, those that come into being too; what breaks them is told, and what mends them is done", () =>
  withSite(async (site) => {
    const { rig } = site;
    rig.write(".env", "NAME=first\n");
    rig.write("app.env", "LEVEL=$NAME\n");
    const env_file = ["./app.env", { path: "./local.env", required: false }];
    await site.stand({ hostname: "${NAME}", env_file, environment: { OWN: "$$NAME" }, command: ["sleep", "1000"] });
    const environ = await environOf(site);
    for (const one of ["LEVEL=first", "OWN=$NAME"]) assert.ok(environ.includes(one), one);
    const { pid, identity } = await site.seen();
    await withWatch(site, ["-y"], async (watching) => {
      rig.write(".env.new", "NAME=second\n");
      renameSync(join(rig.directory, ".env.new"), join(rig.directory, ".env"));
      await until("the host name", async () => (await site.inside("hostname")) === "second");
      await until("the variable of the env file", async () => (await environOf(site)).includes("LEVEL=second"));
      rig.write("local.env", "LEVEL=local\n");
      await until("an env file that was not there", async () => (await environOf(site)).includes("LEVEL=local"));
      const lines = watching.lines.length;
      rig.write(".env", "OTHER=x\n");
      const told = await watching.told({ type: "condition", condition: "ManifestInvalid", status: true }, lines);
      assert.match(JSON.stringify(told), /manifest\/unset-variable/);
      rig.write(".env", "NAME=third\n");
      await until("its return", async () => (await site.inside("hostname")) === "third");
    });
    const after = await site.seen();
    assert.equal([after.pid, after.identity], [pid, identity]);
  }),
);

live("a watch follows a file that an environment extends, and what it names only now", () =>
  withSite(async (site) => {
    const { rig } = site;
    const base = (hostname: string) => rig.write("base.yaml", JSON.stringify({ environments: { base: { hostname } } }));
    base("first");
    await site.stand({ extends: { file: "./base.yaml", environment: "base" } });
    const { identity } = await site.seen();
    await withWatch(site, [], async (watching) => {
      base("second");
      await until("the edit of what is extended", async () => (await site.inside("hostname")) === "second");
      site.declare({ web: { extends: { file: "./new.yaml", environment: "base" } } });
      await watching.told({ type: "condition", condition: "ManifestInvalid", status: true });
      rig.write("new.yaml", JSON.stringify({ environments: { base: { hostname: "third" } } }));
      await until("the file that was missing", async () => (await site.inside("hostname")) === "third");
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("an environment whose profile is not active is neither made, changed, pruned nor drift; by its name it can be ended", () =>
  withSite(async (site) => {
    const { rig } = site;
    site.declare({ web: {}, debug: { profiles: ["dev"], extends: "web" } });
    await site.apply();
    assert.is((await rig.expect(0, "status", "--json")).stdout.includes('"debug"'), false);
    const refused = await rig.expect(64, "apply", "-y", "debug");
    assert.match(refused.stderr, /"debug" is not active: it is in profile dev[\s\S]*--profile dev/);
    await rig.expect(0, "apply", "-y", "--profile", "dev");
    const { identity } = await site.seen("debug");
    site.declare({ web: {}, debug: { profiles: ["dev"], extends: "web", hostname: "edited" } });
    for (const verb of [["plan"], ["plan", "--prune"], ["apply", "-y", "--prune"], ["drift"], ["watch", "--once", "--prune"]])
      assert.not.match((await rig.expect(0, ...verb)).stdout, /debug|destroy/, verb.join(" "));
    assert.is((await rig.expect(0, "plan", "--detailed-exitcode", "--prune")).code, 0);
    const { state, conditions } = await site.status("debug");
    assert.equal([state, conditions.find(({ condition }) => condition === "Running")?.reason], ["inactive", "NotActive"]);
    for (const verb of [
      ["exec", "debug", "--", "true"],
      ["plan", "debug"],
    ])
      assert.match((await rig.run(verb, {})).stderr, /"debug" is not active/, verb.join(" "));
    assert.match((await rig.expect(0, "plan", "--profile", "dev")).stdout, /~ in place {2}debug\.hostname/);
    assert.is((await site.seen("debug")).identity, identity);
    await rig.expect(0, "destroy", "-y");
    assert.is((await site.seen("debug")).identity, identity, "destroy takes what is active");
    await rig.expect(0, "destroy", "-y", "--volumes", "debug");
    assert.equal(
      JSON.parse((await rig.expect(0, "status", "--json")).stdout).environments.map(({ name }: { name: string }) => name),
      ["web"],
    );
  }),
);

live("a saved plan does what was seen when it was made, whatever became of the variables; the next plan sees them", () =>
  withSite(async (site) => {
    const { rig } = site;
    rig.write(".env", "NAME=first\n");
    await site.stand({ hostname: "${NAME}" });
    rig.write(".env", "NAME=second\n");
    assert.equal(await site.changes(), ["update web.hostname"]);
    await rig.expect(0, "plan", "-o", join(rig.directory, "web.plan"));
    rmSync(join(rig.directory, ".env"));
    assert.match((await rig.expect(3, "plan")).stderr, /variable NAME is not set/);
    await rig.expect(0, "apply", "-y", "--plan", join(rig.directory, "web.plan"));
    rig.write(".env", "NAME=third\n");
    assert.is(await site.inside("hostname"), "second");
    assert.equal(await site.changes(), ["update web.hostname"]);
    await rig.expect(0, "apply", "-y");
    assert.is(await site.inside("hostname"), "third");
  }),
);

live("what was run inside once is not run again from memory where the manifest rests on more than its files", () =>
  withSite(async (site) => {
    const { rig } = site;
    rig.write(".env", "COLOUR=green\n");
    await site.stand({ overlay: "ephemeral", environment: { COLOUR: "$COLOUR" } });
    const { ctimeMs } = statSync(join(rig.directory, "cloister.yaml"));
    await until("the manifest is old enough", () => Date.now() - ctimeMs > 1_500);
    const run = async (...words: readonly string[]) => (await rig.run(["exec", ...words], { env: { CLOISTER_CACHE: "on" } })).stdout.trim();
    assert.is(await run("web", "sh", "-c", "echo $COLOUR"), "green");
    rig.write(".env", "COLOUR=red\n");
    assert.is(await run("web", "sh", "-c", "echo $COLOUR"), "red");
    // Node reads an --env-file wherever it stands on its own command line.
    assert.is(await run("web", "echo", "--env-file", "/none.env"), "--env-file /none.env");
  }),
);

test.run();
