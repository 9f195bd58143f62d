import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { busyboxTar } from "../support/busybox.ts";
import { needs } from "../support/needs.ts";
import { storeContent } from "../support/root-build.ts";
import type { Site } from "../support/site.ts";
import { mountAt, withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit", "overlayfs");

live("what is written to a persistent overlay outlives the environment, until it is asked to go", () =>
  withSite(async (site) => {
    await site.stand();
    await write(site, "kept");
    const owner = statSync(join(uppers(site), readdirSync(uppers(site))[0] ?? "")).uid;
    await site.rig.expect(0, "destroy", "-y");
    assert.ok(existsSync(uppers(site)));
    await site.stand();
    assert.is(await read(site), "kept");
    assert.is(mountOwner(site, await site.seen()), owner, "its range of ids is that of what it wrote");
    const { stdout } = await site.rig.expect(0, "destroy", "-y");
    assert.match(stdout, /what was written inside is kept \(--volumes removes it\)/);
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.not.ok(existsSync(uppers(site)));
    await site.stand();
    assert.is((await site.exec(["cat", "/etc/written"])).code, 1);
    assert.not.ok(existsSync(join(site.root, "etc/written")), "the root itself is as it was");
  }),
);

live("another root begins with an empty overlay; the first one finds its own again", () =>
  withSite(async (site) => {
    cpSync(site.root, join(site.rig.directory, "other-root"), { recursive: true });
    await site.stand();
    await write(site, "on the first");
    await site.stand({ rootfs: { directory: "./other-root" } });
    assert.is((await site.exec(["cat", "/etc/written"])).code, 1);
    await site.stand();
    assert.is(await read(site), "on the first");
  }),
);

live("an ephemeral overlay goes with the environment", () =>
  withSite(async (site) => {
    await site.stand({ overlay: "ephemeral" });
    await write(site, "for now");
    assert.is(await read(site), "for now");
    await site.rig.expect(0, "destroy", "-y");
    await site.stand({ overlay: "ephemeral" });
    assert.is((await site.exec(["cat", "/etc/written"])).code, 1);
    await site.rig.expect(0, "destroy", "-y");
    assert.not.ok(existsSync(uppers(site)) && readdirSync(uppers(site)).length > 0);
  }),
);

live("without an overlay what is written goes into the directory, as its owner's", () =>
  withSite(async (site) => {
    await site.stand({ overlay: "none" });
    await write(site, "in the directory");
    const { uid, size } = statSync(join(site.root, "etc/written"));
    assert.equal([uid, size], [0, 17]);
    assert.is.not(mountAt(await site.seen(), "/").fstype, "overlay");
  }),
);

live("a root that is read-only cannot be written to, what is mounted on it can", () =>
  withSite(async (site) => {
    await site.stand({ read_only: true, overlay: "ephemeral" });
    assert.match((await site.exec(["touch", "/etc/x"])).stderr, /Read-only file system/);
    await site.inside("touch", "/tmp/x", "/run/x", "/dev/shm/x");
    await site.stand({ read_only: true, overlay: "none" });
    assert.match((await site.exec(["touch", "/etc/x"])).stderr, /Read-only file system/);
  }),
);

live("a tar becomes one image for all, which is built once and outlives them", () =>
  withSite(async (site) => {
    const tar = busyboxTar(join(site.rig.directory, "root.tar"));
    const rooted = { rootfs: { tar: "./root.tar" }, overlay: "ephemeral" };
    site.declare({ web: rooted, db: rooted });
    const built = (await site.rig.expect(0, "build")).stdout;
    assert.match(built, /create +rootfs\[/);
    assert.match((await site.rig.expect(0, "build")).stdout, /^nothing to build/);
    await site.apply();
    const store = join(site.rig.dataDir, "store");
    assert.is(storeContent(store).filter((name) => name.startsWith("sha256/")).length, 1);
    await write(site, "in web");
    assert.is((await site.rig.run(["exec", "-T", "db", "--", "cat", "/etc/written"], {})).code, 1);
    assert.is(await site.inside("sh", "-c", "stat -c %u /bin/busybox; touch /etc/passwd; stat -c %u /etc/passwd"), "0\n0");
    await site.rig.expect(0, "destroy", "-y");
    execFileSync("rm", [tar]);
    assert.ok((await site.rig.expect(3, "apply", "-y")).stderr.includes("manifest/source-missing"));
    busyboxTar(tar);
    await site.apply();
    assert.is(storeContent(store).filter((name) => name.startsWith("sha256/")).length, 1, "the same bytes are the same root");
  }),
);

test.run();

const write = (site: Site, text: string) => site.inside("sh", "-c", 'echo "$1" >/etc/written', "sh", text);
const read = (site: Site) => site.inside("cat", "/etc/written");

function uppers({ rig }: Site): string {
  return join(rig.dataDir, "uppers", `${rig.project}.web`);
}

function mountOwner(_site: Site, { pid }: { readonly pid: number }): number {
  return Number(execFileSync("awk", ["{print $2}", `/proc/${pid}/uid_map`], { encoding: "utf8" }));
}
