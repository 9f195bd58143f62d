import * as fs from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadCached } from "../../../src/cli/manifest-cache.ts";
import type { LoadRequest } from "../../../src/manifest/load.ts";
import { load } from "../../../src/manifest/load.ts";
import { variablesOf } from "../../../src/manifest/variables.ts";

const text = "api_version: cloister/v1\nname: cached\nenvironments:\n  web:\n    rootfs: { directory: /srv/root }\n";
// Of this process alone: another run of the tests has another one.
const directory = `/srv/test-${process.pid}`;
const cache = "/var/cache/cloister/manifests";

interface Trial {
  readonly text?: string;
  readonly exists?: boolean;
  /** What every file of the host holds. */
  readonly held?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** What stands in .env. */
  readonly dotEnv?: string;
  readonly profiles?: readonly string[];
  readonly bases?: LoadRequest["bases"];
}

/** Loads, and says whether it was really read. */
function read(trial: Trial = {}): { readonly wasRead: boolean; readonly names: readonly string[] } {
  let wasRead = false;
  const request = {
    sources: [{ path: "web.yaml", text: trial.text ?? text, bases: { "./base.yaml": "base.yaml" } }],
    directory,
    exists: () => trial.exists ?? true,
    read: () => ({ bytes: Buffer.from(trial.held ?? "") }),
    readText: () => (trial.held === undefined ? null : { text: trial.held }),
    variables: variablesOf(trial.variables ?? {}, () => [{ path: "/.env", text: trial.dotEnv ?? "" }]),
    ...(trial.profiles === undefined ? {} : { profiles: trial.profiles }),
    ...(trial.bases === undefined ? {} : { bases: trial.bases }),
  };
  const loaded = loadCached(request, (given) => {
    wasRead = true;
    return load(given);
  });
  return { wasRead, names: "manifest" in loaded ? [...loaded.manifest.environments.keys()] : [] };
}

function forget(): void {
  for (const name of fs.existsSync(cache) ? fs.readdirSync(cache) : []) {
    if (textAt(`${cache}/${name}`).includes(directory)) fs.rmSync(`${cache}/${name}`);
  }
}

// Other runs on this machine make room in the cache meanwhile: what is theirs may be gone.
function textAt(path: string): string {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

test.after.each(forget);

test("the same texts are read once, and are the same manifest then", () => {
  assert.equal(read(), { wasRead: true, names: ["web"] });
  assert.equal(read(), { wasRead: false, names: ["web"] });
});

test("another text, or another answer of the host, is read anew", () => {
  read();
  assert.is(read({ text: text.replace("web:", "db:") }).wasRead, true);
  assert.equal(read({ text: text.replace("web:", "db:") }), { wasRead: false, names: ["db"] });
  assert.is(read({ text: text.replace("web:", "db:"), exists: false }).wasRead, true);
});

test("a manifest is read anew where a file that it copies holds something else", () => {
  const copying = { text: `${text}    files: { /etc/app.conf: ./app.conf }\n` };
  assert.is(read({ ...copying, held: "one" }).wasRead, true);
  assert.is(read({ ...copying, held: "one" }).wasRead, false);
  assert.is(read({ ...copying, held: "two" }).wasRead, true);
  assert.is(read({ ...copying, held: "two" }).wasRead, false);
});

/** Read anew by the first, known by the second, read anew by the third, and known again. */
function readsAnew(one: Trial, other: Trial): void {
  const seen = [one, one, other, other].map((trial) => read(trial).wasRead);
  assert.equal(seen, [true, false, true, false]);
  forget();
}

test("a manifest is read anew where a variable that it uses holds something else, whoever says so, and not for others", () => {
  const using = { text: `${text}    hostname: \${NAME:-www}\n` };
  readsAnew({ ...using, variables: { NAME: "one" } }, { ...using, variables: { NAME: "two" } });
  readsAnew({ ...using, variables: {} }, { ...using, variables: { NAME: "www" } });
  readsAnew({ ...using, dotEnv: "NAME=one\n" }, { ...using, dotEnv: "NAME=two\n" });
  readsAnew({ ...using, dotEnv: "NAME=one\n" }, { ...using, dotEnv: "\nNAME=one\n" });
  readsAnew({ ...using, dotEnv: "NAME=one\n" }, { ...using, variables: { NAME: "one" } });
  read({ ...using, variables: { NAME: "one", OTHER: "1" } });
  assert.is(read({ ...using, variables: { NAME: "one", OTHER: "2" } }).wasRead, false);
  forget();
  read({ ...using, dotEnv: "NAME=one\n" });
  assert.is(read({ ...using, dotEnv: "NAME=one\nno line\n" }).wasRead, true);
});

test("a manifest is read anew for other profiles, another env file, another file that is extended", () => {
  const profiled = { text: `${text}    profiles: [dev]\n` };
  readsAnew({ ...profiled, profiles: ["dev"] }, { ...profiled, profiles: ["dev", "*"] });
  readsAnew({ ...profiled, variables: { CLOISTER_PROFILES: "dev" } }, { ...profiled, variables: { CLOISTER_PROFILES: "" } });
  const filed = { text: `${text}    env_file: [{ path: ./app.env, required: false }]\n` };
  readsAnew({ ...filed, held: "A=1\n" }, { ...filed, held: "A=2\n" });
  readsAnew(filed, { ...filed, held: "" });
  const extending = { text: `${text}    extends: { file: ./base.yaml, environment: base }\n` };
  const base = (size: string) => ({ "base.yaml": [{ path: "base.yaml", text: `environments: { base: { hostname: ${size} } }\n` }] });
  readsAnew({ ...extending, bases: base("one") }, { ...extending, bases: base("two") });
});

test("what has a problem is never kept", () => {
  const broken = { text: text.replace("rootfs", "rootsf") };
  assert.is(read(broken).wasRead, true);
  assert.is(read(broken).wasRead, true);
});

test("off is off", () => {
  process.env.CLOISTER_CACHE = "off";
  try {
    read();
    assert.is(read().wasRead, true);
  } finally {
    delete process.env.CLOISTER_CACHE;
  }
});

test.run();
