import { conditionsOf, projectConditions } from "../../src/engine/standing.ts";
import type { Change } from "../../src/model/change.ts";
import type { EnvironmentState, Plan } from "../../src/model/plan.ts";
import type { Step } from "../../src/model/step.ts";
import type { StatusReport } from "../../src/ui/status-json.ts";

const step: Step = { type: "run", title: "mount /srv", command: ["mount", "--bind", "/home/me/site", "/srv"] };

/** A change that makes something in an environment which does not run; `given` says what is special about it. */
export function change(given: Partial<Change> & Pick<Change, "address">): Change {
  return {
    environment: given.address.split(".")[0] ?? null,
    resource: "mount",
    action: "create",
    description: "tmpfs, 64 MiB",
    differences: [],
    liveUpdate: "in-place",
    pids: [],
    steps: [step],
    ...given,
  };
}

/** An environment that runs as the manifest says; `given` says otherwise. */
export function state(given: Partial<EnvironmentState> & Pick<EnvironmentState, "name">): EnvironmentState {
  const { uptimeSeconds = 7512 } = given;
  return {
    state: "running",
    id: "k3v7q2ab",
    pid: 4121,
    uptimeSeconds,
    ...(uptimeSeconds === null ? {} : { startSeconds: 10_000 - uptimeSeconds }),
    root: "bookworm-minbase",
    memoryBytes: 19_083_264,
    processes: {},
    drifted: [],
    pending: [],
    ...given,
  };
}

/** How a project of these environments stands, each with its conditions, where a watch has told of web, and web is paused. */
export function statusOf(states: readonly EnvironmentState[]): StatusReport {
  const since = "2026-01-02T03:04:05.000Z";
  const pause = { environment: "web", reason: "backup \u202e", since, until: null };
  const breaking = { condition: "Flapping", environment: 'web.mounts["/tmp"]', status: true, reason: "KeepsBreaking" } as const;
  const told = [{ ...breaking, message: "it was repaired too often", since, generation: 7 }];
  const known = { booted: Date.parse(since), generation: 7, ended: null, applied: true };
  return {
    project: "blog",
    environments: states.map((one) => {
      const web = one.name === "web";
      return { state: one, conditions: conditionsOf(one, { ...known, told: web ? told : null, pause: web ? pause : null }) };
    }),
    conditions: projectConditions("blog", { told, generation: 7 }),
    warnings: [{ code: "record/damaged", severity: "warning", message: "3.json was cut" }],
  };
}

const processes: EnvironmentState["processes"] = {
  main: { type: "running", pid: 4177 },
  worker: { type: "running", pid: 4178, frozen: true },
  job: { type: "stopped", since: "2026-01-02T03:04:05.000Z" },
};

/** A plan of these changes, grouped by environment. */
export function planOf(changes: readonly Change[], given: Partial<Plan> = {}): Plan {
  const names = [...new Set(changes.map(({ environment, address }) => environment ?? address))];
  const groups = names.map((name) => ({ name, after: [], changes: changes.filter((each) => (each.environment ?? each.address) === name) }));
  return { project: "blog", groups, changes, warnings: [], environments: [], ...given };
}

const blocked = {
  of: 'web.mounts["/old"]',
  holders: [
    { pid: 4177, command: "nginx: worker\u001b[2J", path: "/old/log (deleted)", by: "fd 3" },
    { pid: 4178, command: "sh", path: "/old\u202e", by: "working directory" },
  ],
};

const at = (line: number) => ({ file: "blog.yaml", line, column: 7 });

