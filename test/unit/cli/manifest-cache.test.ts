import * as fs from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadCached } from "../../../src/cli/manifest-cache.ts";
import { load } from "../../../src/manifest/load.ts";

const text = "api_version: cloister/v1\nname: cached\nenvironments:\n  web:\n    rootfs: { directory: /srv/root }\n";
// Of this process alone: another run of the tests has another one.
const directory = `/srv/test-${process.pid}`;
const cache = "/var/cache/cloister/manifests";

interface Trial {
  readonly text?: string;
  readonly exists?: boolean;
  /** What every file of the host holds. */
  readonly held?: string;
}

/** Loads, and says whether it was really read. */
function read(trial: Trial = {}): { readonly wasRead: boolean; readonly names: readonly string[] } {
  let wasRead = false;
  const request = {
    sources: [{ path: "web.yaml", text: trial.text ?? text }],
    directory,
    exists: () => trial.exists ?? true,
    read: () => ({ bytes: Buffer.from(trial.held ?? "") }),
  };
  const loaded = loadCached(request, (given) => {
    wasRead = true;
    return load(given);
  });
  return { wasRead, names: "manifest" in loaded ? [...loaded.manifest.environments.keys()] : [] };
}

function forget(): void {
  for (const name of fs.existsSync(cache) ? fs.readdirSync(cache) : []) {
    if (fs.readFileSync(`${cache}/${name}`, "utf8").includes(directory)) fs.rmSync(`${cache}/${name}`);
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
