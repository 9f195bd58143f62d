import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { canonicalText } from "../../src/manifest/canonical-text.ts";
import { golden } from "../support/golden.ts";
import { beside, manifestOf } from "../support/manifest.ts";

const own = "test/golden/canonical";
const files = [own, "examples"].flatMap((directory) =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => `${directory}/${name}`),
);

for (const file of files) {
  const name = basename(file, ".yaml");
  const manifest = manifestOf(readFileSync(file, "utf8"), {
    sources: [{ path: `${name}.yaml`, text: readFileSync(file, "utf8"), bases: beside.paths }],
    ...{ bases: beside.bases, profiles: ["*"] },
    readText: (path) => (path.endsWith("/app.env") ? { text: "# app\nLEVEL=info\nPRICE=1\n" } : null),
  });

  test(`${name}: every default is written out, with where each value comes from`, () => {
    golden(`canonical/${name}.txt`, canonicalText(manifest, { origin: true }));
  });

  test(`${name}: the canonical form is a manifest again, and its own canonical form`, () => {
    const text = canonicalText(manifest, { origin: false });
    const again = manifestOf(text, { directory: "/elsewhere" });
    assert.is(canonicalText(again, { origin: false }), text);
    for (const [key, environment] of manifest.environments) {
      const mounts = Object.entries(environment.mounts).map(([target, mount]) => [target, { ...mount, default: false }]);
      assert.equal(again.environments.get(key), { ...environment, mounts: Object.fromEntries(mounts) });
    }
  });
}

test.run();
