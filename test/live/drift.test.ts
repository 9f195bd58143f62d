import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { driftOf } from "../support/drift-document.ts";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { groupOf, moveOut, startOf, withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

const generationsOf = ({ rig }: Site) => join(rig.stateDir, "state", rig.project, "generations");

/** `pending web.hostname`: each change of a plan with where it comes from. */
async function originsOf({ rig }: Site): Promise<readonly string[]> {
  const { changes }: { readonly changes: readonly { readonly address: string; readonly origin: string | null }[] } = JSON.parse(
    (await rig.expect(0, "plan", "--json")).stdout,
  );
  return changes.map(({ address, origin }) => `${origin} ${address}`);
}

live("what was taken away inside is drift with its evidence; apply brings it back without restarting anything", () =>
  withSite(async (site) => {
    await site.stand({ mounts: { "/cache": { type: "tmpfs", size: "1M" } } });
    const { identity, pid } = await site.seen();
    assert.equal((await driftOf(site, 0)).findings, []);
    await unmountInside(site, "/cache");
    const { findings, basis, generation, pending } = await driftOf(site, 2);
    assert.equal(
      { findings, basis, generation, pending },
      {
        findings: [
          {
            ...{ address: 'web.mounts["/cache"]', environment: "web", wanted: "tmpfs size=1048576", found: "nothing" },
            ...{ evidence: `nothing of it in /proc/${pid}/mountinfo`, ignored: false, ignored_by: null },
          },
        ],
        ...{ basis: "generation", generation: 1, pending: [] },
      },
    );
    assert.match((await site.rig.expect(2, "drift")).stdout, /web\.mounts\["\/cache"\]\n {2}wanted {2}tmpfs/);
    assert.equal((await site.status()).drifted, ['web.mounts["/cache"]']);
    assert.ok((await driftOf(site, 0, "--ignore", "web.mounts")).findings[0]?.ignored);
    await site.apply();
    assert.equal((await driftOf(site, 0)).findings, []);
    assert.is((await site.seen()).identity, identity);
    assert.equal(readdirSync(generationsOf(site)), ["1.json"], "what is applied stayed the same");
  }),
);

live("an edit of the manifest is pending, never drift; both at once are told apart", () =>
  withSite(async (site) => {
    await site.stand({ hostname: "one", mounts: { "/cache": { type: "tmpfs", size: "1M" } } });
    site.declare({ web: { hostname: "two", mounts: { "/cache": { type: "tmpfs", size: "2M" } }, labels: { a: "b" } } });
    const { findings, pending } = await driftOf(site, 0);
    assert.equal({ findings, pending }, { findings: [], pending: ["web.labels.a", "web.hostname", 'web.mounts["/cache"].size'] });
    assert.equal(await originsOf(site), ["pending web.hostname", 'pending web.mounts["/cache"]']);
    assert.not.match((await site.rig.expect(0, "plan")).stdout, /pending;/);
    const { drifted, synced } = await site.status();
    assert.equal({ drifted, synced }, { drifted: [], synced: false });
    await unmountInside(site, "/cache");
    assert.equal(
      (await driftOf(site, 2)).findings.map(({ address, wanted }) => `${address} ${wanted}`),
      ['web.mounts["/cache"] tmpfs size=1048576'],
    );
    assert.equal(await originsOf(site), ["pending web.hostname", 'drift web.mounts["/cache"]']);
    assert.match((await site.rig.expect(0, "plan")).stdout, / pending; .*\n(.*\n)*.*\(drift; /);
    await site.apply();
    assert.equal((await driftOf(site, 0)).pending, []);
  }),
);

live("with the state directory gone everything works, and what differs is of unknown origin", () =>
  withSite(async (site) => {
    await site.stand({ hostname: "one" });
    rmSync(join(site.rig.stateDir, "state"), { recursive: true });
    const { basis, generation, findings } = await driftOf(site, 0);
    assert.equal({ basis, generation, findings }, { basis: "manifest", generation: null, findings: [] });
    assert.match((await site.rig.expect(0, "drift")).stdout, /what was last applied is not known/);
    site.declare({ web: { hostname: "two" } });
    assert.equal(await originsOf(site), ["unknown web.hostname"]);
    assert.is((await driftOf(site, 2)).findings[0]?.address, "web.hostname");
    site.declare({ web: { hostname: "one" } });
    assert.equal(await site.changes(), []);
    await site.apply();
    assert.equal(readdirSync(generationsOf(site)), ["1.json"]);
    assert.is((await driftOf(site, 0)).basis, "generation");
  }),
);

live("an environment whose first process was killed has drifted; one that was never applied is pending", () =>
  withSite(async (site) => {
    await site.stand();
    const { pid } = await site.seen();
    site.declare({ web: {}, db: {} });
    assert.equal((await driftOf(site, 0)).pending, ["db"]);
    process.kill(pid, "SIGKILL");
    const { findings } = await driftOf(site, 2);
    assert.equal(
      findings.map(({ address, wanted, found }) => `${address} ${wanted}: ${found}`),
      ["web running: not running"],
    );
    const origins = await originsOf(site);
    assert.ok(origins.includes("drift web.namespaces") && origins.includes("pending db.namespaces"), origins.join("\n"));
  }),
);

live("a damaged record is not believed, told, and replaced by the next apply; a newer one is refused", () =>
  withSite(async (site) => {
    await site.stand();
    const file = join(generationsOf(site), "1.json");
    const text = readFileSync(file, "utf8");
    for (const damage of ["", text.slice(0, -1), text.slice(0, 500), text.replace('"hostname":"web"', '"hostname":"wob"'), "{}\n"]) {
      writeFileSync(file, damage);
      const { basis, warnings, findings } = await driftOf(site, 0);
      assert.equal(
        { basis, warnings: warnings.map(({ code }) => code), findings },
        { basis: "manifest", warnings: ["record/damaged"], findings: [] },
      );
      assert.equal(await site.changes(), []);
    }
    assert.match((await site.rig.expect(0, "plan")).stdout, /warning record\/damaged: /);
    await site.apply();
    assert.equal(readdirSync(generationsOf(site)).sort(), ["1.json", "2.json"]);
    assert.is((await driftOf(site, 0)).generation, 2);
    writeFileSync(join(generationsOf(site), "3.json"), '{"schema":"cloister/generation/v2","number":3}\n');
    assert.match((await site.rig.expect(1, "plan")).stderr, /error record\/newer-version: .*3\.json was written by a newer cloister/);
    rmSync(join(generationsOf(site), "3.json"));
  }),
);

live("who was taken out of the control groups is put back, a group that was removed too, with its limits; nothing restarts", () =>
  withSite(async (site) => {
    await site.stand({ resources: { limits: { pids: 100, memory: "64M" } }, command: ["sleep", "1000"] });
    const seen = await site.seen();
    const main = (await site.status()).process?.pid ?? 0;
    const start = startOf(main);
    const group = groupOf(site.rig, seen, "pids");
    const before = readFileSync(`/proc/${main}/cgroup`, "utf8");
    for (const pid of [main, seen.pid]) moveOut(pid);
    for (const below of ["keeper", "p-main", "exec", ""]) if (existsSync(join(group, below))) rmdirSync(join(group, below));
    assert.not.ok(existsSync(group));
    const { findings } = await driftOf(site, 2);
    assert.equal(findings.map(({ address }) => address).sort(), ["web.cgroups", "web.resources.limits.pids"]);
    assert.match(findings[0]?.evidence ?? "", /^\/proc\/\d+\/cgroup: /);
    await site.apply();
    assert.is(readFileSync(`/proc/${main}/cgroup`, "utf8"), before);
    assert.is(readFileSync(join(group, "pids.max"), "utf8"), "100\n");
    assert.equal([(await site.seen()).identity, startOf(main)], [seen.identity, start]);
    assert.is((await site.status()).process?.pid, main);
  }),
);

test.run();

/** Unmounts in the mount namespace of `web`, as nobody but the host's root could. */
async function unmountInside(site: Site, target: string): Promise<void> {
  const { pid } = await site.seen();
  const { code, stderr } = await site.rig.start(["umount", "-N", String(pid), target], {});
  assert.is(code, 0, stderr);
}
