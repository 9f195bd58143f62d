import { flapping, invalid, paused, unsynced } from "../../src/engine/watch/conditions.ts";
import type { Event } from "../../src/model/event.ts";
import { richPlan } from "./sample-plan.ts";

const web = richPlan.changes.filter(({ environment }) => environment === "web");
const root = 'roots["2b1f33d0"]';

const told = { since: "2026-01-02T03:04:05.000Z", generation: 7 };
const pause = { environment: "web", reason: "backup \x1b", since: "2026-01-02T03:00:00.000Z", until: "2026-01-02T05:00:00.000Z" };

/** A run in which a root is built, one environment fails, one is skipped and one is done; each type of event is in it. */
export const sampleEvents: readonly Event[] = [
  { type: "apply-started", plan: richPlan },
  { type: "environment-started", environment: root, changes: richPlan.changes.slice(0, 1), total: 3 },
  {
    type: "step-started",
    environment: root,
    title: "build the root",
    done: 0,
    total: 3,
    command: "mmdebstrap --variant=minbase bookworm \x1b",
  },
  { type: "step-progress", environment: root, stage: "fetching packages", fraction: 0, detail: "libc6" },
  { type: "step-progress", environment: root, stage: "fetching packages", fraction: 0.1, detail: "perl-base" },
  { type: "step-progress", environment: root, stage: "fetching packages", fraction: 0.62, detail: "apt\x1b[2J" },
  { type: "step-progress", environment: root, stage: "configuring", fraction: null, detail: "" },
  { type: "step-finished", environment: root, title: "build the root", done: 1, total: 3, durationMs: 14_200 },
  { type: "environment-finished", environment: root, changes: richPlan.changes.slice(0, 1), durationMs: 14_900 },
  { type: "environment-started", environment: "web", changes: web, total: 10 },
  { type: "warning", diagnostic: { code: "internal/bug", severity: "warning", message: "limits cannot be enforced here" } },
  { type: "step-started", environment: "web", title: "wait until db/x is healthy", done: 1, total: 10, command: "sh -c x" },
  { type: "step-started", environment: "web", title: "wait until db/y is healthy", done: 2, total: 10, command: "sh -c y" },
  { type: "step-finished", environment: "web", title: "wait until db/y is healthy", done: 2, total: 10, durationMs: 300 },
  { type: "step-finished", environment: "web", title: "wait until db/x is healthy", done: 3, total: 10, durationMs: 400 },
  { type: "step-started", environment: "web", title: "mount /srv", done: 3, total: 10, command: "mount --bind /home/me/site /srv" },
  {
    type: "environment-failed",
    environment: "web",
    done: 3,
    total: 10,
    diagnostics: [
      { code: "internal/bug", severity: "error", message: "mount /srv failed", hint: "check the source", cause: "mount: \x1b[31mdenied\n" },
    ],
  },
  { type: "environment-skipped", environment: "db", reason: "web failed" },
  { type: "interrupted", signal: "SIGINT" },
  { type: "apply-finished", changed: 1, failed: 1, skipped: 1, durationMs: 15_400 },
  { type: "watch-started", project: "blog", pid: 4121 },
  { type: "condition", changes: [], diagnostics: [], ...told, ...unsynced("web", { reason: "Drifted", changes: web.slice(0, 2) }) },
  { type: "condition", changes: [], diagnostics: [], ...told, ...paused(pause) },
  { type: "condition", changes: [], diagnostics: [], ...told, ...flapping('web.mounts["/tmp\x1b"]', 10_000) },
  {
    type: "condition",
    changes: [],
    diagnostics: [],
    ...told,
    ...invalid([{ code: "manifest/unknown-key", severity: "error", message: 'mount has no key "sise"', hint: 'did you mean "size"?' }]),
  },
  {
    type: "condition",
    condition: "Synced",
    environment: "web",
    status: true,
    reason: "AsWanted",
    message: "it is as wanted",
    ...told,
    changes: [],
    diagnostics: [],
  },
  { type: "watch-stopped", project: "blog" },
];
