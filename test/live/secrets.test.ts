import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { driftOf } from "../support/drift-document.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { mountAt, withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** `MODE UID GID` of a path inside. */
const shape = (site: Site, path: string) => site.inside("stat", "-c", "%a %u %g", path);

const command = ["sleep", "1000"];

live("each source becomes a file on a tmpfs of its own, with its owner and mode; a target on another tmpfs is right, too", () =>
  withSite(async (site) => {
    site.rig.write("db.txt", "hunter2\n");
    const secrets = {
      db: { file: "./db.txt", uid: 33, gid: 34, mode: "0440" },
      token: { command: ["printf", "%s\\0end", "a b"] },
      home: { environment: "HOME", target: "/run/app/key" },
    };
    await site.stand({ command, secrets });
    assert.is(await site.inside("cat", "/run/secrets/db"), "hunter2");
    assert.is(await shape(site, "/run/secrets/db"), "440 33 34");
    assert.is(await site.inside("od", "-An", "-c", "/run/secrets/token"), "   a       b  \\0   e   n   d");
    assert.is(await shape(site, "/run/secrets/token"), "400 0 0");
    assert.is(await site.inside("cat", "/run/app/key"), site.rig.env.HOME);
    const seen = await site.seen();
    const mount = mountAt(seen, "/run/secrets");
    assert.is(mount.fstype, "tmpfs");
    for (const option of ["nosuid", "nodev", "noexec"]) assert.ok(mount.options.includes(option), option);
    const [, , base = ""] = /^ *(\d+) +(\d+)/.exec(readFileSync(`/proc/${seen.pid}/uid_map`, "utf8")) ?? [];
    const file = statSync(`/proc/${seen.pid}/root/run/secrets/db`);
    assert.equal([file.uid, file.gid], [Number(base) + 33, Number(base) + 34], "by the ids of its own user namespace");
    assert.is((await site.exec(["cat", "/run/secrets/token"], ["--user", "1000"])).code, 1, "nobody else inside can read it");
  }),
);

live("as large as they can be, at odd paths, with the host's ids or a map of one's own, on a root that is read-only", () =>
  withSite(async (site) => {
    const large = Array.from({ length: 31 }, (_, index) => [`s${index}`, { command: ["head", "-c", "262144", "/dev/urandom"] }]);
    site.rig.write("db.txt", "one\n");
    const odd = { file: "./db.txt", target: '/run/with space/"ü" %20', uid: 7 };
    const range = [{ inside: 0, outside: 0x7ffe0000, count: 1000 }];
    const users: Readonly<Record<string, Declared>> = {
      auto: {},
      mapped: { users: { mode: "map", uid_mappings: range, gid_mappings: range } },
      hosts: { users: "host", namespaces: { user: "host" }, unsafe: ["host-user"] },
      fixed: { read_only: true },
    };
    const secrets = { ...Object.fromEntries(large), odd };
    site.declare(
      Object.fromEntries(
        Object.entries(users).map(([name, keys]) => [
          name === "auto" ? "web" : name,
          { ...keys, secrets: name === "auto" ? secrets : { odd } },
        ]),
      ),
    );
    await site.rig.expect(0, "apply", "-y");
    assert.is(await site.inside("sh", "-c", "cat /run/secrets/* | wc -c"), String(31 * 262_144));
    for (const value of ["one", "two", "three"]) {
      site.rig.write("db.txt", `${value}\n`);
      await site.rig.expect(0, "apply", "-y");
      for (const name of ["web", "mapped", "hosts", "fixed"]) {
        const { stdout } = await site.rig.expect(
          0,
          "exec",
          "-T",
          name,
          "--",
          "sh",
          "-c",
          `cat "$1"; stat -c "%a %u %g" "$1"`,
          "sh",
          odd.target,
        );
        assert.is(stdout, `${value}\n400 7 0\n`, name);
      }
    }
    await site.rig.expect(0, "verify", "web");
  }),
);

live("another value is written in place; a secret that goes is taken away, whatever it holds; nothing restarts", () =>
  withSite(async (site) => {
    site.rig.write("db.txt", "one\n");
    const declared = (secrets: Declared) => ({ web: { command, secrets } });
    await site.stand({ command, secrets: { db: { file: "./db.txt" }, more: { command: ["echo", "more"] } } });
    const before = [(await site.seen()).identity, (await site.status()).process];
    site.rig.write("db.txt", "two\n");
    assert.equal(await site.changes(), ["update web.secrets.db"]);
    assert.equal((await site.status()).pending, ["web.secrets.db"]);
    assert.equal((await driftOf(site, 0)).pending, ["web.secrets.db"]);
    await site.apply();
    assert.is(await site.inside("cat", "/run/secrets/db"), "two");
    site.declare(declared({ db: { file: "./db.txt" }, more: { command: ["echo", "other"] } }));
    assert.equal(await site.changes(), ["update web.secrets.more"]);
    await site.apply();
    assert.is(await site.inside("cat", "/run/secrets/more"), "other");
    await site.inside("sh", "-c", "echo mine >/run/secrets/more");
    site.declare(declared({ db: { file: "./db.txt", target: "/run/db" } }));
    await site.apply();
    assert.is(await site.inside("cat", "/run/db"), "two");
    assert.is(await site.inside("ls", "/run"), "db\nsecrets");
    assert.is(await site.inside("ls", "-A", "/run/secrets"), "");
    site.declare(declared({}));
    await site.apply();
    assert.is(await site.inside("ls", "-A", "/run/secrets", "/run"), "/run:\nsecrets\n\n/run/secrets:");
    assert.equal([(await site.seen()).identity, (await site.status()).process], before);
  }),
);

