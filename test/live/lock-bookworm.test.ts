// timeout: 900 s
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lockDigest, readNotedLock } from "../../src/host/store-lock.ts";
import type { ReleaseRootfs } from "../../src/model/rootfs.ts";
import type { Step } from "../../src/model/step.ts";
import { rootKey } from "../../src/resources/rootfs.ts";
import { needs } from "../support/needs.ts";
import { buildRoot, rootFactsHere } from "../support/root-build.ts";

const live = needs(test, "root", "mmdebstrap", "fakechroot", "a package mirror");

const bookworm: ReleaseRootfs = {
  ...{ type: "release", release: "bookworm", distribution: "debian", variant: "minbase", components: ["main"], packages: [] },
  ...{ mirror: "http://deb.debian.org/debian", keyring: "/usr/share/keyrings/debian-archive-keyring.gpg", tool: "auto" },
};

/** As on another machine: with another hostname and resolv.conf, which mmdebstrap copies into what it builds. */
function elsewhere(directory: string, name: string, resolver = "nameserver 192.0.2.1\n"): (step: Step) => Step {
  const files = ["hostname", "resolv.conf"].map((file) => {
    const path = join(directory, `${name}.${file}`);
    writeFileSync(path, file === "hostname" ? `${name}\n` : `${resolver}# ${name}\n`, { mode: 0o644 });
    return path;
  });
  const script = 'hostname "$1"; mount --bind "$2" /etc/hostname; mount --bind "$3" /etc/resolv.conf; shift 3; exec "$@"';
  const before = ["unshare", "--mount", "--uts", "sh", "-c", script, "sh", name, ...files];
  return (step) => (step.type === "run" ? { ...step, command: [...before, ...step.command] } : step);
}

/** mmdebstrap in another mode. What is made without root's privileges is a tar, which is unpacked where root's own tree would be. */
function inMode(mode: string, step: Step): Step {
  if (step.type !== "run" || mode === "root") return step;
  const unprivileged = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
  const command = step.command.map((word) => {
    if (word === "--mode=root") return `--mode=${mode}`;
    if (word === "--format=directory") return "--format=tar";
    if (word === "/run/cloister/tree") return "/tmp/tree.tar";
    if (typeof word !== "string") return word;
    const run = mode === "fakechroot" ? `${unprivileged.join(" ")} env HOME=/tmp "$@"` : '"$@"';
    return word.replace(
      /^"\$@"\ncd \/run\/cloister\/tree$/m,
      `mount -t tmpfs cloister-tar /tmp; chmod 1777 /tmp\n${run}\ncd /run/cloister/tree; tar -xf /tmp/tree.tar --numeric-owner --xattrs --xattrs-include=security.capability`,
    );
  });
  return { ...step, command };
}

live("one lock is one digest: in every mode of mmdebstrap, on hosts of other names and name servers, with other mirrors", async () => {
  const directory = mkdtempSync(join(tmpdir(), "cloister-test-"));
  try {
    const store = join(directory, "store");
    const noting: ReleaseRootfs = { ...bookworm, resolving: { from: null, free: [] } };
    const root = await buildRoot(noting, store, { change: elsewhere(directory, "first", readFileSync("/etc/resolv.conf", "utf8")) });
    const noted = readNotedLock(store, rootKey(noting, rootFactsHere(noting, store)));
    if (noted === null) throw new Error("nothing was noted");
    assert.is(Object.keys(noted.packages).length, root.packages);
    assert.is(noted.result.image, root.digest);
    const locked: ReleaseRootfs = { ...bookworm, locked: lockDigest(noted) };
    for (const [index, mode] of ["root", "unshare", "fakechroot"].entries()) {
      rmSync(`${store}/roots/${root.key}.json`, { force: true });
      rmSync(`${store}/sha256/${root.digest}`, { force: true });
      const change = elsewhere(directory, `host-${index}`);
      const other = { ...locked, mirror: `http://192.0.2.${index}/debian` };
      const again = await buildRoot(other, store, { change: (step) => change(inMode(mode, step)) });
      assert.is(again.digest, root.digest, mode);
      const log = readFileSync(`${store}/logs/${root.key}.log`, "utf8");
      assert.match(log, /^I: success/m);
    }
    assert.equal(readdirSync(`${store}/tmp`), []);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test.run();
