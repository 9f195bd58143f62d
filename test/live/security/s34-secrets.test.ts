import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pid as ownPid } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../../support/needs.ts";
import type { Result } from "../../support/rig.ts";
import type { Declared, Site } from "../../support/site.ts";
import { withSite } from "../../support/site.ts";
import { until } from "../../support/until.ts";
import { withWatch } from "../../support/watching.ts";

// S34: the value of a secret is inside and nowhere else: not in what is printed, kept or logged, nor where other users of the machine see processes.

const live = needs(test, "root", "busybox", "catatonit");

/** A value that occurs nowhere by chance, in all forms in which it could be written. */
function canary(): { readonly value: string; readonly forms: readonly string[] } {
  const value = randomBytes(24).toString("base64url");
  const bytes = Buffer.from(value);
  return {
    value,
    forms: [value, bytes.toString("hex"), bytes.toString("base64").slice(0, 31), createHash("sha256").update(bytes).digest("hex")],
  };
}

type Canary = ReturnType<typeof canary>;

const holds = (text: string, canaries: readonly Canary[]) => canaries.some(({ forms }) => forms.some((form) => text.includes(form)));

/** Regular files below directories that hold one of them. In some of these others make and remove their own meanwhile. */
function filesWith(directories: readonly string[], canaries: readonly Canary[]): readonly string[] {
  return directories
    .flatMap(below)
    .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true && holds(textOf(path), canaries));
}

