import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cloister, withFiles } from "../../support/command-line.ts";

const manifest = (name: string) => `api_version: cloister/v1
name: blog
environments:
  web:
    rootfs: { release: bookworm }
    hostname: ${name}
  debug:
    profiles: [dev]
    rootfs: { release: bookworm }
`;

test("variables come from the environment, then from .env beside the manifest, then from the default", () => {
  withFiles(
    { "cloister.yaml": manifest("${NAME:-default}"), ".env": "NAME=file\n", "other.env": "NAME=other\n", "more.env": "NAME=more\n" },
    (cwd) => {
      const name = (args: readonly string[], env: Readonly<Record<string, string>> = {}, from = cwd) =>
        /hostname: (.*)/.exec(cloister(["config", ...args], { cwd: from, env }).out)?.[1];
      assert.is(name([]), "file");
      assert.is(name(["-f", join(cwd, "cloister.yaml")], {}, "/"), "file");
      assert.is(name([], { NAME: "environment" }), "environment");
      assert.is(name(["--env-file", "other.env"]), "other");
      assert.is(name(["--env-file", "other.env", "--env-file", "more.env"]), "more");
      assert.is(name(["--env-file", "/dev/null"]), undefined);
      assert.match(
        cloister(["config", "--env-file", "none.env"], { cwd }).error,
        /^error manifest\/env-file: there is no env file .*none\.env/,
      );
    },
  );
});

test("config --variables lists them, also where one is missing, which ends it with 3", () => {
  withFiles({ "cloister.yaml": manifest("${NAME:?how is it called}") }, (cwd) => {
    assert.equal(cloister(["config", "--variables"], { cwd, env: { NAME: "n" } }), {
      code: 0,
      out: 'NAME = "n"  (the environment)\n  ${NAME:?how is it called}  cloister.yaml:6\n',
      error: "",
    });
    const missing = cloister(["config", "--variables"], { cwd });
    assert.is(missing.code, 3);
    assert.match(missing.out, /^NAME = not set\n/);
    assert.match(missing.error, /error manifest\/unset-variable: variable NAME is not set: how is it called\n {2}cloister\.yaml:6:15\n/);
    const json = cloister(["config", "--variables", "--json"], { cwd });
    assert.is(json.code, 3);
    assert.is(JSON.parse(json.out).variables[0].value, null);
    assert.is(cloister(["config", "--variables", "web"], { cwd }).code, 64);
  });
});

test("a line of .env that is wrong is shown, but only where .env is needed", () => {
  withFiles({ "cloister.yaml": manifest("$NAME"), "plain.yaml": manifest("www"), ".env": "NAME=a\nno line\n" }, (cwd) => {
    assert.match(
      cloister(["validate"], { cwd }).error,
      /^error manifest\/env-file: "no line" sets no variable\n.*\.env:2:1\n {2}2 \| no line\n/,
    );
    assert.is(cloister(["validate"], { cwd, env: { NAME: "a", CLOISTER_PROFILES: "" } }).code, 0);
    assert.is(cloister(["validate", "-f", "plain.yaml", "--profile", "*"], { cwd }).code, 0);
  });
});

test("profiles are named by the flag, by CLOISTER_PROFILES, or in .env", () => {
  withFiles({ "cloister.yaml": manifest("www"), "on.env": "CLOISTER_PROFILES=dev\n" }, (cwd) => {
    const said = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => cloister(["validate", ...args], { cwd, env }).out;
    assert.match(said([]), /1 environment \(web\)/);
    for (const args of [
      ["--profile", "dev"],
      ["--profile", "x", "--profile", "*"],
      ["--env-file", "on.env"],
    ])
      assert.match(said(args), /2 environments \(web, debug\)/, args.join(" "));
    assert.match(said([], { CLOISTER_PROFILES: "ops,dev" }), /2 environments/);
    const strange = cloister(["validate", "--profile", "dve"], { cwd });
    assert.match(strange.error, /warning manifest\/unknown-profile: no environment has the profile "dve"\n {2}hint: did you mean "dev"\?/);
    assert.is(strange.code, 0);
    const { code, error } = cloister(["config", "debug"], { cwd });
    assert.is(code, 64);
    assert.match(error, /"debug" is not active: it is in profile dev\n {2}hint: make it active: --profile dev/);
  });
});

test("unit writes the profiles of the caller's environment into the service", () => {
  withFiles({ "cloister.yaml": manifest("$NAME") }, (cwd) => {
    const { out } = cloister(["unit"], { cwd, env: { NAME: "n", CLOISTER_PROFILES: "dev, ops" } });
    assert.match(out, / --profile dev --profile ops$/m);
    assert.match(out, /^# The manifest uses NAME of the environment/m);
  });
});

test.run();
