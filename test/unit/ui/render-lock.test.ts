import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Lock, LockedRoot } from "../../../src/model/lock.ts";
import { lockDifferences, versionEnd } from "../../../src/model/lock-diff.ts";
import { renderLock, renderLockDifferences } from "../../../src/ui/render-lock.ts";
import { sampleLockedRoot as root, samplePackage } from "../../support/sample-lock.ts";

const lockOf = (...roots: readonly LockedRoot[]): Lock => ({
  roots: roots.map((one) => ({ projects: ["blog"], root: one })),
  layers: [],
});
const said = (before: Lock, after: Lock) => renderLockDifferences(lockDifferences(before, after), { color: false });

test("where no root can be locked, no lock is told to be there", () => {
  const nothing = { path: "/srv/cloister.lock", changed: false, roots: [], layers: [], varying: [], differences: [] };
  assert.is(renderLock(nothing, { color: false }), "nothing to lock: no root is from a release\n");
});

test("a version's end is said where that begins with a letter", () => {
  assert.is(versionEnd("7.88.1-10+deb12u5", "7.88.1-10+deb12u12"), "u12");
  assert.is(versionEnd("7.88.1-10+deb12u12", "7.88.1-10+deb12u14"), "u14");
  assert.is(versionEnd("7.88.1-10", "7.88.1-10+deb12u1"), "7.88.1-10+deb12u1");
  assert.is(versionEnd("2.6.1", "2.6.2"), "2.6.2");
  assert.is(versionEnd("1", "2"), "2");
});

test("packages that moved, came and went, a line each", () => {
  const { zlib1g, ...others } = root.packages;
  assert.ok(zlib1g);
  const after = {
    ...root,
    packages: { ...others, curl: samplePackage("7.88.1-10+deb12u12", "3"), libssl3: samplePackage("3.0.11-1", "4") },
  };
  assert.is(
    said(lockOf(root), lockOf(after)),
    "bookworm-minbase+1\n  ~ curl 7.88.1-10+deb12u5 -> u12\n  + libssl3 3.0.11-1\n  - zlib1g 1.2.13\n",
  );
  assert.is(said(lockOf(root), lockOf(root)), "they say the same\n");
});

test("the same version of other bytes is said as that", () => {
  const after = { ...root, packages: { ...root.packages, curl: samplePackage("7.88.1-10+deb12u5", "9") } };
  assert.match(said(lockOf(root), lockOf(after)), /~ curl 7\.88\.1-10\+deb12u5, other bytes: sha256 1{64} -> 9{64}\n/);
});

test("a root that is asked for in another way is compared with what it was; others come and go", () => {
  const more = { ...root, name: "bookworm-minbase+2", spec: { ...root.spec, packages: ["curl", "zlib1g"] } };
  assert.match(said(lockOf(root), lockOf(more)), /^bookworm-minbase\+2\n {2}~ asked for: /);
  const jammy = { ...root, name: "jammy-minbase", spec: { ...root.spec, release: "jammy" } };
  assert.is(said(lockOf(root), lockOf(root, jammy)), "+ jammy-minbase, 2 packages\n");
  assert.is(said(lockOf(root, jammy), lockOf(root)), "- jammy-minbase, 2 packages\n");
});

test("what a lock says of a release file that has expired is told", () => {
  const expired = { ...root, release: { ...root.release, valid_until: "Sat, 18 Jul 2020 10:16:37 UTC" } };
  const text = renderLock(
    { path: "/srv/cloister.lock", changed: false, roots: [expired], layers: [], varying: [], differences: [] },
    { color: false },
  );
  assert.match(text, /^note: the release file of bookworm-minbase\+1 was valid until Sat, 18 Jul 2020/);
  assert.match(text, /nothing to do: \/srv\/cloister\.lock is up to date: 1 root, 2 packages\n$/);
});

test.run();
