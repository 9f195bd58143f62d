import { existsSync, readdirSync, readlinkSync, rmdirSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readProc } from "../../src/host/proc-reader.ts";
import { parseHierarchies } from "../../src/kernel/cgroup.ts";
import { parseMountinfo } from "../../src/kernel/mountinfo.ts";
import { leaks } from "../support/leaks.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { startOf, withSite } from "../support/site.ts";
import { withNetwork } from "../support/test-network.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

const running = { command: ["sleep", "1000"] };

/** A mount whose target goes through a link of the root, beside one that is made. */
const failing = { ...running, mounts: { "/config/x": { type: "tmpfs" }, "/srv/data": { type: "tmpfs" } } };

/** An apply of `web` that must fail; everything that it says. */
async function refused(site: Site, declared: Declared, ...flags: readonly string[]): Promise<string> {
  site.declare({ web: declared });
  const { stdout, stderr } = await site.rig.expect(1, "apply", "-y", ...flags);
  return `${stdout}${stderr}`;
}

const withLink = (body: (site: Site) => Promise<void>) =>
  withSite(async (site) => {
    symlinkSync("etc", join(site.root, "config"));
    await body(site);
  });

/** The pids in the control groups of the project. */
function pidsOf(site: Site): readonly number[] {
  const pids = (path: string): readonly number[] => [
    ...readProc(`${path}/cgroup.procs`).split("\n").filter(Boolean).map(Number),
    ...readdirSync(path, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? pids(`${path}/${one.name}`) : [])),
  ];
  const [group] = groupsOf(site);
  return group === undefined ? [] : pids(group);
}

function groupsOf({ rig }: Site): readonly string[] {
  return parseHierarchies(parseMountinfo(readProc("/proc/self/mountinfo")))
    .map(({ mountPoint }) => `${mountPoint}/cloister/${rig.project}`)
    .filter((path) => existsSync(path));
}

live("a mount that fails: without the flag nothing is left, with it what was made stands, without a process of the manifest", () =>
  withLink(async (site) => {
    await refused(site, failing);
    assert.equal([(await site.status()).state, leaks(site.rig.owner)], ["absent", []]);
    const said = await refused(site, failing, "--keep-failed");
    assert.match(said, /cloister inspect web and cloister exec web look at it, cloister destroy web removes it/);
    const { state, pid, processes } = await site.status();
    assert.equal([state, processes], ["failed", { main: { type: "absent" } }]);
    assert.equal(pidsOf(site), [pid], "its first process and no other");
    const mounts = parseMountinfo(readProc(`/proc/${pid}/mountinfo`)).map(({ target }) => target);
    assert.ok(mounts.includes("/srv/data") && mounts.includes("/proc/sys") && !mounts.includes("/config/x"), mounts.join(" "));
    const { stdout } = await site.rig.expect(0, "status");
    assert.match(stdout, /web +failed[\s\S]*kept: root: target \/config\/x: is or goes through a symbolic link/);
    const [inspected]: readonly { readonly state: string; readonly failure: string }[] = JSON.parse(
      (await site.rig.expect(0, "inspect", "--json", "web")).stdout,
    ).environments;
    assert.is(inspected?.state, "failed");
    assert.match(inspected?.failure ?? "", /\/config\/x/);
    assert.match((await site.rig.expect(2, "drift")).stdout, /found +a failed start that was kept/);
    await site.rig.expect(0, "gc");
    assert.is((await site.status()).pid, pid, "it is no leftover");
    await site.rig.expect(0, "destroy", "-y");
    assert.equal(leaks(site.rig.owner), []);
  }),
);

live("what is run in it is confined as in one that stands, and is refused where anything of that is missing", () =>
  withLink(async (site) => {
    const confinement = [
      "sh",
      "-c",
      "grep -E '^(Cap|NoNewPrivs|Seccomp)' /proc/self/status; grep -cE ' /(proc|sys)' /proc/self/mountinfo; id -u",
    ];
    await site.stand(running);
    const standing = await site.inside(...confinement);
    await site.rig.expect(0, "destroy", "-y");
    await refused(site, failing, "--keep-failed");
    assert.is(await site.inside(...confinement), standing);
    const { pid } = await site.status();
    assert.match(await site.inside("cat", "/proc/self/cgroup"), /\/exec$/m);
    // Not by the launcher alone, which would not look.
    assert.is(readlinkSync(`/proc/${pid}/exe`).endsWith("catatonit"), true);
    await site.rig.start(["nsenter", "--target", String(pid), "--mount", "--", "umount", "/proc/keys"], {});
    const { code, stderr } = await site.exec(["true"]);
    assert.is(code, 125);
    assert.ok(stderr.startsWith("error engine/kept: nothing can run in web"), stderr);
    assert.match(stderr, /masked_paths\["\/proc\/keys"\]/);
    assert.match(stderr, new RegExp(`nsenter --target ${pid} --net`));
    for (const words of [
      ["cp", "web:/etc/passwd", "."],
      ["verify", "web"],
    ]) {
      assert.match((await site.rig.cloister(...words)).stderr, /engine\/kept: web does not run/);
    }
  }),
);

