import { mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** A manifest whose environment says its host name, and includes the rest. */
function declare({ rig }: Site, ...include: readonly string[]): void {
  const environments = { web: { rootfs: { directory: "./root" }, hostname: "mine" } };
  rig.write("cloister.yaml", JSON.stringify({ api_version: "cloister/v1", name: "site", include, environments }));
}

const base = (size: string) =>
  `include: [more/files.yaml]\nenvironments:\n  web:\n    hostname: theirs\n    mounts: { /cache: { type: tmpfs, size: ${size} } }\n`;

live("what is included is merged under what includes it; its paths start at its own directory; origins name it", () =>
  withSite(async (site) => {
    const { rig } = site;
    mkdirSync(join(rig.directory, "shared/more/data"), { recursive: true });
    rig.write("shared/more/app.conf", "listen 80\n");
    rig.write("shared/more/files.yaml", "environments: { web: { files: { /etc/app.conf: ./app.conf }, mounts: { /data: ./data } } }\n");
    rig.write("shared/base.yaml", base("1M"));
    declare(site, "shared/base.yaml");
    await site.apply();
    assert.is(await site.inside("sh", "-c", "hostname; cat /etc/app.conf; touch /data/made"), "mine\nlisten 80");
    assert.is(readFileSync(join(rig.directory, "shared/more/data/made"), "utf8"), "");
    const { stdout } = await rig.expect(0, "config", "--origin");
    for (const line of [/hostname: mine # cloister\.yaml:1/, /size: 1M # shared\/base\.yaml:5/, /app\.conf # shared\/more\/files\.yaml:1/])
      assert.match(stdout, line);
    rig.write("shared/base.yaml", base("2M"));
    assert.equal(await site.changes(), ['update web.mounts["/cache"]']);
    rig.write("shared/base.yaml", base("twenty"));
    assert.match((await rig.expect(3, "plan")).stderr, /shared\/base\.yaml:5:\d+\n *5 \|.*twenty/);
    rig.write("shared/base.yaml", base("1M"));
  }),
);

live("a watch follows what is included, and what that includes", () =>
  withSite(async (site) => {
    const { rig } = site;
    mkdirSync(join(rig.directory, "shared/more"), { recursive: true });
    const more = (name: string) => rig.write("shared/more/files.yaml", `environments: { web: { domainname: ${name} } }\n`);
    more("one");
    rig.write("real.yaml", base("1M"));
    symlinkSync("../real.yaml", join(rig.directory, "shared/base.yaml"));
    declare(site, "shared/base.yaml");
    await site.apply();
    const { pid, identity } = await site.seen();
    const sized = (kilobytes: number) => readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(`size=${kilobytes}k`);
    await withWatch(site, [], async (watching) => {
      rig.write("real.yaml", base("2M"));
      await until("the edit of the included file", () => sized(2048));
      more("two");
      await until("the edit of what that includes", async () => (await site.inside("cat", "/proc/sys/kernel/domainname")) === "two");
      const lines = watching.lines.length;
      rmSync(join(rig.directory, "shared/more/files.yaml"));
      const told = await watching.told({ type: "condition", condition: "ManifestInvalid", status: true }, lines);
      assert.match(JSON.stringify(told), /manifest\/include/);
      more("three");
      await until("its return", async () => (await site.inside("cat", "/proc/sys/kernel/domainname")) === "three");
      rig.write("other.yaml", base("3M"));
      rmSync(join(rig.directory, "shared/base.yaml"));
      symlinkSync("../other.yaml", join(rig.directory, "shared/base.yaml"));
      await until("a link that was turned", () => sized(3072));
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

test.run();
