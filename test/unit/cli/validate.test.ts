import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cloister, goodManifest, withFiles, withInstalled } from "../../support/command-line.ts";

const bad = goodManifest.replace("size: 64M", "sise: 64M").replace("db:\n    rootfs", "db:\n    rootfss");

test("a good manifest is said to be one, in one line", () => {
  withFiles({ "cloister.yaml": goodManifest }, (cwd) => {
    assert.equal(cloister(["validate"], { cwd }), { code: 0, out: "blog is valid: 2 environments (web, db)\n", error: "" });
    assert.equal(cloister(["validate", "-q"], { cwd }), { code: 0, out: "", error: "" });
    assert.is(cloister(["validate", "-p", "other"], { cwd }).out, "other is valid: 2 environments (web, db)\n");
  });
});

test("all problems are told in one run, with frames", () => {
  withFiles({ "web.yaml": bad }, (cwd) => {
    const { code, out, error } = cloister(["validate", "-f", "web.yaml"], { cwd });
    assert.is(code, 3);
    assert.is(out, "");
    assert.match(error, /^error manifest\/unknown-key: mount has no key "sise"\n {2}web\.yaml:7:28\n/);
    assert.match(error, /did you mean "size"\?/);
    assert.match(error, /web\.yaml:9:5/);
    assert.match(error, /\n\n[23] errors\n$/);
  });
});

test("json and github forms say the same", () => {
  withFiles({ "web.yaml": bad }, (cwd) => {
    const json = JSON.parse(cloister(["validate", "--json", "web.yaml"], { cwd }).out);
    const same = JSON.parse(cloister(["validate", "--format", "json", "web.yaml"], { cwd }).out);
    assert.equal(json, same);
    assert.is(json.schema, "cloister/diagnostics/v1");
    assert.is(json.valid, false);
    assert.equal(json.diagnostics[0].at, { file: "web.yaml", line: 7, column: 28, length: 4 });
    const github = cloister(["validate", "--format", "github", "web.yaml"], { cwd });
    assert.is(github.code, 3);
    assert.is(
      github.out.split("\n")[0],
      '::error file=web.yaml,line=7,col=28,endColumn=32,title=manifest/unknown-key::mount has no key "sise" (did you mean "size"?)',
    );
    assert.is(github.out.trimEnd().split("\n").length, json.errors);
  });
});

test("a manifest comes from standard input, several files, a directory", () => {
  const over = "environments: { web: { hostname: other } }\n";
  withFiles({ "a.yaml": goodManifest, "b.yaml": over, ".hidden.yaml": "no: manifest", "c.txt": "no: manifest" }, (cwd) => {
    assert.is(cloister(["validate", "-"], { cwd, input: goodManifest }).code, 0);
    assert.match(cloister(["validate", "-"], { cwd, input: bad }).error, /\n {2}stdin:7:28\n/);
    for (const args of [
      ["-f", "a.yaml", "-f", "b.yaml"],
      ["-f", "."],
      ["-C", cwd, "-f", "a.yaml", "-f", "b.yaml"],
    ]) {
      const { out, error } = cloister(["config", "--json", ...args], { cwd: args[0] === "-C" ? "/" : cwd });
      assert.is(error, "");
      assert.is(JSON.parse(out).manifest.environments.web.hostname, "other");
    }
  });
});

test("the canonical form of a manifest is a manifest, and its own canonical form", () => {
  withFiles({ "cloister.yaml": goodManifest }, (cwd) => {
    const first = cloister(["config"], { cwd }).out;
    const second = cloister(["config", "-f", "-"], { cwd, input: first });
    assert.is(second.error, "");
    assert.is(second.out, first);
    assert.match(cloister(["config", "--origin", "web"], { cwd }).out, /size: 64M # cloister\.yaml:7\n/);
  });
});

test("files that cannot be read are told all at once, each with what to do", () => {
  withFiles({ "web.yaml": goodManifest, "latin1.yaml": Buffer.from([0x61, 0x3a, 0xe4, 0x0a]) }, (cwd) => {
    mkdirSync(join(cwd, "empty"));
    const { error, code } = cloister(["validate", "wbe.yaml", "empty", "latin1.yaml", "no/where.yaml"], { cwd });
    assert.is(code, 3);
    assert.is(
      error.replaceAll(cwd, "DIR"),
      [
        "error manifest/not-found: there is no wbe.yaml in DIR\n  hint: did you mean web.yaml?\n",
        "error manifest/not-found: the directory empty holds no *.yaml\n  hint: name the manifest itself with -f\n",
        "error manifest/unreadable: latin1.yaml cannot be read\n  > it is not UTF-8 text\n",
        "error manifest/not-found: there is no no/where.yaml in DIR/no\n  hint: name a manifest with -f, or go to its directory with -C\n",
      ].join("\n"),
    );
  });
});

test("without a manifest the others of the directory are named", () => {
  withFiles({ "web.yaml": goodManifest }, (cwd) => {
    assert.match(
      cloister(["validate"], { cwd }).error,
      /there is no cloister\.yaml in .*\n {2}hint: here are web\.yaml: name one with -f\n$/,
    );
  });
});

test("a file that is too large is refused without being read whole", () => {
  withFiles({ "big.yaml": `${goodManifest}# ${"x".repeat(400_000)}\n` }, (cwd) => {
    assert.match(cloister(["validate", "big.yaml"], { cwd }).error, /^error manifest\/too-large: /);
    assert.match(cloister(["validate", "/dev/zero"], { cwd }).error, /^error manifest\/(too-large|unreadable): /);
  });
});

test("reading and checking need no root, what changes or looks into environments does", () => {
  withInstalled({ "cloister.yaml": goodManifest }, (cwd, program) => {
    const nobody = process.geteuid?.() === 0 ? { program, uid: 65_534 } : { program };
    assert.is(cloister(["validate"], { cwd, ...nobody }).code, 0);
    assert.is(cloister(["config"], { cwd, ...nobody }).code, 0);
    for (const verb of ["plan", "apply", "status", "destroy", "build", "verify", "inspect"]) {
      const { code, error } = cloister([verb], { cwd, ...nobody });
      assert.is(code, 6, verb);
      assert.is(
        error,
        `error host/no-root: ${verb} needs root, for now\n  hint: sudo cloister ${verb} ...; validate, config and doctor need no root\n`,
      );
    }
    assert.is(cloister(["exec", "web", "true"], { cwd, ...nobody }).code, 125);
  });
});

test.run();
