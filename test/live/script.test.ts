// timeout: 400 s
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { busyboxTar } from "../support/busybox.ts";
import { needs } from "../support/needs.ts";
import { everything, left, run, scripted, scriptOf } from "../support/scripts.ts";
import { limitOf, mountAt, processesOf, startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "shellcheck");

live("a new environment made by the script is what a plan wants, isolated, and goes without a trace", () =>
  withSite(async (site) => {
    site.rig.write("site/index.html", "site\n");
    site.declare({ web: everything });
    await scripted(site);
    assert.equal(await site.changes(), []);
    await site.rig.expect(0, "plan", "--detailed-exitcode");
    await site.rig.expect(0, "verify", "web");
    const { state, process, synced } = await site.status();
    assert.equal([state, process?.type, synced], ["running", "running", true]);
    assert.is(await site.inside("hostname"), "one");
    assert.is(await site.inside("cat", "/srv/index.html", "/over/index.html"), "site\nsite");
    await until("its output", async () => (await site.rig.cloister("logs", "web")).stdout === "hello\n");
    const seen = await site.seen();
    assert.is(limitOf(site.rig, seen, "pids"), 100);
    const open = readdirSync(`/proc/${seen.pid}/fd`).map((name) => readlinkSync(`/proc/${seen.pid}/fd/${name}`));
    assert.ok(
      open.every((link) => link === "/dev/null" || link.startsWith("anon_inode:")),
      open.join(" "),
    );
    assert.is(await site.inside("stat", "-c", "%a", "/cache", "/over", "/data"), "755\n755\n755");
    await site.rig.expect(0, "drift");
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.equal(left(site), []);
  }),
);

for (const shell of [["dash"], ["bash", "--posix"]]) {
  live(`the script runs with ${shell.join(" ")}, and again it finds that nothing is to be done`, () =>
    withSite(async (site) => {
      site.rig.write("site/index.html", "site\n");
      site.declare({ web: everything });
      await scripted(site, { shell });
      const { identity } = await site.seen();
      assert.equal(await site.changes(), []);
      const again = await run(site, [...shell, await scriptOf(site)]);
      assert.equal([again.code, again.stdout, again.stderr], [0, "", ""]);
      assert.is((await site.seen()).identity, identity);
    }),
  );
}

live("changes of a running environment are done in place by the script; only what must restart does", () =>
  withSite(async (site) => {
    site.rig.write("site/index.html", "site\n");
    await site.stand(everything);
    const { identity } = await site.seen();
    const { process } = await site.status();
    const mounts = { "/srv": "./site", "/cache": { type: "tmpfs", size: "2M" }, "/more": { type: "tmpfs", size: "1M" } };
    const changed = { ...everything, hostname: "two", mounts, resources: { limits: { memory: "128M" } } };
    site.declare({ web: changed });
    await scripted(site);
    assert.equal(await site.changes(), []);
    const seen = await site.seen();
    assert.equal([seen.identity, (await site.status()).process], [identity, process]);
    assert.is(await site.inside("hostname"), "two");
    assert.ok(mountAt(seen, "/cache").superOptions.includes("size=2048k"));
    assert.not(seen.mounts.some(({ target }) => target === "/over"));
    site.declare({ web: { ...changed, command: ["sleep", "2000"] } });
    await scripted(site);
    assert.equal(await site.changes(), []);
    assert.is((await site.seen()).identity, identity);
    assert.is.not((await site.status()).process?.pid, process?.pid);
  }),
);

