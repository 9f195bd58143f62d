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

test("on a terminal it has what fits there, and counts the other lines", () => {
  const rates = usageRates(...sampleLooks);
  const whole = renderStats(rates, { color: false }).trimEnd().split("\n");
  const shown = (columns: number, rows: number) => {
    const text = renderStats(rates, { color: false, screen: { columns, rows } });
    assert.is(text.slice(0, 6), "\u001b[H\u001b[J");
    return text.slice(6).trimEnd().split("\n");
  };
  assert.equal(shown(200, whole.length + 1), whole);
  assert.equal(shown(200, 3), [whole[0], `${whole.length - 1} more lines: cloister stats --once`]);
  assert.equal(
    shown(20, whole.length + 1).map((line) => line.length <= 20),
    whole.map(() => true),
  );
  assert.equal(shown(20, whole.length + 1)[0], whole[0]?.slice(0, 20).trimEnd());
});

test.run();
