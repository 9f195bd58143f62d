import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { UnitRequest } from "../../../src/cli/systemd-unit.ts";
import { systemdUnit } from "../../../src/cli/systemd-unit.ts";
import { needs } from "../../support/needs.ts";

const request: UnitRequest = {
  project: "blog",
  program: "/bin/sh",
  node: process.execPath,
  directory: "/srv/my blog",
  settings: { files: [], profiles: [], envFiles: [], project: null, dataDir: null, stateDir: null, yes: false },
  interval: null,
  environments: [],
  variables: [],
  secrets: [],
};

function execStart(given: Partial<UnitRequest>): string {
  return /^ExecStart=(.*)$/m.exec(systemdUnit({ ...request, ...given }))?.[1] ?? "";
}

test("every path is absolute, and what systemd would read as more than text is quoted", () => {
  assert.is(execStart({}), '/bin/sh watch --file "/srv/my blog/cloister.yaml"');
  const settings = { ...request.settings, files: ["50%.yaml", "a$b.yaml"], yes: true, stateDir: "state" };
  assert.is(
    execStart({ directory: "/srv", settings, interval: "5m", environments: ["web"] }),
    '/bin/sh watch --file /srv/50%%.yaml --file "/srv/a$$b.yaml" --state-dir /srv/state --interval 5m --yes web',
  );
});

test("profiles and env files go with it, and it says which variables it would lack", () => {
  const settings = { ...request.settings, profiles: ["dev", "*"], envFiles: ["a.env", "/b.env"] };
  assert.is(
    execStart({ directory: "/srv", settings }),
    '/bin/sh watch --file /srv/cloister.yaml --env-file /srv/a.env --env-file /b.env --profile dev --profile "*"',
  );
  assert.match(systemdUnit({ ...request, variables: ["TZ", "NAME"] }), /^# The manifest uses TZ, NAME of the environment/m);
  assert.not.match(systemdUnit(request), /The manifest uses|Secrets are/);
  assert.match(systemdUnit({ ...request, secrets: ["DB_PASSWORD"] }), /^# Secrets are read from DB_PASSWORD: /m);
});

test("a manifest from standard input is refused", () => {
  assert.throws(() => systemdUnit({ ...request, settings: { ...request.settings, files: ["-"] } }), /standard input/);
});

needs(test, "systemd-analyze")("systemd takes it without a word", () => {
  const directory = mkdtempSync(join(tmpdir(), "cloister-unit-"));
  const file = join(directory, "cloister-blog.service");
  try {
    writeFileSync(file, systemdUnit(request));
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
    assert.equal([status, stdout + stderr], [0, ""]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.run();
