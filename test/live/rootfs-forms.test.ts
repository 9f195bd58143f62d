import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readProc } from "../../src/host/proc-reader.ts";
import { busyboxRoot } from "../support/busybox.ts";
import type { Lack } from "../support/lacking-kernel.ts";
import { lackingKernel } from "../support/lacking-kernel.ts";
import { needs } from "../support/needs.ts";
import { storeContent } from "../support/root-build.ts";
import type { Site } from "../support/site.ts";
import { printed, storeOf, sweptAway, withTar } from "../support/store-site.ts";

const live = needs(test, "root", "busybox", "catatonit", "overlayfs", "erofs", "mksquashfs");

interface Form {
  /** A file system for the store of which the kernel does not take what the form replaces. */
  readonly store?: "tmpfs" | "overlay";
  readonly lack?: Lack;
  readonly loops: boolean;
  /** What is made of each layer, in the store. */
  readonly kinds: readonly string[];
}

const whole = { tar: "./root.tar" };
// What is built over a layer has a /tmp of its own, in which a mount below /tmp is not seen.
const rootfsOf = ({ store }: Form) => (store === undefined ? { ...whole, files: { "/opt/layer": { content: "layer\n" } } } : whole);
const layersOf = ({ store }: Form) => (store === undefined ? 2 : 1);

/** Loop devices whose file has the name of one of the store's images. */
function loopsOf(digests: readonly string[]): readonly string[] {
  return readdirSync("/sys/block").filter((name) =>
    digests.some((digest) => readProc(`/sys/block/${name}/loop/backing_file`).includes(digest)),
  );
}

async function comesUp(site: Site, chosen: Form): Promise<void> {
  const { loops, kinds } = chosen;
  const rootfs = rootfsOf(chosen);
  site.declare({
    web: { rootfs },
    fixed: { rootfs, overlay: "none", read_only: true },
    one: { rootfs: whole, overlay: "none", read_only: true },
  });
  await site.apply();
  for (const name of ["web", "fixed", "one"]) {
    const { pid } = await site.seen(name);
    const owner = Number(readProc(`/proc/${pid}/uid_map`).trim().split(/\s+/)[1]);
    assert.ok(owner >= 0x70000000, "a range of its own");
    assert.is(statSync(`/proc/${pid}/root/bin/busybox`).uid, owner, `${name}: outside, root's files are the mapped root's`);
    const capabilities = execFileSync("getcap", ["-n", `/proc/${pid}/root/bin/capable`], { encoding: "utf8" });
    assert.match(capabilities, new RegExp(`cap_net_raw=ep \\[rootid=${owner}\\]`));
    assert.is((await site.rig.expect(0, "exec", "-T", name, "--", "stat", "-c", "%u:%g", "/bin/busybox")).stdout, "0:0\n");
  }
  if (layersOf(chosen) > 1) assert.is(await site.inside("cat", "/opt/layer"), "layer");
  await site.inside("sh", "-c", "echo new >/etc/written && chown 7:8 /etc/passwd");
  assert.is(await site.inside("stat", "-c", "%u:%g", "/etc/passwd"), "7:8");
  assert.match((await site.rig.expect(0, "rootfs", "diff", "web")).stdout, /\/etc\/written/);
  await site.rig.expect(0, "drift");
  assert.ok((await printed(site, 0, "rootfs", "verify")).roots.every(({ whole }) => whole));
  assert.is(loopsOf(readdirSync(join(storeOf(site), "sha256"))).length > 0, loops);
  const { forms } = await printed(site, 0, "rootfs", "inspect", "web");
  for (const kind of kinds) assert.ok(forms.filter(({ form }) => form === kind).length >= layersOf(chosen), kind);
  assert.ok(forms.every(({ form }) => kinds.includes(form)));
  assert.ok(forms.every(({ path }) => existsSync(path)));
}

/** The inodes of what was made. */
function madeOf(site: Site, { kinds }: Form): readonly number[] {
  const places = kinds.map((kind) => join(storeOf(site), kind));
  return places.flatMap((place) => readdirSync(place).map((name) => statSync(join(place, name)).ino));
}

/** Makes the tar of the site one with a file that has a capability. */
function addCapable({ root, rig: { directory } }: Site): void {
  writeFileSync(join(root, "bin/capable"), "");
  execFileSync("setcap", ["cap_net_raw+ep", join(root, "bin/capable")]);
  const options = ["--create", "--format=posix", "--xattrs", "--xattrs-include=security.capability", "--numeric-owner"];
  execFileSync("tar", [...options, "--file", join(directory, "root.tar"), "--directory", root, "."]);
}

