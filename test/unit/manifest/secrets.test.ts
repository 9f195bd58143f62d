import { test } from "uvu";
import * as assert from "uvu/assert";
import { environmentOf, toldOf } from "../../support/manifest.ts";

test("a secret has a source, a target on the tmpfs that comes with it, an owner and a mode", () => {
  const { secrets, mounts } = environmentOf("secrets: { a: { file: ./a.txt }, b: { command: [pass, 1], uid: 5, gid: 6, mode: 0o440 } }");
  assert.equal(secrets, {
    a: { file: "/work/site/a.txt", target: "/run/secrets/a", uid: 0, gid: 0, mode: "0400" },
    b: { command: ["pass", "1"], target: "/run/secrets/b", uid: 5, gid: 6, mode: "0440" },
  });
  const { type, options, size, mode } = mounts["/run/secrets"] ?? {};
  assert.equal([type, options, size, mode], ["tmpfs", ["nodev", "noexec", "nosuid"], 16 * 1024 * 1024, "0755"]);
  assert.equal(Object.keys(mounts), [...Object.keys(mounts)].sort());
});

test("the tmpfs is there where a secret needs it, and one that is declared holds", () => {
  assert.is(environmentOf("").mounts["/run/secrets"], undefined);
  assert.is(environmentOf("secrets: { a: { environment: A, target: /run/a } }").mounts["/run/secrets"], undefined);
  const own = environmentOf("secrets: { a: { environment: A } }\nmounts: { /run/secrets: { type: tmpfs, size: 1M } }");
  assert.is(own.mounts["/run/secrets"]?.size, 1024 * 1024);
});

const told: Readonly<Record<string, string>> = {
  "{ a: {} }": "manifest/missing-key 6 nothing says where the secret comes from",
  "{ a: { file: ./a, environment: A } }": "manifest/conflict 6 a secret has one source, and this one has file and environment",
  "{ a: { environment: A, target: run/a } }": 'manifest/bad-target 6 secret "run/a" must be an absolute path',
  "{ a: { environment: A, target: /run/../a } }": 'manifest/bad-target 6 secret "/run/../a" must not contain ".."',
  "{ a: { environment: A, target: /etc/a } }":
    'manifest/conflict 6 secret "/etc/a" lies on no tmpfs, and a secret is not written to a disk',
  "{ a: { environment: A, target: /run } }": 'manifest/conflict 6 secret "/run" is where "/run" is mounted',
  "{ a: { environment: A, target: /proc/a } }": 'manifest/conflict 6 secret "/proc/a" lies in a file system of the kernel',
  "{ a: { environment: A, target: /run/x }, b: { environment: B, target: /run/x/y } }":
    'manifest/conflict 6 secret "/run/x/y" and "/run/x" are in each other\'s way',
  "{ a: { environment: A, uid: 70000 } }": "manifest/id-range 6 id 70000 is not among the environment's ids",
  "{ a: { environment: 1A } }":
    'manifest/wrong-format 6 web.secrets.a.environment must be the name of a variable, such as DB_PASSWORD, not "1A"',
};

for (const [secrets, problem] of Object.entries(told))
  test(`${secrets}: ${problem}`, () => assert.equal(toldOf(`secrets: ${secrets}`), [problem]));

test("a secret and a file are not at one place; a bind that holds the target is no tmpfs", () => {
  assert.equal(toldOf("secrets: { a: { environment: A, target: /run/a } }\nfiles: { /run/a: { content: x } }"), [
    'manifest/conflict 6 secret "/run/a" and "/run/a" are in each other\'s way',
  ]);
  assert.equal(toldOf("secrets: { a: { environment: A } }\nmounts: { /run/secrets: ./here }"), [
    'manifest/conflict 6 secret "/run/secrets/a" lies on no tmpfs, and a secret is not written to a disk',
  ]);
  const many = Array.from({ length: 33 }, (_, index) => `s${index}: { environment: A }`).join(", ");
  assert.equal(toldOf(`secrets: { ${many} }`), ["manifest/out-of-range 6 there are 33 secrets, more than 32"]);
});

test.run();
