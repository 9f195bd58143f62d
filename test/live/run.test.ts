import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { startTerminal } from "../support/terminal.ts";
import { withNetwork } from "../support/test-network.ts";

const live = needs(test, "root", "busybox", "catatonit", "overlayfs", "ip", "nft");

const sleeping = ["sleep", "1000"];

/** Starts it in an environment of its own, and waits until it says that it is there; what it is called there is its host name. */
async function started(site: Site, ...words: readonly string[]) {
  const [program, ...args] = site.rig.command("run", "-T", "web", "sh", "-c", `hostname; ${words.join(" ")}`);
  const child = spawn(program, args, { cwd: site.rig.directory, env: { ...site.rig.env }, stdio: ["ignore", "pipe", "inherit"] });
  const [first] = await once(child.stdout, "data");
  child.stdout.resume();
  const ended = once(child, "exit").then(([code, signal]) => code ?? signal);
  return { child, ended, name: String(first).trim() };
}

/** With a site in a network namespace that stands for the host's. */
function inNetwork(body: (site: Site) => Promise<void>): Promise<void> {
  return withNetwork((network) => withSite(body, { network }));
}

/** The names and states of all that status shows. */
async function states(site: Site): Promise<Readonly<Record<string, string>>> {
  const { environments } = JSON.parse((await site.rig.expect(0, "status", "--json")).stdout);
  return Object.fromEntries(environments.map(({ name, state }: { readonly name: string; readonly state: string }) => [name, state]));
}

live("a command has an environment of its own, and what it wrote into the root is gone with it", () =>
  withSite(async (site) => {
    const mounts = { "/data": { type: "volume", source: "shared" } };
    site.declare({ web: { mounts, environment: { NAME: "value" }, command: sleeping } });
    const script = "echo $NAME $MORE; pwd; touch /of-the-root /data/of-the-volume; exit 7";
    const ran = await site.rig.run(["run", "--rm", "-e", "MORE=more", "-w", "/tmp", "web", "sh", "-c", script], { input: "" });
    assert.equal([ran.code, ran.stdout, ran.stderr], [7, "value more\n/tmp\n", ""]);
    assert.equal(await states(site), { web: "absent" });
    assert.is(await site.rig.cloister("history").then(({ stdout }) => stdout.includes("web")), false);
    await site.apply();
    const before = await site.seen();
    const second = await site.rig.run(["run", "web", "ls", "/of-the-root", "/data"], { input: "" });
    assert.equal([second.code, second.stdout], [1, "/data:\nof-the-volume\n"]);
    assert.match(second.stderr, /\/of-the-root: No such file/);
    assert.is((await site.seen()).identity, before.identity);
    assert.equal(await site.changes(), []);
    assert.is((await site.rig.run(["run", "web", "no-such-command"], { input: "" })).code, 127);
    assert.is((await site.rig.run(["run", "web", "cat"], { input: "from us\n" })).stdout, "from us\n");
    assert.equal(await states(site), { web: "running" });
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.equal(site.left(), []);
  }),
);

live("without a command it is that of main, once, as its user and with its variables; ports stay with the one that is named", () =>
  inNetwork(async (site) => {
    const main = { command: ["sh", "-c", "echo $$WHO of $$(id -u); exit 3"], environment: { WHO: "main" }, user: "1000" };
    const network = { mode: "nat", ports: { "127.0.0.1:47123": 80 } };
    site.declare({ web: { network, processes: { main } }, bare: {} });
    await site.apply();
    const ran = await site.rig.run(["run", "web"], { input: "" });
    assert.equal([ran.code, ran.stdout, ran.stderr], [3, "main of 1000\n", ""]);
    const refused = await site.rig.run(["run", "bare"], { input: "" });
    assert.is(refused.code, 125);
    assert.match(refused.stderr, /usage\/missing-operand: bare has no process main/);
    assert.match((await site.rig.run(["run", "wbe", "true"], { input: "" })).stderr, /usage\/unknown-environment[\s\S]*web/);
    assert.equal(await states(site), { web: "running", bare: "running" });
  }),
);