/** What the kernel refuses to take an image from as a file, or to id-map. */
function mountStore(site: Site, type: "tmpfs" | "overlay"): void {
  const places = ["lower", "upper", "work"].map((name) => join(site.rig.dataDir, name));
  for (const place of places) mkdirSync(place, { mode: 0o700 });
  const [lower = "", upper = "", work = ""] = places;
  const options = type === "tmpfs" ? "mode=700" : `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  execFileSync("mount", ["-t", type, "-o", options, type, storeOf(site)]);
}

/** A root comes up in one form, and nothing is left of it when it is gone. */
async function form(chosen: Form): Promise<void> {
  const { store, lack } = chosen;
  const body = async (site: Site) => {
    mkdirSync(storeOf(site), { mode: 0o700 });
    addCapable(site);
    if (store !== undefined) mountStore(site, store);
    try {
      await comesUp(site, chosen);
      const made = madeOf(site, chosen);
      await site.rig.expect(0, "stop", "web");
      await site.rig.expect(0, "gc");
      await site.rig.expect(0, "start", "web");
      assert.equal(madeOf(site, chosen), made, "made once, and kept while something needs it");
      assert.is(await site.inside("cat", "/etc/written"), "new");
      const digests = readdirSync(join(storeOf(site), "sha256"));
      await site.rig.expect(0, "destroy", "-y", "--volumes");
      await sweptAway(site.rig, () => storeContent(storeOf(site)));
      assert.equal(loopsOf(digests), []);
    } finally {
      if (store !== undefined) execFileSync("umount", ["-l", storeOf(site)]);
    }
  };
  await withTar(body, lack === undefined ? {} : { network: lackingKernel(lack) });
}

live("by loop devices, where the kernel does not take images from files of that file system", () =>
  form({ store: "tmpfs", loops: true, kinds: [] }),
);

live("by a squashfs, where the kernel has no erofs", () => form({ lack: { fileSystems: ["erofs"] }, loops: true, kinds: ["squashfs"] }));

live("as a tree, where it has neither", () => form({ lack: { fileSystems: ["erofs", "squashfs"] }, loops: false, kinds: ["unpacked"] }));

live("as a tree, where there are no loop devices", () =>
  form({ store: "tmpfs", lack: { loopDevices: true }, loops: false, kinds: ["unpacked"] }),
);

live("as a tree with other owners, where the kernel does not id-map that file system", () =>
  form({ store: "overlay", lack: { fileSystems: ["erofs", "squashfs"] }, loops: false, kinds: ["unpacked", "shifted"] }),
);

const shown = ["--create", "--file=-", "--sort=name", "--numeric-owner", "--format=posix", "--xattrs", "--xattrs-include=*"];

/** What a kernel of that kind shows of an image of a store, as an archive; a squashfs has whole seconds. */
function archiveOf(image: string, at: string, { lack, seconds = false }: { readonly lack: Lack; readonly seconds?: boolean }): Buffer {
  const script = 'perl dist/shim.pl self image "$1" "$2" && shift && exec tar -C "$@" .';
  const options = `--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime${seconds ? ",delete=mtime" : ""}`;
  const [file, ...args] = lackingKernel(lack).command("sh", "-c", script, "sh", image, at, ...shown, options);
  return execFileSync(file, args, { maxBuffer: 1 << 26 });
}

live(
  "what is made of an image is what the kernel shows of it: links, owners, modes, dates, devices, attributes; a cut one is refused",
  () => {
    const base = mkdtempSync(join(tmpdir(), "cloister-forms-"));
    try {
      const [tree, at, store] = [join(base, "tree"), join(base, "at"), join(base, "store")];
      for (const path of [at, store, join(store, "sha256"), join(store, "tmp")]) mkdirSync(path);
      busyboxRoot(tree);
      for (let index = 0; index < 400; index += 1)
        writeFileSync(join(tree, "var", `${"long".repeat(20)}-${index}`), "x".repeat(index * 41));
      for (const size of [4095, 4096, 4097, 3_000_000]) writeFileSync(join(tree, "srv", String(size)), randomBytes(size));
      const script = `cd "$1"; setcap cap_net_raw+ep srv/4095; chown 70000:33 srv/4096; chmod 6755 srv/4097; mknod dev/null c 1 3; mknod dev/high b 259 70000
mkfifo var/fifo; ln -s "$(printf %04000d 0)" var/link; touch -h -d @12345.5 var/link; touch -d @1.25 srv; chmod 1770 home
perl -e 'syscall(188, my $path = $_, my $name = "trusted.overlay.opaque", my $value = "y", 1, 0) == 0 or die $! for @ARGV' srv home root
mkfs.erofs "$2" . >/dev/null`;
      const image = join(store, "sha256", "ab".repeat(32));
      execFileSync("sh", ["-euc", script, "sh", tree, image]);
      const wanted = archiveOf(image, at, { lack: {} });
      assert.ok(wanted.length > 3_000_000);
      assert.ok(wanted.equals(archiveOf(image, at, { lack: { fileSystems: ["erofs", "squashfs"] } })), "a tree");
      const lack = { fileSystems: ["erofs"] };
      assert.ok(archiveOf(image, at, { lack: {}, seconds: true }).equals(archiveOf(image, at, { lack, seconds: true })), "a squashfs");
      assert.equal(storeContent(store), ["sha256", "squashfs", "unpacked"].map((kind) => `${kind}/${"ab".repeat(32)}`).sort());
      const cut = join(store, "sha256", "cd".repeat(32));
      writeFileSync(cut, readFileSync(image).subarray(0, 2_000_000));
      assert.throws(() => archiveOf(cut, at, { lack: { fileSystems: ["erofs", "squashfs"] } }), /ends before its content does/);
      assert.equal(readdirSync(join(store, "tmp")), []);
      assert.equal(readdirSync(join(store, "unpacked")), ["ab".repeat(32)]);
    } finally {
      rmSync(base, { recursive: true });
    }
  },
);

test.run();
