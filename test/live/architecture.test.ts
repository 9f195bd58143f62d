import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { binfmtPlace } from "../../src/model/architecture.ts";
import { busyboxRoot, tarOf } from "../support/busybox.ts";
import { architecture, foreignBusybox, hostInterpreters, machine } from "../support/foreign.ts";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit", "qemu", "a package mirror");

const entry = `${binfmtPlace}/qemu-${machine}`;

/** With a root of the other processor at ./foreign; the host has what it had, and nothing is left. */
function withForeign(body: (site: Site) => Promise<void>): Promise<void> {
  return withSite(async (site) => {
    busyboxRoot(join(site.rig.directory, "foreign"), foreignBusybox(join(site.rig.directory, "fetched")));
    const before = hostInterpreters();
    await body(site);
    assert.is(hostInterpreters(), before);
    await site.rig.expect(0, "destroy", "--volumes", "--yes");
    assert.equal(site.left(), []);
    assert.is(hostInterpreters(), before);
  });
}

const declared = { rootfs: { directory: "./foreign", architecture }, command: ["sleep", "1000"] };

live("programs of another processor run, in a tar too; nobody else has an interpreter for them", () =>
  withForeign(async (site) => {
    tarOf(join(site.rig.directory, "foreign"), join(site.rig.directory, "foreign.tar"));
    site.declare({
      web: declared,
      packed: { ...declared, rootfs: { tar: "./foreign.tar", architecture, files: { "/etc/motd": { content: "hello\n" } } } },
      borrowed: { ...declared, rootfs: { environment: "web" } },
      plain: { rootfs: { directory: "./foreign" } },
    });
    await site.apply();
    for (const name of ["web", "packed", "borrowed"]) {
      assert.is((await site.rig.expect(0, "exec", "-T", name, "--", "uname", "-m")).stdout, `${machine}\n`);
      assert.is((await site.status(name)).process?.type, "running");
    }
    assert.is((await site.rig.expect(0, "exec", "-T", "packed", "--", "cat", "/etc/motd")).stdout, "hello\n");
    // The name that a program was started by comes through: a busybox goes by it.
    assert.match(await site.inside("sh", "-c", "exec -a uname cat -m"), new RegExp(`^${machine}$`));
    assert.match((await site.rig.run(["exec", "-T", "plain", "--", "uname"], { input: "" })).stderr, /Exec format error/);
    await site.rig.expect(0, "verify", "web");
  }),
);

live("what somebody inside, who may mount, does to it is drift, and repaired while all of it runs", () =>
  withForeign(async (site) => {
    await site.stand({ ...declared, security: { cap_add: ["SYS_ADMIN"] } });
    const { identity } = await site.seen();
    const { process: before } = await site.status();
    const writable = `mount -o remount,bind,rw ${binfmtPlace}`;
    for (const [script, change] of [
      [`${writable}`, "update"],
      [`${writable}; echo 0 >${entry}`, "update"],
      [`${writable}; echo 0 >${binfmtPlace}/status`, "update"],
      [`${writable}; echo -1 >${entry}`, "update"],
      [`umount ${binfmtPlace}`, "create"],
      [`mount -t tmpfs tmpfs ${binfmtPlace}`, "update"],
    ] as const) {
      assert.is(await site.inside("sh", "-c", script), "", script);
      assert.equal(await site.changes(), [`${change} web.rootfs.architecture`], script);
      await site.apply();
      assert.is(await site.inside("uname", "-m"), machine, script);
    }
    assert.is((await site.seen()).identity, identity);
    assert.equal((await site.status()).process, before);
  }),
);

live("without that capability it cannot be changed from inside", () =>
  withForeign(async (site) => {
    await site.stand(declared);
    for (const script of [`echo -1 >${entry}`, `umount ${binfmtPlace}`, `mount -o remount,bind,rw ${binfmtPlace}`])
      assert.is.not((await site.exec(["sh", "-c", script])).code, 0, script);
    assert.equal(await site.changes(), []);
  }),
);

live("with the ids of the host it is refused before anything is begun: the host's binfmt_misc is the host's", () =>
  withForeign(async (site) => {
    site.declare({ web: { ...declared, users: "host", unsafe: ["host-user"] } });
    const { stderr } = await site.rig.expect(1, "apply", "--yes");
    assert.match(stderr, /rootfs\/foreign-architecture.*user namespace of the environment's own/s);
    assert.equal(site.left(), []);
  }),
);

test.run();
