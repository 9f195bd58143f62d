import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Root } from "../../../src/model/root.ts";
import type { BuiltRootfs, LayeredRootfs, ReleaseRootfs } from "../../../src/model/rootfs.ts";
import type { Step } from "../../../src/model/step.ts";
import { builtRoot, rootAddress, rootFacts, rootKey, rootName, rootProblems, roots } from "../../../src/resources/rootfs.ts";
import { factsOf } from "../../support/root-build.ts";
import { bookworm, file, here, keyring, setup, tools } from "../../support/sample-rootfs.ts";

const places = { run: "/run", store: "/store", uppers: "/uppers", volumes: "/volumes", logs: "/logs", cgroups: [] };
const machine = { shim: "/shim.pl", architecture: "x64", lastCapability: 40, raisesLimits: true };
const none = factsOf({});

function stepsOf(want: BuiltRootfs, table: Readonly<Record<string, string | null>>): readonly Step[] {
  const facts = factsOf(table);
  const key = rootKey(want, facts);
  return roots.create({ key, address: rootAddress(key, want), want, facts, places, machine, building: new Set() });
}

function commandOf(step: Step | undefined): readonly string[] {
  return step?.type === "run" ? step.command.map(String) : [];
}

test("the key is of what decides the content, in one form for all spellings", () => {
  const key = rootKey(bookworm, none);
  assert.is(key, "2f045a49f1046f11");
  const same: readonly Partial<ReleaseRootfs>[] = [
    { mirror: "http://other/debian" },
    { keyring: "/k.gpg" },
    { tool: "debootstrap" },
    { components: ["main", "main"] },
  ];
  for (const changes of same) assert.is(rootKey({ ...bookworm, ...changes }, none), key, JSON.stringify(changes));
  const other: readonly Partial<ReleaseRootfs>[] = [
    { release: "trixie" },
    { variant: "buildd" },
    { components: ["main", "contrib"] },
    { packages: ["curl"] },
    { distribution: "ubuntu" },
  ];
  const keys = other.map((changes) => rootKey({ ...bookworm, ...changes }, none));
  assert.is(new Set([key, ...keys]).size, other.length + 1);
  assert.is(rootKey({ ...bookworm, packages: ["b", "a", "b"] }, none), rootKey({ ...bookworm, packages: ["a", "b"] }, none));
});

test("a tar is known by its bytes, and a missing one by nothing in the store", () => {
  const tar = { type: "tar", tar: "/srv/root.tar" } as const;
  const digest = "ab".repeat(32);
  assert.is(rootKey(tar, factsOf({ "tar//srv/root.tar": digest })), "abababababababab");
  const missing = factsOf({ "tar//srv/root.tar": null, "store/0000000000000000": null, "source//srv/root.tar": null });
  assert.is(builtRoot(tar, missing), null);
  assert.equal(
    rootProblems(tar, missing).map(({ code, message }) => `${code}: ${message}`),
    ["rootfs/missing: the root's tar is not there: /srv/root.tar"],
  );
  assert.ok(rootFacts(tar).includes("store/0000000000000000"));
});

test("names for people", () => {
  const files: LayeredRootfs = { type: "layered", base: bookworm, layer: { type: "files", files: {} } };
  const first: LayeredRootfs = { type: "layered", base: files, layer: setup("one") };
  assert.is(rootName(first), "bookworm-minbase+files+setup");
  assert.is(rootName({ type: "layered", base: first, layer: setup("other") }), "bookworm-minbase+files+setup+2");
  assert.is(rootName(bookworm), "bookworm-minbase");
  assert.is(rootName({ ...bookworm, packages: ["a", "b"] }), "bookworm-minbase+2");
  assert.is(rootName({ type: "directory", directory: "/srv/root" }), "/srv/root");
});

