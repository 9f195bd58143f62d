import { readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Lock } from "../../../src/model/lock.ts";
import { lockDifferences } from "../../../src/model/lock-diff.ts";
import { usageRates } from "../../../src/model/usage.ts";
import { diagnosticsDocument } from "../../../src/ui/diagnostics-json.ts";
import { doctorDocument } from "../../../src/ui/doctor-json.ts";
import { eventRecord } from "../../../src/ui/event-json.ts";
import { logLine } from "../../../src/ui/log-json.ts";
import { planDocument } from "../../../src/ui/plan-json.ts";
import { graphDocument } from "../../../src/ui/render-graph.ts";
import { lockDiffDocument, lockDocument } from "../../../src/ui/render-lock.ts";
import { mapDocument, renderMap } from "../../../src/ui/render-map.ts";
import { renderVariables, variablesDocument } from "../../../src/ui/render-variables.ts";
import { statsDocument } from "../../../src/ui/stats-json.ts";
import { statusDocument } from "../../../src/ui/status-json.ts";
import { verifyDocument } from "../../../src/ui/verify-json.ts";
import { golden } from "../../support/golden.ts";
import { sampleEvents } from "../../support/sample-events.ts";
import { sampleLockedLayer, sampleLockedRoot } from "../../support/sample-lock.ts";
import { planOf, richPlan, statusOf } from "../../support/sample-plan.ts";
import { sampleLooks } from "../../support/sample-usage.ts";

const directory = "schemas/output";
const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
const validators = new Map(
  readdirSync(directory).map((name) => [name, ajv.compile(JSON.parse(readFileSync(`${directory}/${name}`, "utf8")))] as const),
);

/** The problems that the schema of a document finds in what a program would read. */
function problems(document: Record<string, unknown>): string {
  const name = String(document.schema).replace(/^cloister\/(.*)\/v1$/, "$1-v1.json");
  const validate = validators.get(name);
  assert.ok(validate, `${name} is not there`);
  return validate(JSON.parse(JSON.stringify(document))) ? "" : ajv.errorsText(validate.errors);
}

const formatStep = (step: { readonly title: string }) => step.title;
const plan = planDocument(richPlan, formatStep);
const diagnostics = diagnosticsDocument([
  {
    code: "internal/bug",
    severity: "error",
    message: "a",
    at: { file: "a.yaml", line: 1, column: 2 },
    also: [],
    hint: "h",
    cause: "c\x1b",
  },
  { code: "internal/bug", severity: "warning", message: "b" },
]);

const finding = { id: "ids/range", title: "it has a range", rule: "S02", evidence: "uid_map 0 0 1" } as const;
const verified = verifyDocument([
  {
    environment: "web",
    pid: 4711,
    unsafe: ["host-pid"],
    findings: [
      { ...finding, result: "fail", hint: "map more" },
      { ...finding, id: "ids/setgroups", result: "pass", hint: null },
      { ...finding, id: "ids/processes", result: "not-applicable", hint: null },
    ],
  },
  { environment: null, pid: 4712, unsafe: [], findings: [] },
]);
const requirements = doctorDocument([
  { id: "tools/perl", title: "perl", result: "fail", found: "not installed", fix: "apt-get install perl-base" },
  { id: "kernel/release", title: "kernel", result: "ok", found: "6.18", fix: null },
]);

const sampleGraph = graphDocument({
  project: "site",
  networks: [{ id: "bridge br0", mode: "bridge", name: "br0" }],
  environments: [
    { name: "web", mode: "bridge", network: "bridge br0", address: "192.0.2.5/24" },
    { name: "job", mode: "none", network: null, address: null },
  ],
  ports: [{ environment: "web", host: "8080", inside: "80/tcp" }],
  shared: [{ environment: "job", type: "environment", with: "web", namespaces: ["ipc"] }],
});
const mapped = {
  ...({ kind: "net", inode: "4026531840", host: false, owner: { project: "site", environment: "web" } } as const),
  ...{ processes: [{ pid: 7, command: "a\x1b" }], files: ["/run/netns/lab\x1b"] },
};
const sampleMap = mapDocument([mapped, { kind: "uts", inode: "1", host: true, owner: null, processes: [], files: [] }]);

test("plans are as their schema says", () => {
  assert.is(problems(plan), "");
  assert.is(problems(planDocument(planOf([]), formatStep)), "");
  golden("json/plan.json", `${JSON.stringify(plan, null, 2)}\n`);
});

test("states are as their schema says", () => {
  const status = statusDocument(statusOf(richPlan.environments));
  assert.is(problems(status), "");
  golden("json/status.json", `${JSON.stringify(status, null, 2)}\n`);
});

test("what is used is as its schema says", () => {
  const stats = statsDocument("blog", usageRates(...sampleLooks));
  assert.is(problems(stats), "");
  assert.match(problems({ ...stats, environments: [{ name: "web" }] }), /cpu_percent/);
  golden("json/stats.json", `${JSON.stringify(stats, null, 2)}\n`);
});

test("lines of logs are as their schema says", () => {
  assert.is(problems(logLine("web", "main", { line: "a\x1b[31m\t", moment: null })), "");
  assert.is(problems(logLine("web", "main", { line: "", moment: 1_764_000_000_000 })), "");
  assert.match(problems({ ...logLine("web", "main", { line: "", moment: null }), line: null }), /line/);
});

