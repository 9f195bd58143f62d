import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("logs --json: each line of each process is one document, whatever is in it, and one that was not ended is a line", () =>
  withSite(async (site) => {
    const says = (words: string) => ({ command: ["sh", "-c", `printf '${words}'; exec sleep 1000`] });
    await site.stand({ processes: { main: says('a"b\\n\\033[31mred\\nrest'), other: says("x\\n\\n") } });
    const lines = async (...words: readonly string[]) => {
      const { stdout } = await site.rig.expect(0, "logs", "--json", ...words);
      assert.not(stdout.includes("\x1b"));
      return stdout
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line));
    };
    const document = (process: string, line: string) => ({ schema: "cloister/log-line/v1", environment: "web", process, line });
    const main = ['a"b', "\x1b[31mred", "rest"].map((line) => document("main", line));
    const other = ["x", ""].map((line) => document("other", line));
    await until("both have written", async () => (await lines("web")).length === 5);
    assert.equal(await lines("web"), [...main, ...other]);
    assert.equal(await lines("web/main"), main, "also of one alone");
    assert.equal(await lines("-n", "1", "web/other"), other.slice(1));
    assert.is((await site.rig.expect(0, "logs", "web/main")).stdout, 'a"b\n\x1b[31mred\nrest', "control: without it, as it was written");
  }),
);

test.run();
