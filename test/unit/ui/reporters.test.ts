import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Event } from "../../../src/model/event.ts";
import { jsonReporter } from "../../../src/ui/json.ts";
import { plainReporter } from "../../../src/ui/plain.ts";
import { reporterFor } from "../../../src/ui/reporter.ts";
import { golden } from "../../support/golden.ts";
import { sampleEvents } from "../../support/sample-events.ts";

function told(how: { readonly verbose?: boolean; readonly quiet?: boolean }, events: readonly Event[]): string {
  const lines: string[] = [];
  const reporter = plainReporter({ color: false, verbose: false, quiet: false, ...how, write: (line) => void lines.push(line) });
  for (const event of events) reporter.report(event);
  return lines.join("");
}

test("plain: a line for what matters", () => golden("events/plain.txt", told({}, sampleEvents)));
test("plain and verbose: each step with its command", () => golden("events/verbose.txt", told({ verbose: true }, sampleEvents)));
test("quiet: only what failed", () => golden("events/quiet.txt", told({ quiet: true }, sampleEvents)));

test("json: one event a line", () => {
  const lines: string[] = [];
  const reporter = jsonReporter((line) => void lines.push(line));
  for (const event of sampleEvents) reporter.report(event);
  golden("events/events.ndjson", lines.join(""));
});

test("progress is told by the quarter and by the stage, however often it comes", () => {
  const events = Array.from({ length: 1000 }, (_, index): Event => {
    return {
      type: "step-progress",
      environment: "web",
      stage: index < 500 ? "fetching" : "unpacking",
      fraction: (index % 500) / 500,
      detail: `${index}`,
    };
  });
  const lines = told({}, events).trimEnd().split("\n");
  assert.equal(lines.length, 8);
});

test("what is chosen follows the wish, and a pipe never moves", async () => {
  const written: string[] = [];
  const wish = { color: false, verbose: false, write: (text: string) => void written.push(text) };
  for (const mode of ["auto", "tty", "plain", "json", "quiet"] as const) {
    const reporter = await reporterFor({ ...wish, mode, isTerminal: false });
    reporter.report({ type: "environment-skipped", environment: "db", reason: mode });
    await reporter.close();
  }
  assert.equal(written, [
    "db: skipped: auto\n",
    "db: skipped: tty\n",
    "db: skipped: plain\n",
    '{"schema":"cloister/event/v1","type":"environment-skipped","environment":"db","reason":"json"}\n',
  ]);
});

test.run();