live("what must be made anew is, and what is not in the manifest any more is ended by the script of a prune, without a trace", () =>
  withSite(async (site) => {
    await site.stand({ command: ["sleep", "1000"], overlay: "ephemeral" });
    const { identity } = await site.seen();
    site.declare({ web: { overlay: "ephemeral", time_offsets: { monotonic: 5 } } });
    await scripted(site);
    assert.equal(await site.changes(), []);
    assert.is.not((await site.seen()).identity, identity);
    site.declare({ other: { overlay: "ephemeral" } });
    await site.apply("other");
    const orphan = await site.seen();
    await scripted(site, { flags: ["--prune"] });
    assert.is((await site.status("other")).state, "running");
    assert.is(startOf(orphan.pid), null);
    const { stdout } = await site.rig.expect(0, "status", "--json");
    assert.not(stdout.includes('"web"'));
    const { project, stateDir, dataDir } = site.rig;
    for (const path of [`${stateDir}/run/${project}/web`, `${dataDir}/uppers/${project}.web`, `${stateDir}/state/${project}/logs/web`])
      assert.not(existsSync(path), path);
    assert.equal(
      processesOf(site.rig).filter((pid) => pid === orphan.pid),
      [],
    );
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.equal(left(site), []);
  }),
);

live("environments that share namespaces are made in order, by what was found out on the way", () =>
  withSite(async (site) => {
    site.declare({ front: { namespaces: { net: "join:back" } }, back: { command: ["sleep", "1000"] } });
    await scripted(site);
    assert.equal(await site.changes(), []);
    const [front, back] = [await site.seen("front"), await site.seen("back")];
    assert.is(front.namespaces.net, back.namespaces.net);
  }),
);

live("a root that is not in the store is unpacked by the script as by a build", () =>
  withSite(async (site) => {
    busyboxTar(join(site.rig.directory, "root.tar"));
    const declared = { rootfs: { tar: "./root.tar" }, command: ["sleep", "1000"] };
    site.declare({ web: declared });
    await site.rig.expect(0, "build");
    const roots = `${site.rig.dataDir}/store/roots`;
    const [name = ""] = readdirSync(roots);
    const index = () => JSON.stringify({ ...JSON.parse(readFileSync(join(roots, name), "utf8")), date: "" });
    const built = index();
    spawnSync("rm", ["-rf", `${site.rig.dataDir}/store`]);
    await scripted(site);
    assert.equal(await site.changes(), []);
    assert.is(index(), built);
    assert.equal(readdirSync(`${site.rig.dataDir}/store/tmp`), []);
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    await scripted(site);
    assert.is(await site.inside("hostname"), "web");
  }),
);

live("whatever a manifest says is data to the script", () =>
  withSite(async (site) => {
    const marks = ["one", "two", "three", "four", "five"].map((name) => join(site.rig.directory, name));
    const hostile = [
      `'; touch ${marks[0]}; '`,
      `$(touch ${marks[1]})`,
      `\`touch ${marks[2]}\``,
      `"\n touch ${marks[3]}\n\\`,
      "\u001b[31m\u202e'",
    ];
    // As a manifest has it, where a dollar begins a variable.
    const literal = (text: string) => text.replaceAll("$", "$$$$");
    site.rig.write("it's $(touch five)/index.html", "site\n");
    site.declare({
      web: {
        environment: Object.fromEntries(hostile.map((value, index) => [`V${index}`, literal(value)])),
        mounts: { "/it's $(touch five)": { type: "bind", source: literal("./it's $(touch five)") } },
        description: literal(hostile.join("\n")),
        command: [
          "sh",
          "-c",
          literal('for one; do printf "<%s>" "$one"; done; printf "<%s>" "$V0" "$V1" "$V2" "$V3" "$V4"; sleep 1000'),
          "sh",
          ...hostile.map(literal),
        ],
      },
    });
    const path = await scriptOf(site);
    assert.not.match(readFileSync(path, "utf8"), /[^\P{C}\n]/u);
    await scripted(site);
    assert.equal(await site.changes(), []);
    const wanted = [...hostile, ...hostile].map((value) => `<${value}>`).join("");
    await until("its output", async () => (await site.rig.cloister("logs", "web")).stdout.includes(">") || null);
    const log = readFileSync(`${site.rig.stateDir}/state/${site.rig.project}/logs/web/main.log`, "utf8");
    assert.is(log, wanted);
    assert.is(await site.inside("cat", "/it's $(touch five)/index.html"), "site");
    assert.equal(
      marks.filter((mark) => existsSync(mark)),
      [],
    );
  }),
);

test.run();
