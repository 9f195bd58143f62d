// timeout: 600 s
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Root } from "../../src/model/root.ts";
import { rootPath } from "../../src/model/root.ts";
import type { ReleaseRootfs } from "../../src/model/rootfs.ts";
import { needs } from "../support/needs.ts";
import { buildRoot } from "../support/root-build.ts";

const live = needs(test, "root", "mmdebstrap", "debootstrap", "a package mirror");

const bookworm: ReleaseRootfs = {
  ...{ type: "release", release: "bookworm", distribution: "debian", variant: "minbase", components: ["main"], packages: [] },
  ...{ mirror: "http://deb.debian.org/debian", keyring: "/usr/share/keyrings/debian-archive-keyring.gpg", tool: "auto" },
};

async function withStore(body: (store: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "cloister-test-"));
  try {
    await body(join(directory, "store"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What a command says inside the image, mounted read-only for a moment; without network or processes to be seen. */
function inside(store: string, root: Root, command: readonly string[]): string {
  const script = 'mount -t erofs -o ro,nodev "$1" /mnt && shift && exec chroot /mnt "$@"';
  return execFileSync(
    "unshare",
    ["--mount", "--pid", "--fork", "--net", "--kill-child", "sh", "-c", script, "sh", rootPath(store, root), ...command],
    { encoding: "utf8" },
  );
}

function checkBookworm(store: string, root: Root): void {
  assert.match(inside(store, root, ["cat", "/etc/debian_version"]), /^12\./);
  assert.is(inside(store, root, ["dpkg", "--audit"]), "");
  assert.is(inside(store, root, ["dpkg", "--verify"]), "");
  const packages = inside(store, root, ["dpkg", "--get-selections"]).trim().split("\n");
  assert.ok(packages.every((line) => /\sinstall$/.test(line)));
  assert.is(packages.length, root.packages);
  assert.not.ok(
    packages.some((line) => /^(usrmerge|perl)\s/.test(line)),
    "merged-usr was made the dear way",
  );
  assert.is(
    inside(store, root, ["find", "/dev", "/var/cache/apt", "/var/lib/apt/lists", "/tmp", "/run", "-mindepth", "1", "-not", "-type", "d"]),
    "",
  );
  assert.is(inside(store, root, ["cat", "/etc/hostname"]), "localhost\n");
  assert.is(inside(store, root, ["sh", "-c", "readlink /bin /lib /sbin"]), "usr/bin\nusr/lib\nusr/sbin\n");
}

live("bookworm by mmdebstrap: whole, small, and the same to the bit a second time", () =>
  withStore(async (store) => {
    const root = await buildRoot(bookworm, store);
    checkBookworm(store, root);
    assert.ok(root.bytes < 140e6, `${root.bytes} bytes`);
    rmSync(`${store}/roots/${root.key}.json`);
    assert.is((await buildRoot(bookworm, store)).digest, root.digest);
  }),
);

live("bookworm by debootstrap, with a package: whole, and without what only two builds could tell apart", () =>
  withStore(async (store) => {
    const root = await buildRoot({ ...bookworm, packages: ["ca-certificates"], tool: "debootstrap" }, store);
    assert.is(root.name, "bookworm-minbase+1");
    checkBookworm(store, root);
    assert.match(inside(store, root, ["dpkg-query", "-W", "ca-certificates"]), /^ca-certificates\t/);
    const traces = ["/var/log/bootstrap.log", "/var/log/dpkg.log", "/var/log/alternatives.log", "/var/cache/ldconfig/aux-cache"];
    assert.is(inside(store, root, ["sh", "-c", 'for f; do if [ -e "$f" ]; then echo "$f"; fi; done', "sh", ...traces]), "");
  }),
);

test.run();