test("findings and requirements are as their schemas say", () => {
  assert.is(problems(verified), "");
  golden("json/verify.json", `${JSON.stringify(verified, null, 2)}\n`);
  assert.is(problems(requirements), "");
  golden("json/doctor.json", `${JSON.stringify(requirements, null, 2)}\n`);
});

test("diagnostics are as their schema says", () => {
  assert.is(problems(diagnostics), "");
  golden("json/diagnostics.json", `${JSON.stringify(diagnostics, null, 2)}\n`);
});

const place = { file: "a\x1b.yaml", line: 4, column: 2, length: 3 };
const used = [
  { name: "A", value: null, from: null, uses: [{ operator: ":?", operand: "say\x1b it", at: place }] },
  { name: "B", value: "b\x1b", from: "environment", uses: [{ operator: "", operand: null, at: null }] },
  { name: "C", value: "", from: place, uses: [] },
] as const;

test("variables are as their schema says, and nothing in them reaches a terminal as it is", () => {
  assert.is(problems(variablesDocument(used)), "");
  assert.match(
    problems(variablesDocument([{ name: "A", value: null, from: null, uses: [{ operator: "%", operand: "", at: null }] }])),
    /operator/,
  );
  golden("json/variables.json", `${JSON.stringify(variablesDocument(used), null, 2)}\n`);
  const text = renderVariables(used);
  assert.not(text.includes("\x1b"));
  assert.match(
    text,
    /^A = not set\n {2}\$\{A:\?say.* it\} {2}a.*\.yaml:4\nB = "b.*" {2}\(the environment\)\n {2}\$\{B\}\nC = "" {2}\(a.*\.yaml:4\)\n$/,
  );
  assert.is(renderVariables([]), "the manifest uses no variables\n");
});

test("reports of locks and in what two differ are as their schemas say", () => {
  const { curl, ...others } = sampleLockedRoot.packages;
  assert.ok(curl);
  const moved = { ...sampleLockedRoot, packages: { ...others, curl: { ...curl, version: "8" }, new: curl } };
  const none: Lock = { roots: [], layers: [] };
  const [before, after] = [sampleLockedRoot, moved].map((root): Lock => ({ ...none, roots: [{ projects: ["blog"], root }] }));
  assert.ok(before && after);
  const layered: Lock = { ...none, layers: [{ projects: ["blog"], layer: sampleLockedLayer }] };
  const pairs = [
    [before, after],
    [none, after],
    [before, none],
    [none, layered],
  ] as const;
  const both = pairs.flatMap(([one, other]) => lockDifferences(one, other));
  const layers = [sampleLockedLayer, { ...sampleLockedLayer, result: null }];
  const varying = [{ name: "bookworm-minbase+1", path: "/etc/machine-id" }];
  const report = lockDocument({ path: "/srv/cloister.lock", changed: true, roots: [moved], layers, varying, differences: both });
  const differences = lockDiffDocument(both);
  assert.is(problems(report), "");
  assert.is(problems(differences), "");
  assert.match(problems({ ...report, roots: [{}] }), /packages/);
  assert.match(problems({ ...report, layers: [{}] }), /packages/);
  assert.match(problems({ ...report, varying: [{}] }), /path/);
  assert.match(problems({ ...report, differences: [{ ...both[0], change: "moved" }] }), /change/);
  assert.match(problems({ ...differences, differences: [{ name: "x" }] }), /change/);
  golden("json/lock-report.json", `${JSON.stringify(report, null, 2)}\n`);
  golden("json/lock-diff.json", `${JSON.stringify(differences, null, 2)}\n`);
});

test("graphs and maps are as their schemas say", () => {
  assert.is(problems(sampleGraph), "");
  assert.match(problems({ ...sampleGraph, ports: [{ host: "8080" }] }), /inside/);
  assert.is(problems(sampleMap), "");
  assert.match(problems({ ...sampleMap, namespaces: [{ ...mapped, kind: "disk" }] }), /kind/);
  golden("json/graph.json", `${JSON.stringify(sampleGraph, null, 2)}\n`);
  golden("json/map.json", `${JSON.stringify(sampleMap, null, 2)}\n`);
  assert.not(renderMap([mapped], { color: false }).includes("\x1b"));
});

test("events of every type are as their schema says", () => {
  const seen = new Set(sampleEvents.map(({ type }) => type));
  assert.is(seen.size, 14);
  for (const event of sampleEvents) assert.is(problems(eventRecord(event)), "", event.type);
});

test("a document that lacks something is found", () => {
  assert.match(problems({ ...plan, changes: [{}] }), /address/);
  assert.match(problems({ ...diagnostics, errors: "1" }), /errors/);
  assert.match(problems({ schema: "cloister/event/v1", type: "interrupted" }), /signal/);
});

test("keys are snake_case everywhere", () => {
  const keys = (value: unknown): string[] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, each]) => [...(Array.isArray(value) ? [] : [key]), ...keys(each)])
      : [];
  const documents = [
    plan,
    diagnostics,
    verified,
    requirements,
    variablesDocument(used),
    statusDocument(statusOf(richPlan.environments)),
    sampleGraph,
    sampleMap,
    ...sampleEvents.map(eventRecord),
  ];
  for (const key of documents.flatMap(keys)) assert.match(key, /^[a-z]+(_[a-z]+)*$/);
});

test.run();