/** Every action, with and without a running environment, a shared root, unsafe settings, texts that attack the terminal. */
export const richPlan: Plan = planOf(
  [
    change({
      address: 'roots["2b1f33d0"]',
      environment: null,
      resource: "rootfs",
      description: "bookworm minbase, built by mmdebstrap",
      because: at(6),
      liveUpdate: "rebuild",
    }),
    change({
      address: "web.namespaces",
      action: "recreate",
      description: "8 private, ids from 1879048192",
      differences: [{ field: "net", want: "private", have: "host", evidence: "net:[4026531840]" }],
      because: at(9),
      liveUpdate: "recreate",
      pids: [4121, 4133],
    }),
    change({
      address: 'web.mounts["/tmp"]',
      action: "update",
      origin: "drift",
      differences: [
        { field: "size", want: "64 MiB", have: "32 MiB", evidence: "412 398 0:51 / /tmp rw - tmpfs x\u202e\u001b[31m rw,size=32768k" },
      ],
      because: at(14),
    }),
    change({
      address: "web.process",
      action: "restart-process",
      description: "nginx -g 'daemon off;'",
      differences: [{ field: "command", want: "nginx -g 'daemon off;'", have: "nginx" }],
      because: at(20),
      liveUpdate: "restart-process",
      pids: [4177],
    }),
    change({ address: 'web.mounts["/srv"]', origin: "pending", description: "bind /home/me/site, read-only", because: at(16) }),
    change({
      address: 'web.mounts["/data"]',
      action: "update",
      description: "bind /home/me/new",
      differences: [{ field: "source", want: "254:0 /home/me/new", have: "254:0 /home/me/data" }],
      because: at(18),
      gap: "none",
    }),
    change({ address: 'web.mounts["/old"]', action: "destroy", description: "bind /home/me/old", reason: "not in the manifest", blocked }),
    change({ address: 'web.mounts["/old/below"]', description: "tmpfs", gap: "short", blocked }),
    change({ address: "db.namespaces", description: "8 private, ids from 1879113728" }),
    change({ address: "db.hostname", description: "db", because: at(31) }),
    change({ address: "gone", action: "destroy", description: "everything of it", reason: "not in the manifest", pids: [77] }),
  ],
  {
    warnings: [
      { code: "manifest/unsafe", severity: "warning", message: "unsafe: root inside is root on the host", at: at(12) },
      { code: "manifest/host-network", severity: "warning", message: "network mode host", hint: "leave it out" },
      { code: "engine/orphan", severity: "warning", message: "stray runs (pid 91) and is not in the manifest", hint: "--prune ends it" },
    ],
    held: [
      change({
        address: "cache",
        action: "recreate",
        description: "its namespaces and root are made anew",
        liveUpdate: "recreate",
        pids: [88],
      }),
      change({ address: "db.processes.main", action: "restart-process", description: "postgres", reason: "db.command changed", pids: [9] }),
    ],
    orphans: [change({ address: "stray", action: "destroy", description: "all of it", reason: "not in the manifest", pids: [91] })],
    refused: [
      {
        ...{ code: "plan/protected", severity: "error", message: "web.lifecycle.prevent_destroy: this would make it anew", at: at(7) },
        hint: "let it through: --force-protected web",
      },
    ],
    environments: [
      state({
        ...{ name: "web", pending: ["web.hostname"], drifted: ['web.mounts["/tmp"]'], processes },
        traffic: {
          egress: [
            { rule: "10.0.0.0/8:5432", denies: false, packets: 12, bytes: 720 },
            { rule: "all others", denies: true, packets: 3, bytes: 180 },
          ],
        },
      }),
      state({ name: "db", state: "absent", id: null, pid: null, uptimeSeconds: null, root: null, memoryBytes: null }),
      state({
        name: "cache",
        ignored: ["cache.hostname"],
        pid: 88,
        uptimeSeconds: 42,
        memoryBytes: 512,
        processes: { main: { type: "completed", code: 0 } },
      }),
      state({ name: "gone", state: "orphan", pid: 77, processes: { main: { type: "exited", code: null } } }),
    ],
    left: [{ change: change({ address: "cache.hostname", action: "update", origin: "drift" }), policy: "ignore", by: "list" }],
  },
);