test("the tool that is asked for, or the quicker one that is here", () => {
  const tool = (table: Readonly<Record<string, string | null>>, changes: Partial<ReleaseRootfs> = {}) => {
    const command = commandOf(stepsOf({ ...bookworm, ...changes }, { ...here, ...table })[1]);
    return command.find((word) => word === "mmdebstrap" || word === "debootstrap");
  };
  assert.is(tool({}), "mmdebstrap");
  assert.is(tool({}, { tool: "debootstrap" }), "debootstrap");
  assert.is(tool({ "tool/mmdebstrap": null }), "debootstrap");
  // A plan can be shown anywhere.
  assert.is(tool({ "tool/mmdebstrap": null, "tool/debootstrap": null }), "mmdebstrap");
});

test("what makes the links into /usr, by distribution and release; debootstrap is told by which script", () => {
  const told = (release: string, distribution: "debian" | "ubuntu", tool: "mmdebstrap" | "debootstrap") => {
    const want = { ...bookworm, release, distribution, tool };
    const absent = { [`store/${rootKey(want, none)}`]: null };
    const command = commandOf(stepsOf(want, { ...here, ...absent })[1]);
    return command
      .flatMap((word) => /maybe-merged-usr$|setup-hook=|^--(?:no-)?merged-usr$/.exec(word)?.[0] ?? [])
      .concat(command.slice(-1))
      .join(" ");
  };
  const copied = "http://deb.debian.org/debian";
  assert.is(told("bookworm", "debian", "mmdebstrap"), `maybe-merged-usr ${copied}`);
  assert.is(told("jammy", "ubuntu", "mmdebstrap"), `setup-hook= ${copied}`);
  assert.is(told("noble", "ubuntu", "mmdebstrap"), copied);
  assert.is(told("bionic", "ubuntu", "mmdebstrap"), copied);
  assert.is(told("trixie", "debian", "debootstrap"), "--merged-usr sid");
  assert.is(told("noble", "ubuntu", "debootstrap"), "--merged-usr gutsy");
  assert.is(told("bionic", "ubuntu", "debootstrap"), "--no-merged-usr gutsy");
});

test("what is missing is told before anything is started", () => {
  const problems = (table: Readonly<Record<string, string | null>>, changes: Partial<ReleaseRootfs> = {}) =>
    rootProblems({ ...bookworm, ...changes }, factsOf({ ...here, ...table })).map(
      ({ code, message, hint }) => `${code}: ${message} (${hint})`,
    );
  assert.equal(problems({}), []);
  assert.equal(problems({ "tool/mmdebstrap": null, "tool/debootstrap": null }), [
    "rootfs/no-tool: neither mmdebstrap nor debootstrap is installed, one is needed to build bookworm (apt-get install mmdebstrap)",
  ]);
  assert.equal(problems({ "tool/mmdebstrap": null }, { tool: "mmdebstrap" }), [
    "rootfs/no-tool: mmdebstrap is not installed, it is needed to build bookworm (apt-get install mmdebstrap)",
  ]);
  assert.equal(problems({ "tool/mmdebstrap": null }), []);
  assert.equal(problems({ [`source/${keyring}`]: null }), [
    `rootfs/no-keyring: the keyring that proves bookworm is not on this machine: ${keyring} (apt-get install debian-archive-keyring)`,
  ]);
  const stored: Root = {
    ...{ schema: "cloister/root/v1", key: "2f045a49f1046f11", digest: "a".repeat(64), name: "x", format: "erofs", spec: {} },
    ...{ builder: { name: "mmdebstrap", version: null }, date: "", bytes: 1, packages: 1 },
  };
  assert.equal(
    problems({ "store/2f045a49f1046f11": JSON.stringify(stored), [`source/${keyring}`]: null }),
    [],
    "a root that stands in the store needs neither",
  );
});

test("what is locked and in no lock any more is told, and needs no keyring", () => {
  const locked = "ab".repeat(32);
  const gone = {
    ...tools,
    "run/offline": "yes",
    [`source/${keyring}`]: null,
    [`lock/${locked}`]: null,
    "store/abababababababab": null,
  };
  assert.is(rootKey({ ...bookworm, locked }, none), "abababababababab");
  assert.equal(
    rootProblems({ ...bookworm, locked }, factsOf(gone)).map(({ code, message }) => `${code}: ${message}`),
    [`lock/missing: what bookworm was locked to (sha256 ${locked}) stands neither in the lock nor in the store`],
  );
});

