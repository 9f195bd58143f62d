// timeout: 900 s
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Architecture } from "../../src/model/architecture.ts";
import { architectureOfMachine } from "../../src/model/architecture.ts";
import type { Root } from "../../src/model/root.ts";
import { rootPath } from "../../src/model/root.ts";
import type { ReleaseRootfs } from "../../src/model/rootfs.ts";
import { architecture, hostInterpreters } from "../support/foreign.ts";
import { needs } from "../support/needs.ts";
import { buildRoot } from "../support/root-build.ts";

const live = needs(test, "root", "mmdebstrap", "qemu", "erofs", "a package mirror");

const bookworm: ReleaseRootfs = {
  ...{ type: "release", release: "bookworm", distribution: "debian", variant: "minbase", components: ["main"], packages: [] },
  ...{ mirror: "http://deb.debian.org/debian", keyring: "/usr/share/keyrings/debian-archive-keyring.gpg", tool: "mmdebstrap" },
};

/** What is in an image whatever processor it is for: type, mode, owner and name, and what dpkg notes of each package. */
function contentOf(path: string, own: Architecture): { readonly entries: readonly string[]; readonly packages: readonly string[] } {
  const script = `mount -t erofs -o ro,nodev "$1" /mnt && cd /mnt && find . -printf '%y %m %U:%G %p\\n' && echo -- && cat var/lib/dpkg/status`;
  const printed = execFileSync("unshare", ["--mount", "sh", "-c", script, "sh", path], { encoding: "utf8", maxBuffer: 1 << 28 });
  const [entries = "", status = ""] = printed.split("\n--\n");
  const triplets = { amd64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };
  const triplet = own === "amd64" ? triplets.amd64 : triplets.arm64;
  const packages = status.split("\n\n").flatMap((stanza) => {
    const [, name] = /^Package: (.*)$/m.exec(stanza) ?? [];
    const [, state] = /^Status: (.*)$/m.exec(stanza) ?? [];
    const [, kind = ""] = /^Architecture: (.*)$/m.exec(stanza) ?? [];
    return name === undefined ? [] : [`${name} ${state ?? ""} ${kind === own ? "own" : kind}`];
  });
  const alike = (line: string) => line.replaceAll(triplet, "TRIPLET").replaceAll(`:${own}`, ":OWN");
  return { entries: entries.split("\n").map(alike).sort(), packages: packages.sort() };
}

live(
  "bookworm for another processor is what it is for this one: packages all configured, each file of the same mode and owner",
  async () => {
    const store = join(mkdtempSync(join(tmpdir(), "cloister-test-")), "store");
    const before = hostInterpreters();
    const own = architectureOfMachine(process.arch) ?? "amd64";
    try {
      const content = (root: Root, made: Architecture) => contentOf(rootPath(store, root), made);
      const here = content(await buildRoot(bookworm, store), own);
      const there = content(await buildRoot({ ...bookworm, architecture }, store), architecture);
      assert.equal(there.packages, here.packages);
      assert.ok(there.packages.every((line) => / install ok installed (?:own|all)$/.test(line)));
      // A few names tell which processor it is (ld-linux-aarch64.so.1, changelog.Debian.arm64.gz): the others are the same, and of the same mode and owner.
      const names = (some: readonly string[]) => some.map((line) => line.replace(/^\S+ \S+ \S+ /, ""));
      const known = new Set(names(there.entries));
      const both = new Set(names(here.entries).filter((name) => known.has(name)));
      const common = ({ entries }: typeof here) => entries.filter((line) => both.has(names([line])[0] ?? ""));
      assert.equal(common(there), common(here));
      assert.ok(both.size > 0.99 * Math.max(here.entries.length, there.entries.length), `${both.size} of ${there.entries.length}`);
      assert.ok(there.entries.includes("f 640 0:42 ./etc/shadow"));
      assert.ok(there.entries.includes("f 4755 0:0 ./usr/bin/su"));
    } finally {
      rmSync(join(store, ".."), { recursive: true, force: true });
    }
    assert.is(hostInterpreters(), before);
  },
);

test.run();
