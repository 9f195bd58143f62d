import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assistants } from "../../src/host/assistant.ts";
import { makeDirectory, writeDurably } from "../../src/host/files.ts";
import { holdKeeper } from "../../src/host/keeper-process.ts";
import { CloisterError } from "../../src/model/diagnostic.ts";
import { needs } from "../support/needs.ts";
import { withRig } from "../support/rig.ts";
import { withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("what is not there, or was never started, is said, and what to do", () =>
  withSite(async (site) => {
    site.declare({ web: {} });
    assert.ok((await site.rig.expect(125, "exec", "web", "true")).stderr.startsWith("error engine/not-running: web is not running"));
    await site.apply();
    assert.ok((await site.rig.expect(1, "logs", "web")).stderr.startsWith("error engine/no-log: web has no log"));
  }),
);

live("a command that is not there ends the apply with its words; the environment stands", () =>
  withSite(async (site) => {
    site.declare({ web: { command: ["no-such-command"] } });
    const ended = await site.rig.expect(1, "apply", "-y");
    assert.ok((ended.stdout + ended.stderr).includes("engine/not-runnable"));
    assert.match(ended.stdout + ended.stderr, /no-such-command: command not found/);
    assert.is((await site.status()).state, "running");
  }),
);

live("an environment that is no longer in the manifest is told and left alone; --prune ends it", () =>
  withSite(async (site) => {
    site.declare({ web: {}, old: { overlay: "ephemeral" } });
    await site.apply();
    site.declare({ web: {} });
    assert.match((await site.rig.expect(0, "plan")).stdout, /--prune ends them\n {2}- destroy {2}old {2}\(not in the manifest\)/);
    const json: { readonly warnings: readonly { readonly code: string }[] } = JSON.parse(
      (await site.rig.expect(0, "plan", "--json")).stdout,
    );
    assert.ok(json.warnings.some(({ code }) => code === "engine/orphan"));
    await site.rig.expect(0, "apply", "-y", "--prune");
    assert.not.match((await site.rig.expect(0, "status")).stdout, /^old /m);
  }),
);

live("a project of the same name from another directory is refused with both places", () =>
  withSite(async (site) => {
    await site.stand();
    const other = join(site.rig.directory, "other");
    fs.mkdirSync(other);
    fs.copyFileSync(join(site.rig.directory, "cloister.yaml"), join(other, "cloister.yaml"));
    fs.cpSync(site.root, join(other, "root"), { recursive: true, verbatimSymlinks: true });
    const refused = await site.rig.expect(1, "plan", "--file", join(other, "cloister.yaml"));
    assert.ok(refused.stderr.startsWith("error engine/foreign-project: "));
    for (const place of [site.rig.directory, other]) assert.ok(refused.stderr.includes(place), refused.stderr);
  }),
);

live("a target that is a symbolic link of the root is refused, and nothing of the environment is left", () =>
  withSite(async (site) => {
    fs.symlinkSync("etc", join(site.root, "config"));
    site.declare({ web: { mounts: { "/config": { type: "tmpfs" } } } });
    const ended = await site.rig.expect(1, "apply", "-y");
    assert.match(ended.stdout + ended.stderr, /engine\/assembly-failed: .*\/config: is or goes through a symbolic link/);
    assert.is((await site.status()).state, "absent");
  }),
);

live("what is not as wanted after the assembly is told, and the environment is not left standing", () =>
  withSite(async (site) => {
    // The kernel takes it for an octal number, and shows 64.
    site.declare({ web: { sysctls: { "net.core.somaxconn": "0100" } } });
    const ended = await site.rig.expect(1, "apply", "-y");
    assert.match(ended.stdout + ended.stderr, /sysctls\["net\.core\.somaxconn"\] is not as wanted/);
    assert.ok((ended.stdout + ended.stderr).includes("engine/not-converged"));
    assert.is((await site.status()).state, "absent");
  }),
);

live("a directory as standard input does not get inside", () =>
  withSite(async (site) => {
    await site.stand();
    const [program = "", ...flags] = site.rig.command("--file", join(site.rig.directory, "cloister.yaml"), "exec", "web", "true");
    const directory = fs.openSync("/etc", "r");
    const ended = spawnSync(program, flags, { env: { ...site.rig.env }, stdio: [directory, "pipe", "pipe"], encoding: "utf8" });
    fs.closeSync(directory);
    assert.is(ended.status, 125);
    assert.match(ended.stderr, /^error engine\/unsafe-stream: /);
  }),
);

live("namespaces that cannot be made are told with what was said", () =>
  withRig(async (rig) => {
    const log = join(rig.directory, "keeper.log");
    const error = await holdKeeper(
      {
        command: ["sh", "-c", "echo no namespaces today >&2"],
        environment: {},
        log,
        failed: { groups: [], file: join(rig.directory, "failed") },
      },
      assistants({ shim: resolve("dist/shim.pl"), architecture: process.arch }),
    ).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.instance(error, CloisterError);
    const [diagnostic] = error instanceof CloisterError ? error.diagnostics : [];
    assert.is(diagnostic?.code, "engine/keeper-failed");
    assert.is(diagnostic?.cause, "no namespaces today");
  }),
);

live("a full disk is told, and leaves the file as it was", () =>
  withRig(async (rig) => {
    const place = join(rig.directory, "small");
    makeDirectory(place, 0o700, undefined);
    assert.is(spawnSync("mount", ["-t", "tmpfs", "-o", "size=16k", "small", place]).status, 0);
    try {
      writeDurably(join(place, "state"), "before", 0o600);
      const thrown = attempt(() => writeDurably(join(place, "state"), "x".repeat(100_000), 0o600));
      assert.ok(thrown.startsWith("host/no-space: ") || thrown.includes("ENOSPC"), thrown);
      assert.is(fs.readFileSync(join(place, "state"), "utf8"), "before");
      assert.equal(fs.readdirSync(place), ["state"]);
    } finally {
      spawnSync("umount", [place]);
    }
  }),
);

function attempt(act: () => void): string {
  try {
    act();
    return "nothing was thrown";
  } catch (error) {
    if (error instanceof CloisterError) return error.diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n");
    return String(error);
  }
}

test.run();
