import { test } from "uvu";
import * as assert from "uvu/assert";
import { architectures, isForeign } from "../../../src/model/architecture.ts";
import type { Facts } from "../../../src/model/fact.ts";
import type { Scope } from "../../../src/model/resource.ts";
import { architecture, architectureProblems } from "../../../src/resources/architecture.ts";
import { sampleScope } from "../../support/sample-scope.ts";

const line = "40 30 0:50 / /proc/sys/fs/binfmt_misc ro,nosuid,nodev,noexec,relatime - binfmt_misc none rw";

function facts(known: Readonly<Record<string, string>>): Facts {
  return { get: (name) => (known[name] === undefined ? { absent: "not there" } : { text: known[name] }) };
}

const here = {
  "host/osrelease": "6.7.0\n",
  "host/filesystem/binfmt_misc": "present",
  "tool/qemu-aarch64-static": "/usr/bin/qemu-aarch64-static",
};

function scopeOf(name: string, written = ""): ReturnType<typeof sampleScope> {
  const scope = sampleScope(written);
  const rootfs = { type: "directory", directory: "/r", architecture: architectures.find((one) => one === name) ?? "amd64" } as const;
  return { ...scope, environment: { ...scope.environment, rootfs } };
}

function problems(scope: Scope, known: Readonly<Record<string, string>>): readonly string[] {
  return architectureProblems(scope, facts(known)).map(({ code, message, hint = "" }) => `${code}: ${message}; ${hint}`);
}

test("what the host runs by itself needs no interpreter", () => {
  for (const name of ["amd64", "i386"]) {
    assert.is(architecture.want(scopeOf(name), facts({})).size, 0);
    assert.equal(problems(scopeOf(name), {}), []);
  }
  assert.ok(isForeign("arm64", "x64"));
  assert.ok(isForeign("armhf", "arm64"));
  assert.not.ok(isForeign("arm64", "arm64"));
});

test("an entry is as wanted only where it is that interpreter, enabled, in a mount that nobody can write to", () => {
  const scope = { ...scopeOf("arm64"), keeper: { pid: 1, start: "1", assembled: true, parent: 1, base: 1 } };
  const [want] = architecture.want(scope, facts(here)).values();
  if (want === undefined) throw new Error("nothing is wanted");
  const entry = want.text.replace(/; [^;]*$/, "");
  const differences = (known: Readonly<Record<string, string>>) => {
    const [have] = architecture.have(scope, facts({ ...here, "keeper/mountinfo": `${line}\n`, ...known })).values();
    return have === undefined ? null : architecture.compare(want, have).length;
  };
  assert.is(differences({ "keeper/binfmt/qemu-aarch64": entry }), 0);
  assert.is(differences({ "keeper/binfmt/qemu-aarch64": entry.replace("enabled", "disabled") }), 1);
  assert.is(differences({ "keeper/binfmt/qemu-aarch64": entry.replace("/usr/bin/", "/tmp/") }), 1);
  assert.is(differences({}), 1);
  assert.is(differences({ "keeper/binfmt/qemu-aarch64": entry, "keeper/mountinfo": `${line.replace(" ro,", " rw,")}\n` }), 1);
  assert.is(differences({ "keeper/binfmt/qemu-aarch64": entry, "keeper/mountinfo": "" }), null);
});

test("what is missing is told before anything is begun: the interpreter's package, the kernel, the user namespace, the proc", () => {
  assert.equal(problems(scopeOf("arm64"), here), []);
  assert.equal(problems(scopeOf("riscv64"), here), [
    "host/missing-tool: web: qemu-riscv64-static is not installed, and rootfs.architecture riscv64 needs it; apt-get install qemu-user-static",
  ]);
  assert.equal(problems(scopeOf("arm64"), { ...here, "host/osrelease": "6.1.0-50-amd64\n" }), [
    "rootfs/foreign-architecture: web.rootfs.architecture: no user namespace has a binfmt_misc of its own in this kernel, and arm64 needs one; a kernel from 6.7 on",
  ]);
  const { "host/filesystem/binfmt_misc": _, ...without } = here;
  assert.equal(problems(scopeOf("arm64"), without), [
    "rootfs/foreign-architecture: web.rootfs.architecture: this kernel has no binfmt_misc, and arm64 needs it; a kernel with CONFIG_BINFMT_MISC",
  ]);
  assert.equal(problems(scopeOf("arm64", "users: host\n    unsafe: [host-user]"), here), [
    "rootfs/foreign-architecture: web.rootfs.architecture: arm64 needs a user namespace of the environment's own: the host's binfmt_misc is left alone; take users: auto",
  ]);
  assert.equal(problems(scopeOf("arm64", "mounts: { /proc: null }"), here), [
    "rootfs/foreign-architecture: web.rootfs.architecture: arm64 needs a proc at /proc; leave that mount as it is by default",
  ]);
});

test.run();
