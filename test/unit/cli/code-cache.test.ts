import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Ended } from "../../support/command-line.ts";
import { cloister, goodManifest, withInstalled } from "../../support/command-line.ts";

const isRoot = process.geteuid?.() === 0;
const nobody = 65_534;

interface Cache {
  /** Runs `validate` with this cache directory, as somebody who is not root: root's is one for the whole machine. */
  readonly run: (env?: Readonly<Record<string, string>>, verb?: string) => Ended;
  /** Where it runs, and the manifest is. */
  readonly home: string;
  readonly directory: string;
  /** The caches of the verb (`validate`) that were written: what it needed of other bundles has some of its own. */
  readonly files: (verb?: string) => readonly string[];
}

function withCache(body: (cache: Cache) => void): void {
  withInstalled({ "cloister.yaml": goodManifest }, (home, program) => {
    const root = join(home, "cache");
    mkdirSync(root);
    if (isRoot) chownSync(root, nobody, nobody);
    const directory = join(root, "cloister", "code");
    const who = isRoot ? { uid: nobody } : {};
    body({
      home,
      run: (env = {}, verb = "validate") =>
        cloister([verb], { cwd: home, program, ...who, env: { CLOISTER_CACHE: "on", XDG_CACHE_HOME: root, ...env } }),
      directory,
      files: (verb = "validate") => {
        const names = existsSync(directory) ? readdirSync(directory) : [];
        return names.filter((name) => name.startsWith(`${verb}-`)).map((name) => join(directory, name));
      },
    });
  });
}

const fine: Ended = { code: 0, out: "blog is valid: 2 environments (web, db)\n", error: "" };

test("is written once, for us alone, and used", () => {
  withCache(({ run, files, directory }) => {
    assert.equal(run(), fine);
    const [file = "", ...others] = files();
    assert.equal(others, []);
    assert.match(file, /\/validate-[0-9a-f]{12}-v20\.|\/validate-[0-9a-f]{12}-v\d/);
    assert.is(lstatSync(file).mode & 0o777, 0o600);
    assert.is(lstatSync(directory).mode & 0o777, 0o700);
    const { mtimeMs } = lstatSync(file);
    assert.equal(run(), fine);
    assert.is(lstatSync(file).mtimeMs, mtimeMs, "a good cache is not written again");
  });
});

test("gets what a network takes from the first run that has such a one, and keeps what it had", () => {
  withCache(({ run, files, home }) => {
    const written = () => {
      assert.is(run({}, "config").code, 0);
      const [file = ""] = files("config");
      const { mtimeMs, size } = lstatSync(file);
      const head = readFileSync(file).toString("latin1", 0, 64).trim().split(" ");
      return { mtimeMs, size, head };
    };
    const none = written();
    assert.equal(none.head, ["none"]);
    assert.equal(written(), none);
    writeFileSync(join(home, "cloister.yaml"), `${goodManifest}\n    network: { mode: nat }\n`);
    const both = written();
    assert.equal(both.head, ["none", "nat"]);
    assert.equal(written(), both);
    writeFileSync(join(home, "cloister.yaml"), goodManifest);
    assert.equal(written(), both);
  });
});

test("is off when it is said to be", () => {
  withCache(({ run, files }) => {
    assert.equal(run({ CLOISTER_CACHE: "off" }), fine);
    assert.equal(files(), []);
  });
});

test("is ignored and made anew when any of its bytes is another", () => {
  withCache(({ run, files }) => {
    run();
    const [file = ""] = files();
    const good = readFileSync(file);
    for (let position = 0; position < good.length; position += Math.ceil(good.length / 12)) {
      const bad = Buffer.from(good);
      bad[position] = (bad[position] ?? 0) ^ 0x40;
      writeFileSync(file, bad);
      assert.equal(run(), fine, `byte ${position}`);
      assert.ok(readFileSync(file).equals(good) || readFileSync(file).length > 0);
      assert.not(readFileSync(file).equals(bad), `byte ${position}: made anew`);
    }
  });
});

test("is ignored when it is cut, empty, or something else altogether", () => {
  withCache(({ run, files }) => {
    run();
    const [file = ""] = files();
    for (const spoil of [() => truncateSync(file, 1000), () => truncateSync(file, 0), () => writeFileSync(file, "x".repeat(2000))]) {
      spoil();
      assert.equal(run(), fine);
      assert.ok(lstatSync(file).size > 10_000);
    }
  });
});

test("is not taken from where others may write, nor through a symbolic link", () => {
  withCache(({ run, files, directory }) => {
    run();
    const [file = ""] = files();
    const evil = `(function(){process.stdout.write("evil")})`;
    chmodSync(directory, 0o777);
    writeFileSync(file, evil);
    assert.equal(run(), fine);
    assert.is(readFileSync(file, "utf8"), evil, "nothing is written there either");
    chmodSync(directory, 0o700);
    chmodSync(join(directory, ".."), 0o770);
    assert.equal(run(), fine);
    assert.is(readFileSync(file, "utf8"), evil);
    chmodSync(join(directory, ".."), 0o700);
    chmodSync(file, 0o666);
    assert.equal(run(), fine);
    assert.is(lstatSync(file).mode & 0o777, 0o600, "a file that others may write to is replaced");
  });
});

test("is not taken from another user", () => {
  if (!isRoot) return;
  withCache(({ run, files, directory }) => {
    run();
    const [file = ""] = files();
    chownSync(file, 1234, 1234);
    assert.equal(run(), fine);
    assert.is(lstatSync(file).uid, nobody, "replaced");
    chownSync(directory, 1234, 1234);
    chmodSync(directory, 0o755);
    assert.equal(run(), fine);
  });
});

test("of other builds does not pile up", () => {
  withCache(({ run, files, directory }) => {
    run();
    for (let build = 0; build < 9; build += 1) {
      const old = join(directory, `validate-${build}-v20-x64`);
      writeFileSync(old, "old");
      if (isRoot) chownSync(old, nobody, nobody);
    }
    const [mine = ""] = files().filter((file) => /-[0-9a-f]{12}-/.test(file));
    truncateSync(mine, 0);
    run();
    assert.is(files().length, 4);
    assert.ok(files().includes(mine));
  });
});

test("a launcher reached through symbolic links finds its bundle; NODE_OPTIONS and the like do not reach Node", () => {
  withInstalled({}, (directory, program) => {
    symlinkSync("cloister", join(directory, "one"));
    symlinkSync(join(directory, "one"), join(directory, "two"));
    const ended = cloister(["--version"], { program: join(directory, "two"), env: { NODE_OPTIONS: "--no-such-option" } });
    assert.is(ended.error, "");
    assert.match(ended.out, /^cloister \d+\.\d+\.\d+\n$/);
    assert.equal(cloister(["--version"], { program }), ended);
  });
});

test("a machine without Node, or with an old one, is told what to do", () => {
  withInstalled({}, (directory, program) => {
    const none = spawnSync("/bin/sh", [program, "--version"], { env: { PATH: directory }, encoding: "utf8" });
    assert.is(none.status, 6);
    assert.ok(none.stderr.startsWith("error host/no-node: node is not in PATH"), none.stderr);
    const script = `Object.defineProperty(process.versions, "node", { value: "20.18.3" }); require(${JSON.stringify(join(directory, "loader.cjs"))});`;
    const old = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    assert.is(old.status, 6);
    assert.is(old.stderr, "error host/old-node: Node.js 20.18.3 is too old; cloister needs 20.19 or later\n");
  });
});

test.run();