test("the keyring of Ubuntu is named with its package, wherever that is to be had", () => {
  const ubuntu = "/usr/share/keyrings/ubuntu-archive-keyring.gpg";
  const jammy: ReleaseRootfs = { ...bookworm, release: "jammy", distribution: "ubuntu", keyring: ubuntu };
  const [problem] = rootProblems(
    jammy,
    factsOf({ ...tools, "run/offline": null, [`source/${ubuntu}`]: null, [`store/${rootKey(jammy, none)}`]: null }),
  );
  assert.match(problem?.message ?? "", /jammy is not on this machine: \/usr\/share\/keyrings\/ubuntu-archive-keyring\.gpg$/);
  assert.match(problem?.hint ?? "", /ubuntu-keyring \(Ubuntu\) or ubuntu-archive-keyring \(Debian 13/);
});

test("the steps of a release", () => {
  const steps = stepsOf({ ...bookworm, packages: ["curl", "nginx-light"] }, { ...here, "store/2f045a49f1046f11": null });
  assert.equal(
    steps.map(({ type, title }) => `${type}: ${title}`),
    [
      "stage: prepare the build of bookworm-minbase+2",
      "run: build bookworm-minbase+2 with mmdebstrap",
      "image: put bookworm-minbase+2 into the store",
    ],
  );
  const command = commandOf(steps[1]);
  assert.equal(command.slice(0, 2), ["env", "--ignore-environment"]);
  for (const word of [
    "--kill-child",
    "--pdeathsig",
    "--keyring=/run/cloister/keyrings",
    "--include=curl,nginx-light",
    "--hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr",
  ])
    assert.ok(command.includes(word), word);
  assert.ok(command.indexOf("--") < command.lastIndexOf("bookworm"), "operands stand after --");
});

test("debootstrap always verifies", () => {
  const command = commandOf(stepsOf({ ...bookworm, tool: "debootstrap" }, here)[1]);
  for (const word of ["--force-check-gpg", "--keyring=/run/cloister/keyrings/keyring.gpg", "--merged-usr", "--variant=minbase"])
    assert.ok(command.includes(word), word);
});

test("what a manifest says reaches the shell as an argument only", () => {
  const evil = "$(touch /evil)`;'\"";
  for (const tool of ["mmdebstrap", "debootstrap"] as const) {
    const scripts = (rootfs: ReleaseRootfs) =>
      stepsOf(rootfs, { ...here, "source/": null }).map((step) => commandOf(step).at(commandOf(step).indexOf("-c") + 1));
    const harmless = scripts({ ...bookworm, tool });
    assert.equal(
      scripts({ ...bookworm, tool, packages: [evil], mirror: evil, release: evil, keyring: evil, components: [evil], variant: evil }),
      harmless,
    );
  }
});

test("a tree where mkfs.erofs is missing", () => {
  const [build, put] = stepsOf(bookworm, { ...here, "tool/mkfs.erofs": null }).slice(1);
  assert.is(commandOf(build)[commandOf(build).indexOf("sh", 2) + 5], "tree");
  assert.is(put?.type === "image" ? put.root.format : "", "tree");
});

test("the program of a tar's compression is asked for by name", () => {
  const problem = (tar: string) => {
    const facts = factsOf({
      [`tar/${tar}`]: "ab".repeat(32),
      "store/abababababababab": null,
      [`source/${tar}`]: file,
      "tool/xz": null,
      "tool/zstd": null,
    });
    return rootProblems({ type: "tar", tar }, facts).map(({ message }) => message);
  };
  assert.equal(problem("/r.tar"), []);
  assert.equal(problem("/r.tar.gz"), []);
  assert.equal(problem("/r.tar.zst"), ["zstd is not installed, it is needed to unpack /r.tar.zst"]);
  assert.equal(problem("/r.txz"), ["xz is not installed, it is needed to unpack /r.txz"]);
});

test.run();
