import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Environment } from "../../../src/model/environment.ts";
import { createResource, diffResource } from "../../../src/plan/diff.ts";
import { makePlan } from "../../../src/plan/plan.ts";
import { files } from "../../../src/resources/files.ts";
import { visitResources } from "../../../src/resources/registry.ts";
import type { Altered } from "../../support/captured.ts";
import { captured, changesOf, declared } from "../../support/captured.ts";

const base = 1879638016;
const motd = { content: "hello\n", uid: 33, gid: 34, mode: "0640" } as const;
const other = { content: "other\n", uid: 0, gid: 0, mode: "0644" } as const;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** What the shim tells of a file. */
const seen = (content: string, { uid = 33, gid = 34, mode = "0640" } = {}) =>
  `file ${base + uid} ${base + gid} ${mode} ${Buffer.byteLength(content)} x${Buffer.from(content).toString("hex")}`;

/** An environment that wants these files, was last applied with those, and of which these facts are told. */
function altered(want: Environment["files"], last: Environment["files"] | null, facts: Altered["facts"] = {}): Altered {
  const before = last === null ? null : { ...declared(), files: last };
  return { environment: { files: want }, scope: { last: before }, facts };
}

const address = 'web.files["/etc/motd"]';
const fact = "keeper/file/6/etc/motd";
const cases: readonly (readonly [name: string, altered: Altered, changes: readonly string[]])[] = [
  ["as it is wanted", altered({ "/etc/motd": motd }, { "/etc/motd": motd }, { [fact]: seen("hello\n") }), []],
  ["not there, and never was", altered({ "/etc/motd": motd }, {}, { [fact]: null }), [`create ${address}`]],
  ["not there any more", altered({ "/etc/motd": motd }, { "/etc/motd": motd }, { [fact]: null }), [`update ${address}`]],
  ["another content of the same size", altered({ "/etc/motd": motd }, null, { [fact]: seen("hallo\n") }), [`update ${address}`]],
  ["another owner", altered({ "/etc/motd": motd }, null, { [fact]: seen("hello\n", { uid: 0 }) }), [`update ${address}`]],
  [
    "an owner who is nobody inside",
    altered({ "/etc/motd": motd }, null, { [fact]: seen("hello\n", { gid: -base }) }),
    [`update ${address}`],
  ],
  [
    "a large file that was not read",
    altered({ "/etc/motd": motd }, null, { [fact]: `file ${base} ${base} 0640 99999 -` }),
    [`update ${address}`],
  ],
  [
    "a directory in its place",
    altered({ "/etc/motd": motd }, null, { [fact]: `directory ${base} ${base} 0755 40 -` }),
    [`update ${address}`],
  ],
  ["no longer declared, as it was written", altered({}, { "/etc/motd": motd }, { [fact]: seen("hello\n") }), [`destroy ${address}`]],
  ["no longer declared, changed since", altered({}, { "/etc/motd": motd }, { [fact]: seen("hallo\n") }), []],
  ["no longer declared, of another mode", altered({}, { "/etc/motd": motd }, { [fact]: seen("hello\n", { mode: "0600" }) }), []],
  ["no longer declared, and gone", altered({}, { "/etc/motd": motd }, { [fact]: null }), []],
];

for (const [name, given, changes] of cases) {
  test(`a file ${name}: ${changes.join(", ") || "nothing to do"}`, () => assert.equal(changesOf(given), changes));
}

const steps = (given: Altered) =>
  diffResource(files, captured(given)).flatMap(({ change }) =>
    change.steps.map((step) =>
      step.type === "shim" ? step.operation.join(" ") : `${step.type} ${"path" in step ? String(step.path) : ""}`,
    ),
  );

