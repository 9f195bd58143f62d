import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("a watch applies an edit of a source, however it is saved, and puts a changed file back", () =>
  withSite(async (site) => {
    site.rig.write("app.conf", "listen 80\n");
    await site.stand({ files: { "/etc/app.conf": "./app.conf" } });
    const { pid, identity } = await site.seen();
    const inside = () => readFileSync(`/proc/${pid}/root/etc/app.conf`, "utf8");
    const source = join(site.rig.directory, "app.conf");
    await withWatch(site, ["--interval", "1s"], async (watching) => {
      writeFileSync(source, "listen 81\n");
      await until("the edit", () => inside() === "listen 81\n");
      writeFileSync(`${source}~`, "listen 82\n");
      renameSync(`${source}~`, source);
      await until("a file renamed over it", () => inside() === "listen 82\n");
      rmSync(source);
      await watching.told({ type: "condition", condition: "ManifestInvalid", status: true });
      writeFileSync(source, "listen 83\n");
      await until("its return", () => inside() === "listen 83\n");
      await watching.calm();
      await site.inside("sh", "-c", "echo evil >/etc/app.conf");
      await until("the repair", () => inside() === "listen 83\n", 15_000);
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

test.run();