/** What is done inside to a secret, and which field of it drift then finds. */
const injured: Readonly<Record<string, readonly [field: string, found: string]>> = {
  "echo evil >/run/secrets/db": ["", "something else"],
  "printf 'hunter3\\n' >/run/secrets/db": ["", "something else"],
  "head -c 300000 /dev/zero >/run/secrets/db": ["", "something else"],
  "chmod 444 /run/secrets/db": [".mode", "0444"],
  "chown 7 /run/secrets/db": [".uid", "7"],
  "chgrp 8 /run/secrets/db": [".gid", "8"],
  "rm /run/secrets/db": ["", "nothing"],
};

live("drift of content, mode, owner and absence is seen, and put back in place", () =>
  withSite(async (site) => {
    site.rig.write("db.txt", "hunter2\n");
    await site.stand({ command, secrets: { db: { file: "./db.txt" } } });
    const { identity } = await site.seen();
    for (const [injury, [field, found]] of Object.entries(injured)) {
      await site.inside("sh", "-c", injury);
      const { findings, pending } = await driftOf(site, 2);
      assert.equal([findings.map((one) => [one.address, one.found]), pending], [[[`web.secrets.db${field}`, found]], []], injury);
      await site.apply();
      assert.is(await site.inside("cat", "/run/secrets/db"), "hunter2", injury);
      assert.is(await shape(site, "/run/secrets/db"), "400 0 0", injury);
      assert.equal((await driftOf(site, 0)).findings, []);
    }
    assert.is((await site.seen()).identity, identity);
  }),
);