test("content goes by a file of ours, a source by its own path and digest, what goes by its digest", () => {
  const staged = `${captured().scope.places.run}/file-${sha256("/etc/motd").slice(0, 16)}`;
  assert.equal(steps(altered({ "/etc/motd": motd }, {}, { [fact]: null })), [
    ...[`mkdir ${captured().scope.places.run}`, `write ${staged}`, `file /etc/motd ${staged} 33 34 0640 0`],
  ]);
  const copy = { source: "/home/me/link", held: [3, "abc"], uid: 0, gid: 0, mode: "0600" } as const;
  const source = JSON.stringify({ type: "file", realPath: "/home/me/real", links: [] });
  assert.equal(steps(altered({ "/etc/app": copy }, {}, { "keeper/file/3/etc/app": null, "source//home/me/link": source })), [
    "file-of /etc/app /home/me/real 0 0 0600 0 3 abc",
  ]);
  assert.equal(steps(altered({}, { "/etc/motd": motd }, { [fact]: seen("hello\n") })), [
    `file-gone /etc/motd 33 34 0640 6 ${sha256("hello\n")}`,
  ]);
});

test("on a read-only root a change makes the environment anew, on a mount it does not; what is no longer declared goes then", () => {
  const fixed = (path: string, given: Altered) => {
    const facts = Object.fromEntries(Object.entries(given.facts ?? {}).map(([name, value]) => [name.replace("/etc/motd", path), value]));
    return { ...given, environment: { ...given.environment, read_only: true }, facts };
  };
  const actions = (given: Altered) => diffResource(files, captured(given)).map(({ change }) => `${change.action} ${change.address}`);
  const changed = { [fact]: seen("hallo\n") };
  assert.equal(actions(fixed("/etc/motd", altered({ "/etc/motd": motd }, {}, changed))), [`recreate ${address}`]);
  assert.equal(actions(fixed("/etc/motd", altered({ "/etc/motd": motd }, {}, { [fact]: null }))), [`recreate ${address}`]);
  assert.equal(actions(fixed("/etc/motd", altered({}, { "/etc/motd": motd }, { [fact]: seen("hello\n") }))), [`recreate ${address}`]);
  assert.equal(actions(fixed("/run/motd", altered({ "/run/motd": motd }, {}, changed))), ['update web.files["/run/motd"]']);
  const anew = captured(altered({ "/etc/other": other }, { "/etc/motd": motd }));
  const made = createResource(files, { ...anew, scope: { ...anew.scope, keeper: null } });
  assert.equal(
    made.map(({ change }) => `${change.description}: ${change.steps.map(({ title }) => title).join(", ")}`),
    ["6 bytes, mode 0644: run directory, file /etc/other, file /etc/other", "no longer declared: taken away: take /etc/motd away"],
  );
});

test("what lies on a mount that is made anew is made after it", () => {
  const mounts = { ...declared().mounts };
  const run = mounts["/run"];
  if (run === undefined) throw new Error("not captured");
  const given = altered({ "/run/motd": motd }, { "/run/motd": motd }, { "keeper/file/6/run/motd": seen("hello\n") });
  const observed = captured({ ...given, environment: { ...given.environment, mounts: { ...mounts, "/run": { ...run, mode: "0700" } } } });
  const state = { name: "web", state: "running", id: null, pid: null, uptimeSeconds: null, root: null, memoryBytes: null } as const;
  const target = { ...observed, fresh: observed.scope, remnants: [], state: { ...state, processes: {}, drifted: [], pending: [] } };
  const request = { project: "t", targets: [target], resources: visitResources, shared: [], destroy: new Set<string>(), warnings: [] };
  const { changes } = makePlan({
    ...request,
    prune: false,
    volumes: false,
    keptSteps: () => [],
    hostSteps: () => [],
    recordSteps: () => [],
  });
  assert.equal(
    changes.map(({ action, address: where, reason }) => [action, where, reason]),
    [
      ["update", 'web.mounts["/run"]', undefined],
      ["update", 'web.files["/run/motd"]', 'lies on web.mounts["/run"]'],
    ],
  );
});

test.run();
