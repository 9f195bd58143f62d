// timeout: 600 s
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lockDigest, readNotedLock } from "../../src/host/store-lock.ts";
import { CloisterError } from "../../src/model/diagnostic.ts";
import type { ReleaseRootfs } from "../../src/model/rootfs.ts";
import type { Step } from "../../src/model/step.ts";
import { rootKey } from "../../src/resources/rootfs.ts";
import { withMirror } from "../support/mirror.ts";
import { needs } from "../support/needs.ts";
import type { Repository } from "../support/repository.ts";
import { makeRepository } from "../support/repository.ts";
import { buildRoot, rootFactsHere, storeContent, tinyRelease } from "../support/root-build.ts";

const live = needs(test, "root", "mmdebstrap", "busybox", "gpg");
const tiny = { tiny: { "bin/busybox": { copyOf: "/bin/busybox" }, "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n" } } as const;

/** The same step with a patience of two seconds. */
function impatient(step: Step): Step {
  if (step.type !== "run") return step;
  const command = step.command.map((word) => (typeof word === "string" ? word.replace(/(Timeout(?:=| "))30/g, "$12") : word));
  return { ...step, command };
}

async function withRepository(body: (repository: Repository, store: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "cloister-test-"));
  chmodSync(directory, 0o755);
  try {
    await body(makeRepository(directory, "jammy", tiny), join(directory, "store"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "";
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
    return error.diagnostics.map(({ code }) => code).join(" ");
  }
}

function everythingIn(store: string): readonly string[] {
  return [...storeContent(store), ...["debs", "locks"].flatMap((place) => readdirSync(join(store, place)))];
}

const noting = (rootfs: ReleaseRootfs): ReleaseRootfs => ({ ...rootfs, resolving: { from: null, free: [] } });
const deb = /\.deb$/;

for (const [path, how, code] of [
  [/Packages/, "changes a byte of", /^rootfs\/bad-signature$/],
  [deb, "changes a byte of", /^rootfs\/bad-signature$/],
  [/InRelease$/, "changes a byte of", /^rootfs\/bad-signature$/],
  [deb, "stops in the middle of", /^rootfs\/no-network$/],
  [/InRelease$/, "stops in the middle of", /^rootfs\/no-network$/],
  [deb, "stalls in the middle of", /^rootfs\/no-network$/],
] as const) {
  live(`a mirror that ${how} ${path.source} is refused, and nothing is kept`, () =>
    withRepository((repository, store) =>
      withMirror(repository, { path, how }, async (mirror, seen) => {
        const found = await codeOf(buildRoot(noting(tinyRelease({ ...repository, mirror })), store, { change: impatient }));
        assert.ok(seen.size > 0, "it was never asked for what it tampers with");
        assert.match(found, code);
        assert.equal(everythingIn(store), []);
      }),
    ),
  );
}

live("what is fetched for a lock is compared with it, over the network too", () =>
  withRepository(async (repository, store) => {
    const rootfs = noting(tinyRelease(repository));
    let locked: ReleaseRootfs = rootfs;
    await withMirror(repository, null, async (mirror) => {
      await buildRoot({ ...rootfs, mirror }, store);
      const noted = readNotedLock(store, rootKey(rootfs, rootFactsHere(rootfs, store)));
      assert.ok(noted !== null && noted.packages.tiny?.filename === "pool/tiny.deb");
      if (noted !== null) locked = { ...tinyRelease(repository), locked: lockDigest(noted) };
    });
    const images = readdirSync(join(store, "sha256"));
    for (const place of ["sha256", "roots", "debs"]) for (const name of readdirSync(join(store, place))) rmSync(join(store, place, name));
    for (const [how, code] of [
      ["changes a byte of", "lock/mismatch"],
      ["stops in the middle of", "lock/not-there"],
      ["stalls in the middle of", "lock/not-there"],
    ] as const) {
      await withMirror(repository, { path: deb, how }, async (mirror) => {
        assert.is(await codeOf(buildRoot({ ...locked, mirror }, store, { change: impatient })), code, how);
        assert.equal(storeContent(store), []);
        assert.equal(readdirSync(join(store, "debs")), []);
      });
    }
    await withMirror(repository, null, async (mirror) => {
      await buildRoot({ ...locked, mirror }, store);
      assert.equal(readdirSync(join(store, "sha256")), images);
    });
  }),
);

test.run();