live("the next apply asks, removes it and begins anew; a watch without a yes and --no-restart leave it", () =>
  withLink(async (site) => {
    await refused(site, failing, "--keep-failed");
    const before = await site.status();
    site.declare({ web: running });
    assert.equal((await site.changes()).slice(0, 2), ["recreate web", "create web.namespaces"]);
    assert.match((await site.rig.expect(0, "plan")).stdout, /web \(its start failed, and was kept for a look\)/);
    await site.rig.expect(5, "apply", "--no-restart");
    await withWatch(site, [], async (watching) => {
      await watching.calm();
      assert.is((await site.status()).pid, before.pid);
    });
    await site.apply();
    const after = await site.status();
    assert.equal([after.state, after.synced], ["running", true]);
    assert.is.not(after.id, before.id);
    assert.is(startOf(before.pid ?? 0), null, "the kept one has ended");
  }),
);

live("a network that fails: there is no root yet, which is said; where its first process does not live nothing is kept", () =>
  withNetwork((network) =>
    withSite(
      async (site) => {
        // A macvlan interface in passthru mode has its parent for itself.
        for (const link of [
          ["d0", "type", "veth", "peer", "name", "d1"],
          ["m0", "link", "d0", "type", "macvlan", "mode", "passthru"],
        ])
          network.run("ip", "link", "add", ...link);
        const declared = { ...running, network: { mode: "macvlan", parent: "d0", address: "10.9.9.2/24" } };
        await refused(site, declared);
        assert.equal(leaks(site.rig.owner), []);
        await refused(site, declared, "--keep-failed");
        assert.is((await site.status()).state, "failed");
        const { code, stderr } = await site.exec(["true"]);
        assert.is(code, 125);
        assert.match(stderr, /nothing can run in web.*\(its root\)/);
        await site.rig.expect(0, "destroy", "-y");
        assert.equal(leaks(site.rig.owner), []);
        for (const name of ["m0", "d0"]) network.run("ip", "link", "delete", name);
        site.declare({ web: running });
        const early = await site.rig.run(["apply", "-y", "--keep-failed"], { env: { CLOISTER_FAILPOINT: "error:after:4" } });
        assert.match(`${early.stdout}${early.stderr}`, /nothing of it lived yet that could be kept/);
        assert.equal([(await site.status()).state, leaks(site.rig.owner)], ["absent", []]);
      },
      { network },
    ),
  ),
);

live("what is kept is told by the kernel: without its run directory, and not by a name alone", () =>
  withLink(async (site) => {
    await refused(site, failing, "--keep-failed");
    const { pid } = await site.status();
    unlinkSync(join(site.rig.stateDir, "run", site.rig.project, "web", "failed"));
    assert.is((await site.status()).state, "failed");
    assert.match((await site.rig.expect(0, "status")).stdout, /why its start failed is not known/);
    for (const group of groupsOf(site)) {
      const [environment = ""] = readdirSync(group).filter((name) => name.startsWith("web-"));
      rmdirSync(join(group, environment, "failed"));
    }
    // Only the host's root can take the mark away: then it is what it is by its first process.
    assert.equal([(await site.status()).state, (await site.status()).pid], ["running", pid]);
    await site.rig.expect(0, "destroy", "-y");
  }),
);

live("a hook or a process that fails after the commit leaves the same with the flag as without", () =>
  withSite(async (site) => {
    const declared = { processes: { main: { ...running, hooks: { pre_start: ["sh", "-c", "exit 3"] } } } };
    const said = await refused(site, declared, "--keep-failed");
    assert.not.match(said, /what was made is kept/);
    const { state, processes } = await site.status();
    assert.equal([state, processes], ["running", { main: { type: "absent" } }]);
    assert.is(await site.inside("echo", "here"), "here");
  }),
);

live("one that was kept outlives a run that is killed, and is removed as any", () =>
  withLink(async (site) => {
    site.declare({ web: failing });
    // Between the failure and the end of the run there is nothing to be killed at but the note of what was done.
    const { code } = await site.rig.run(["apply", "-y", "--keep-failed"], { env: { CLOISTER_FAILPOINT: "kill:before:note" } });
    assert.is(code, 137);
    assert.is((await site.status()).state, "failed", "it was kept before");
    await site.rig.expect(0, "destroy", "-y");
    assert.equal(leaks(site.rig.owner), []);
  }),
);

test.run();
