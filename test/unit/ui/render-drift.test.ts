import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { driftDocument } from "../../../src/ui/drift-json.ts";
import type { DriftReport } from "../../../src/ui/render-drift.ts";
import { renderDrift } from "../../../src/ui/render-drift.ts";
import type { RecordedEvent } from "../../../src/ui/render-events.ts";
import { isRecordedEvent, renderRecordedEvents } from "../../../src/ui/render-events.ts";
import type { ListedGeneration } from "../../../src/ui/render-history.ts";
import { historyDiffDocument, historyDocument, renderDifferences, renderHistory } from "../../../src/ui/render-history.ts";
import { pauseDocument, renderPauses } from "../../../src/ui/render-pauses.ts";
import { golden } from "../../support/golden.ts";

const report: DriftReport = {
  ...{ project: "blog", basis: "generation", generation: 7, pending: ["web.labels.a"] },
  findings: [
    {
      ...{ address: 'web.mounts["/tmp"].size', environment: "web", wanted: "67108864", found: "33554432", ignored: false, ignoredBy: null },
      evidence: "412 398 0:51 / /tmp rw - tmpfs x\u202e\u001b[31m rw,size=32768k",
    },
    { address: "web.hostname", environment: "web", wanted: "web", found: "evil\n", evidence: null, ignored: true, ignoredBy: "list" },
    { address: "db", environment: "db", wanted: "running", found: "not running", evidence: null, ignored: true, ignoredBy: "flag" },
  ],
  warnings: [],
};

const generations: readonly ListedGeneration[] = [
  {
    ...{ number: 1, damaged: null, date: "2026-01-02T03:04:05.000Z", uid: 0, commit: "a".repeat(40), environments: ["web"] },
    changed: [{ address: "web", before: undefined, after: {} }],
  },
  { number: 2, damaged: "2.json was cut" },
  {
    ...{ number: 3, damaged: null, date: "2026-01-03T03:04:05.000Z", uid: 1000, commit: null, environments: ["web"] },
    changed: ["a", "b", "c", "d", "e"].map((label) => ({
      address: `web.labels.${label}`,
      before: "x",
      after: label === "b" ? undefined : "y",
    })),
  },
];

const event: RecordedEvent = {
  ...{ schema: "cloister/events/v1", date: "2026-01-02T03:04:05.000Z", verb: "apply", uid: 0, commit: "b".repeat(40), generation: 3 },
  ...{ exit_code: 1, duration_ms: 1500 },
  changed: [
    { address: "web", action: "create", origin: "pending", before: null, after: "running" },
    { address: "db.hostname", action: "update", origin: "drift", before: "x\u001b", after: "db" },
  ],
};

function problems(document: object): string {
  const plain: { readonly schema: string } = JSON.parse(JSON.stringify(document));
  const name = plain.schema.replace(/^cloister\/(.*)\/v1$/, "$1-v1.json");
  const ajv = new Ajv({ strict: false });
  return ajv.validate(JSON.parse(readFileSync(`schemas/output/${name}`, "utf8")), plain) ? "" : ajv.errorsText();
}

test("drift, history and events for people", () => {
  const unknown: DriftReport = { ...report, basis: "manifest", generation: null, findings: [], pending: [] };
  const texts = [
    renderDrift(report, { color: false }),
    renderDrift(unknown, { color: false }),
    renderHistory(generations, { color: false }),
    renderDifferences(generations[2]?.damaged === null ? generations[2].changed : [], { color: false }),
    renderRecordedEvents([event], { color: false }),
  ];
  golden("drift/texts.txt", texts.join("\n"));
});

test("drift, history and events are as their schemas say", () => {
  assert.is(problems(driftDocument(report)), "");
  assert.is(problems(historyDocument("blog", generations)), "");
  const differences = [{ address: "web", before: undefined, after: {} }];
  assert.is(problems(historyDiffDocument({ project: "blog", from: 1, to: 2, differences })), "");
  assert.is(problems(event), "");
  assert.match(problems({ schema: "cloister/drift/v1" }), /project/);
});

test("pauses for people and for programs", () => {
  const since = "2026-01-02T03:04:05.000Z";
  const pauses = [{ environment: "web", reason: "backup \u001b", since, until: null }];
  const warnings = [{ code: "record/damaged", severity: "warning", message: "it was cut" }] as const;
  const paused = { project: "blog", pauses, resumed: ["db"], warnings };
  assert.is(
    renderPauses(paused, { color: false }),
    "warning record/damaged: it was cut\ndb: resumed\nweb: paused until it is resumed: backup \\x1b\n",
  );
  assert.is(renderPauses({ project: "blog", pauses: [], resumed: [], warnings: [] }, { color: false }), "nothing is paused\n");
  assert.is(problems(pauseDocument(paused)), "");
});

test("only lines that are events are shown as such", () => {
  assert.equal([event, null, {}, { schema: "cloister/events/v2", changed: [] }].map(isRecordedEvent), [true, false, false, false]);
});

test.run();