function below(directory: string): readonly string[] {
  return entriesOf(directory).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? below(path) : [path];
  });
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Processes that show one of them in their command line or environ, at this moment. */
function processesWith(canaries: readonly Canary[]): readonly string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== ownPid);
  return pids.flatMap((pid) =>
    ["cmdline", "environ"].filter((file) => holds(textOf(`/proc/${pid}/${file}`), canaries)).map((file) => `${pid} ${file}`),
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

test("the searches find what is there", async () => {
  const own = canary();
  const child = spawn("sleep", ["1000"], { env: { VALUE: own.value } });
  const other = spawn("sh", ["-c", `: ${own.forms[1]}; read -r line`]);
  await until("both", () => processesWith([own]).length === 2);
  assert.equal([...processesWith([own])].sort(), [`${child.pid} environ`, `${other.pid} cmdline`].sort());
  for (const one of [child, other]) one.kill("SIGKILL");
});

/** Runs a command line while processes are looked at again and again. */
async function watched(site: Site, args: readonly string[], { nowhere, ours }: Secret): Promise<Result & { readonly looks: number }> {
  const found = new Set<string>();
  let looks = 0;
  let ended = false;
  const running = site.rig.run(args, {
    env: { CANARY: ours.value, CLOISTER_CACHE: "on", XDG_CACHE_HOME: join(site.rig.directory, "cache") },
  });
  const result = running.finally(() => {
    ended = true;
  });
  while (!ended) {
    for (const one of processesWith([nowhere])) found.add(one);
    // What is in the environment of the command line itself its caller has put there; of all that it starts it is in none.
    for (const one of processesWith([ours]).filter((shown) => !isCommandLine(site, shown.split(" ")[0] ?? "")))
      if (processesWith([ours]).includes(one)) found.add(one);
    looks += 1;
    await new Promise((done) => setImmediate(done));
  }
  assert.equal([...found], [], args.join(" "));
  return { ...(await result), looks };
}

/** Whether a process is the command line itself: what was started, and forks of it that are not yet what they are to be. */
function isCommandLine({ rig }: Site, pid: string): boolean {
  const words = textOf(`/proc/${pid}/cmdline`);
  return words === "" || (words.includes(rig.project) && /(cloister|launcher\.pl|loader\.cjs)\0/.test(words));
}

interface Secret {
  /** In a file, and printed by a command. */
  readonly nowhere: Canary;
  /** In a variable of the command line. */
  readonly ours: Canary;
}

live("a value is in no output of any verb, in no file of ours, in no command line and no environ, whatever is done with it", () =>
  withSite(async (site) => {
    const secret: Secret = { nowhere: canary(), ours: canary() };
    const canaries = [secret.nowhere, secret.ours];
    mkdirSync(join(site.rig.directory, "cache"));
    const { rig } = site;
    const places = [rig.stateDir, rig.dataDir, `/run/cloister/${rig.project}`, join(rig.directory, "cache"), rig.env.TMPDIR ?? ""];
    const secrets = (more: Declared = {}): Declared => ({
      file: { file: "./value.txt" },
      printed: { command: ["cat", "value.txt"], uid: 33 },
      variable: { environment: "CANARY" },
      ...more,
    });
    const declare = (more?: Declared, keys: Declared = {}) =>
      site.declare({ web: { command: ["sleep", "1000"], secrets: secrets(more), ...keys } });
    const printed: string[] = [];
    const run = async (...args: readonly string[]) => {
      const { stdout, stderr, code } = await watched(site, args, secret);
      printed.push(`${args.join(" ")}\n${stdout}\n${stderr}`);
      return code;
    };
    const expect = async (code: number, ...args: readonly string[]) =>
      assert.is(await run(...args), code, `${args.join(" ")}\n${printed.at(-1)}`);
    const looking = async () => {
      for (const verb of [
        "plan",
        "plan -v",
        "plan --json",
        "plan -o saved",
        "plan --script",
        "status",
        "status --json",
        "inspect",
        "inspect --json",
      ])
        await run(...verb.split(" "));
      for (const verb of [
        "drift",
        "drift --json",
        "config",
        "config --json",
        "config --origin",
        "history",
        "events",
        "events --json",
        "graph",
        "logs",
        "verify",
      ])
        await run(...verb.split(" "));
      printed.push(readFileSync(join(rig.directory, "saved"), "utf8"));
      assert.equal(filesWith([...places, "/run/cloister"], canaries), []);
    };
    rig.write("value.txt", `${secret.nowhere.value}\n`);
    declare();
    await looking();
    await expect(0, "apply", "-y", "-v");
    assert.is(await site.inside("cat", "/run/secrets/file"), secret.nowhere.value);
    assert.is(await site.inside("cat", "/run/secrets/printed"), secret.nowhere.value);
    assert.is(await site.inside("cat", "/run/secrets/variable"), secret.ours.value);
    await looking();
    rig.write("value.txt", `${secret.nowhere.value}.\n`);
    await site.inside("sh", "-c", "echo evil >/run/secrets/variable; chmod 777 /run/secrets/printed");
    await looking();
    await expect(0, "apply", "-y", "--json");
    assert.is(await site.inside("cat", "/run/secrets/file"), `${secret.nowhere.value}.`);
    await run("history", "diff", "1", "2");
    // What fails on the way tells nothing either.
    rig.write("value.txt", `${secret.nowhere.value}!\n`);
    await site.inside("sh", "-c", "rm /run/secrets/file; mkdir /run/secrets/file");
    await expect(1, "apply", "-y", "-v");
    await site.inside("rmdir", "/run/secrets/file");
    declare({ wrong: { command: ["sh", "-c", "cat value.txt; cat value.txt >&2; exit 1"] } });
    for (const verb of ["plan", "apply"]) await expect(3, verb, "-v");
    declare({ wrong: { file: "./value.txt", target: "/etc/on-disk" } });
    await expect(3, "plan");
    declare({}, { hostname: "other" });
    await expect(0, "apply", "-y");
    await expect(0, "rollback", "-y");
    await expect(0, "restart", "-y", "web");
    assert.equal(filesWith([...places, "/run/cloister", "/var/log"], canaries), []);
    await expect(0, "destroy", "-y", "--volumes");
    const told = printed.filter((text) => holds(text, canaries)).map((text) => text.split("\n")[0]);
    assert.equal(told, []);
    assert.ok(printed.length > 60 && printed.some((text) => /web\.secrets\.file/.test(text)), String(printed.length));
    for (const name of ["cache", "saved"]) rmSync(join(rig.directory, name), { recursive: true });
    const { stdout, stderr, status, signal } = spawnSync("grep", ["-rlF", "-e", secret.nowhere.value, rig.directory], { encoding: "utf8" });
    assert.equal(
      { stdout, stderr, status, signal },
      { stdout: `${join(rig.directory, "value.txt")}\n`, stderr: "", status: 0, signal: null },
    );
  }),
);

live("while a watch runs it is nowhere either", () =>
  withSite(async (site) => {
    const nowhere = canary();
    site.rig.write("value.txt", "before");
    await site.stand({ secrets: { file: { file: "./value.txt" } } });
    const { pid } = await site.seen();
    await withWatch(site, ["--interval", "500ms"], async (watching) => {
      site.rig.write("value.txt", nowhere.value);
      await until("the edit", () => {
        assert.equal(processesWith([nowhere]), []);
        return textOf(`/proc/${pid}/root/run/secrets/file`) === nowhere.value;
      });
      await watching.calm();
      assert.not(holds(JSON.stringify(watching.lines), [nowhere]));
      assert.equal(processesWith([nowhere]), []);
      assert.equal(filesWith([site.rig.stateDir, site.rig.dataDir, `/run/cloister/${site.rig.project}`], [nowhere]), []);
    });
  }),
);

test.run();
