import { test } from "uvu";
import * as assert from "uvu/assert";
import { usageRates } from "../../../src/model/usage.ts";
import { sampleLooks, sampleUsage } from "../../support/sample-usage.ts";

const [before, now] = sampleLooks;

test("rates are what was added, by the second; of what was not there before there are none", () => {
  const [web, other] = usageRates(before, now);
  assert.equal([web?.cpuPercent, web?.readBytesPerSecond, web?.writtenBytesPerSecond], [45, 2048, 0]);
  assert.equal([web?.parts[0]?.name, web?.parts[0]?.cpuPercent], ["processes.main", null]);
  assert.equal([other?.cpuPercent, other?.readBytesPerSecond], [null, null]);
});

test("what is less than before is another life of that name", () => {
  const younger = { ...now, environments: [{ name: "web", usage: { ...sampleUsage, cpuUsec: 5 }, parts: [] }] };
  assert.is(usageRates(before, younger)[0]?.cpuPercent, null);
});

test("two looks at one moment have no rates", () => {
  assert.is(usageRates(now, now)[0]?.cpuPercent, null);
});

test.run();
