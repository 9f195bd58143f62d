import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readProc } from "../../src/host/proc-reader.ts";
import { needs } from "../support/needs.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

live(
  "a watch writes a secret whose file was edited, and puts one back; it runs commands when the manifest is read, and at no other time",
  () =>
    withSite(async (site) => {
      site.rig.write("db.txt", "one\n");
      site.rig.write("secret.sh", "echo >>count\ncat token.txt\n");
      site.rig.write("token.txt", "first\n");
      const secrets = { db: { file: "./db.txt" }, token: { command: ["sh", "secret.sh"] } };
      await site.stand({ secrets });
      const { pid, identity } = await site.seen();
      const inside = (name = "db") => readProc(`/proc/${pid}/root/run/secrets/${name}`);
      const runs = () => readFileSync(join(site.rig.directory, "count"), "utf8").length;
      const source = join(site.rig.directory, "db.txt");
      await withWatch(site, ["--interval", "500ms"], async (watching) => {
        const before = runs();
        writeFileSync(`${source}~`, "two\n");
        renameSync(`${source}~`, source);
        await until("the edit", () => inside() === "two\n");
        await until("its reading", () => runs() === before + 1);
        rmSync(source);
        await watching.told({ type: "condition", condition: "ManifestInvalid", status: true });
        writeFileSync(source, "three\n");
        await until("its return", () => inside() === "three\n");
        await watching.calm();
        const known = runs();
        writeFileSync(join(site.rig.directory, "token.txt"), "second\n");
        await site.inside("sh", "-c", "echo evil >/run/secrets/token; rm /run/secrets/db");
        await until("the repair", () => inside() === "three\n" && inside("token") === "first\n", 15_000);
        assert.is(runs(), known);
        site.declare({ web: { hostname: "other", secrets } });
        await until("the edit of the manifest", () => inside("token") === "second\n");
        writeFileSync(source, "");
        await watching.told({ type: "condition", condition: "ManifestInvalid", status: true }, watching.lines.length);
        assert.is(inside(), "three\n", "what is no value is not written");
        writeFileSync(source, "three\n");
        await watching.calm();
      });
      assert.is((await site.seen()).identity, identity);
    }),
);

test.run();