/** A secret whose source gives nothing, and what is said of it (by the code `secret/unreadable`); never what it printed. */
const unreadable: readonly (readonly [Declared, RegExp])[] = [
  [{ file: "./none.txt" }, /manifest\/source-missing[\s\S]*none\.txt" does not exist[\s\S]*cloister\.yaml:1:/],
  [{ file: "./directory" }, /secret\/unreadable[\s\S]*directory is no regular file[\s\S]*cloister\.yaml:1:/],
  [{ file: "./empty" }, /empty is empty[\s\S]*cloister\.yaml:1:/],
  [{ file: "./large" }, /large has more than 256 KiB/],
  [
    { environment: "NOT_SET_HERE" },
    /secret\/unreadable[\s\S]*web\.secrets\.db: the variable NOT_SET_HERE is not set[\s\S]*cloister\.yaml:1:/,
  ],
  [{ command: ["false"] }, /web\.secrets\.db: its command \(false\) ended with 1[\s\S]*cloister\.yaml:1:/],
  [{ command: ["true"] }, /is empty/],
  [{ command: ["head", "-c", "262145", "/dev/zero"] }, /its command \(head\) prints more than 256 KiB/],
  [{ command: ["./nowhere"] }, /its command \(\.\/nowhere\) is not there/],
  [{ command: ["sh", "-c", "echo topsecret; echo topsecret >&2; exit 3"] }, /its command \(sh\) ended with 3/],
  [{ command: ["sh", "-c", "kill -9 $$$$"] }, /its command \(sh\) was ended by SIGKILL/],
];

live("a source that cannot be read is an error with its line before anything is changed; what looks does without it", () =>
  withSite(async (site) => {
    site.rig.write("directory/file", "");
    site.rig.write("empty", "");
    site.rig.write("large", "x".repeat(262_145));
    site.rig.write("db.txt", "hunter2\n");
    await site.stand({ secrets: { db: { file: "./db.txt" } } });
    for (const [secret, told] of unreadable) {
      site.declare({ web: { hostname: "other", secrets: { db: secret } } });
      for (const verb of [["plan"], ["plan", "--script"], ["apply", "-y"]]) {
        const { stdout, stderr } = await site.rig.expect(3, ...verb);
        assert.match(stdout + stderr, told, `${verb.join(" ")}: ${JSON.stringify(secret)}`);
        assert.not.match(stdout + stderr, /topsecret(?!;| >)/);
      }
      assert.is(await site.inside("cat", "/run/secrets/db"), "hunter2");
      assert.is(await site.inside("hostname"), "web");
      await site.rig.expect(0, "status");
      await site.rig.expect(0, "drift");
    }
    site.rig.write("db.txt", "hunter2\n");
    site.declare({ web: { secrets: { db: { file: "./db.txt" } } }, db: { secrets: { db: { command: ["false"] } } } });
    await site.rig.expect(0, "apply", "-y", "web");
    await site.rig.expect(3, "apply", "-y");
    rmSync(join(site.rig.directory, "db.txt"));
    await site.rig.expect(0, "destroy", "-y");
  }),
);

needs(
  test,
  "root",
  "busybox",
  "catatonit",
  "strace",
)("a command has 30 s: it is with these that its end is waited for", () =>
  withSite(async (site) => {
    site.declare({ web: { command, secrets: { db: { command: ["sh", "-c", "echo value"] } } } });
    const log = join(site.rig.directory, "calls");
    const traced = ["strace", "-f", "-qq", "-e", "trace=execve,epoll_wait,epoll_pwait", "-o", log, ...site.rig.command("plan")] as const;
    const { code, stderr } = await site.rig.start([...traced], {});
    assert.is(code, 0, stderr);
    const lines = readFileSync(log, "utf8").split("\n");
    // strace tells the end of a call apart where another process makes one meanwhile.
    const begun = lines.findIndex((line) => line.includes('["sh", "-c", "echo value"]') && / = 0$|<unfinished \.\.\.>$/.test(line));
    const [, waited = ""] =
      lines
        .slice(begun)
        .join("\n")
        .match(/epoll_p?wait.*, 1024, (\d+)/) ?? [];
    assert.ok(begun > 0 && Number(waited) > 25_000 && Number(waited) <= 30_000, `a wait of at most ${waited} ms`);
  }),
);

live("a command runs once for all who name it, where the manifest is, without a shell, and not at all for who only looks", () =>
  withSite(async (site) => {
    const script = site.rig.write("secret.sh", '#!/bin/sh\nprintf "%s\\n" "$*" >>count\npwd\n');
    const secrets = { one: { command: ["sh", script, "$$HOME; x"] }, two: { command: ["sh", script, "$$HOME; x"] } };
    const runs = () => readFileSync(join(site.rig.directory, "count"), "utf8").split("\n").slice(0, -1);
    site.declare({ web: { secrets }, db: { secrets } });
    await site.rig.expect(0, "apply", "-y");
    assert.equal(runs(), ["$HOME; x"]);
    assert.is(await site.inside("cat", "/run/secrets/one"), site.rig.directory);
    for (const verb of ["status", "drift", "inspect", "config", "validate", "history", "events"]) await site.rig.expect(0, verb);
    assert.is(runs().length, 1);
    await site.rig.expect(0, "plan");
    assert.is(runs().length, 2);
  }),
);

live("what was saved is carried out where the sources hold what they held then, and nothing else", () =>
  withSite(async (site) => {
    site.rig.write("db.txt", "one\n");
    site.declare({ web: { secrets: { db: { file: "./db.txt" } } } });
    await site.rig.expect(0, "plan", "-o", "saved");
    site.rig.write("db.txt", "two\n");
    const { stdout, stderr } = await site.rig.expect(1, "apply", "-y", "--plan", "saved");
    assert.match(stdout + stderr, /plan\/stale[\s\S]*web\.secrets\.db is not what it was when the plan was made/);
    site.rig.write("db.txt", "one\n");
    await site.rig.expect(0, "apply", "-y", "--plan", "saved");
    assert.is(await site.inside("cat", "/run/secrets/db"), "one");
    assert.match((await site.rig.expect(0, "plan", "--script")).stdout, /Nothing is to be done/);
    site.rig.write("db.txt", "two\n");
    const refused = (await site.rig.expect(1, "plan", "--script")).stderr;
    assert.ok(refused.includes("error secret/in-script: web.secrets.db: "), refused);
    await site.apply();
    await site.rig.expect(0, "rollback", "-y");
    assert.is(await site.inside("cat", "/run/secrets/db"), "two", "values are not kept: an earlier generation has today's");
  }),
);

live("the key is the project's own, for root alone, and goes with it; one that was lost is made anew, and nothing restarts", () =>
  withSite(async (site) => {
    site.rig.write("db.txt", "one\n");
    const key = join(site.rig.stateDir, "state", site.rig.project, "secrets.key");
    site.declare({ web: { secrets: { db: { file: "./db.txt" } } } });
    await site.rig.expect(0, "plan");
    assert.throws(() => statSync(key), /ENOENT/, "a plan writes nothing");
    await site.apply();
    const { mode, size } = statSync(key);
    assert.equal([mode & 0o7777, size], [0o600, 32]);
    const { identity } = await site.seen();
    for (const lose of [() => rmSync(key), () => writeFileSync(key, "cut")]) {
      lose();
      assert.equal(await site.changes(), [], "what lies inside is compared with the source, and not with a record");
      await site.apply();
      assert.is(statSync(key).size, 32);
      assert.equal((await site.status()).pending, []);
      assert.is((await site.seen()).identity, identity);
    }
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.throws(() => statSync(key), /ENOENT/);
  }),
);

test.run();