live("it reaches the others of the project by name, and the one that it is like", () =>
  inNetwork(async (site) => {
    const server = {
      network: { mode: "nat" },
      files: { "/www/index.html": { content: "from web\n" } },
      command: ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"],
    };
    site.declare({ web: server });
    await site.apply();
    await site.rig.expect(0, "apply", "-y", "--wait");
    const { code, stdout, stderr } = await site.rig.run(["run", "web", "wget", "-q", "-O", "-", "http://web/"], { input: "" });
    assert.equal([code, stdout], [0, "from web\n"], stderr);
  }),
);

live("what prunes leaves it as long as its command lives; a signal ends the command, and it goes", () =>
  withSite(async (site) => {
    await site.stand({ command: sleeping });
    const { child, ended, name } = await started(site, "exec", ...sleeping);
    assert.match(name, /^web-run-[0-9a-f]{6}$/);
    assert.equal(await states(site), { web: "running", [name]: "transient" });
    assert.equal(await site.changes(), []);
    const applied = await site.rig.expect(0, "apply", "-y", "--prune");
    assert.not(applied.stderr.includes("orphan"), applied.stderr);
    await site.rig.expect(0, "drift");
    child.kill("SIGTERM");
    assert.is(await ended, 143);
    assert.equal(await states(site), { web: "running" });
  }),
);

live("one whose cloister was killed is told, and pruned", () =>
  withSite(async (site) => {
    await site.stand({ command: sleeping });
    const { child, ended, name } = await started(site, "exec", ...sleeping);
    child.kill("SIGKILL");
    assert.is(await ended, "SIGKILL");
    assert.equal(await states(site), { web: "running", [name]: "orphan" });
    assert.match(
      (await site.rig.expect(0, "plan")).stderr + (await site.rig.expect(0, "plan")).stdout,
      new RegExp(`${name}.*not in the manifest`),
    );
    await site.rig.expect(0, "apply", "-y", "--prune");
    assert.equal(await states(site), { web: "running" });
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.equal(site.left(), []);
    assert.not.ok(existsSync(join(site.rig.stateDir, "run/site")));
  }),
);

live("namespaces of another environment are had only where that runs as the manifest says", () =>
  withSite(async (site) => {
    site.declare({ web: { namespaces: { net: "join:db" } }, db: { hostname: "database", command: sleeping } });
    const early = await site.rig.run(["run", "web", "true"], { input: "" });
    assert.is(early.code, 125);
    assert.match(early.stderr, /engine\/not-running: db, whose namespaces it is to have.*\n.*cloister apply db/, early.stderr);
    assert.equal(await states(site), { web: "absent", db: "absent" });
    await site.rig.expect(0, "apply", "-y", "db");
    const { namespaces } = await site.seen("db");
    const { stdout } = await site.rig.run(["run", "web", "readlink", "/proc/self/ns/net"], { input: "" });
    assert.is(stdout.trim(), namespaces.net);
  }),
);

live("it has the secrets, whose commands are run once for it", () =>
  withSite(async (site) => {
    const command = ["sh", "-c", "echo asked >>asked; printf hidden"];
    site.declare({ web: { secrets: { key: { command } } } });
    const { code, stdout } = await site.rig.run(["run", "web", "cat", "/run/secrets/key"], { input: "" });
    assert.equal([code, stdout], [0, "hidden"]);
    assert.is(readFileSync(join(site.rig.directory, "asked"), "utf8"), "asked\n");
  }),
);

live("on a terminal it has one of its own, and Ctrl-C is the command's", () =>
  withSite(async (site) => {
    site.declare({ web: {} });
    const typed = `[ -t 0 ] && stty size; trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 1; done`;
    const terminal = startTerminal(site.rig, site.rig.command("run", "web", "sh", "-c", typed));
    await terminal.shows(/24 80\r?\nready/);
    terminal.type("\x03");
    await terminal.shows(/caught/);
    assert.is(await terminal.end(), 9);
    assert.equal(await states(site), { web: "absent" });
  }),
);

live("a build that fails is told on standard error, and ends with 125", () =>
  withSite(async (site) => {
    site.rig.write("none.tar", "no archive");
    site.declare({ web: { rootfs: { tar: "./none.tar" } } });
    const { code, stdout, stderr } = await site.rig.run(["run", "web", "true"], { input: "" });
    assert.equal([code, stdout], [125, ""]);
    assert.match(stderr, /rootfs\/bad-archive/);
    assert.equal(await states(site), { web: "absent" });
  }),
);

test.run();
