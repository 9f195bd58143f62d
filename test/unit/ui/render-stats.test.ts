import { test } from "uvu";
import * as assert from "uvu/assert";
import { usageRates } from "../../../src/model/usage.ts";
import { renderStats } from "../../../src/ui/render-stats.ts";
import { sampleLooks } from "../../support/sample-usage.ts";

test("a row for each environment and process, with limits, and what was short below", () => {
  const text = renderStats(usageRates(...sampleLooks), { color: false });
  assert.is(
    text,
    [
      "NAME              CPU           MEMORY                TASKS    READ                 WRITTEN  PRESSURE",
      "web               45 % of 50 %  50.0 MiB of 64.0 MiB  4 of 50  4.0 KiB (2.0 KiB/s)  0 B      cpu 13 %",
      "  processes.main  -             50.0 MiB of 64.0 MiB  4 of 50  4.0 KiB              0 B      -",
      "  held back 3 times by its limit of processors, 250 ms in all",
      "  out of memory: the kernel has ended 1 process",
      "a\\x1b[31m         -             -                     -        -                    -        -",
      "",
    ].join("\n"),
  );
});

test("nothing that runs is said", () => assert.is(renderStats([], { color: false }), "nothing runs\n"));

test.run();
