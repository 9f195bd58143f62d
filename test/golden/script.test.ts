import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Environment, Process } from "../../src/model/environment.ts";
import type { Scope } from "../../src/model/resource.ts";
import { makePlan } from "../../src/plan/plan.ts";
import type { Target } from "../../src/plan/plan-request.ts";
import { renderScript } from "../../src/plan/script/script.ts";
import { depends } from "../../src/resources/depends-on.ts";
import { hostSteps, keptSteps, recordSteps, sharedResources, visitResources } from "../../src/resources/registry.ts";
import { rootKey } from "../../src/resources/rootfs.ts";
import type { Altered } from "../support/captured.ts";
import { captured, capturedFact, declared, mainProcess } from "../support/captured.ts";
import { golden } from "../support/golden.ts";
import { needs } from "../support/needs.ts";

/** An environment as it is to be scripted: what of the capture is otherwise, and how it was found. */
interface Case {
  readonly altered?: Altered;
  readonly found?: "running" | "absent" | "orphan";
}

const digest = "6f1c0f2d8a3be3c92a6c3b0a1b1d5c7e".repeat(2);
const hostile = "'; touch /pwned; $(touch /pwned) `touch /pwned`\n touch /pwned\\ \u001b[31m\u202e";
const { mounts, hostname } = declared();
const tmpfs = mounts["/with space"];
if (tmpfs === undefined) throw new Error("not captured");

/** The captured process, as another one. */
function processOf(name: string): Process {
  const { main } = mainProcess({ command: ["sh", "-c", name] }).processes;
  if (main === undefined) throw new Error("not captured");
  return main;
}

const networkFacts = [
  ...["machine/net/links", "machine/net/addresses", "machine/rules", "host/forwarding", "host/net/dev", "host/net/ipv6_route"],
  ...["keeper/net/links", "keeper/net/addresses", "keeper/net/routes", "tool/ip", "tool/nft"],
];

const cases: Readonly<Record<string, Case>> = {
  nothing: {},
  start: { found: "absent" },
  "in-place": {
    altered: { environment: { hostname: `${hostname}-2`, mounts: { ...without("/srv"), "/with space": { ...tmpfs, size: 1 << 21 } } } },
  },
  restart: {
    altered: { environment: { ...mainProcess({ command: ["sh", "-c", "echo $HOME", "sh", hostile] }), environment: { HOSTILE: hostile } } },
  },
  waits: {
    altered: {
      environment: {
        processes: {
          ...mainProcess().processes,
          after: { ...processOf("after"), depends_on: { main: { condition: "process_healthy", timeout: 90.5 } } },
        },
      },
      facts: { "process/after": null, "process/after/limits": null },
    },
  },
  recreate: { altered: { environment: { time_offsets: { monotonic: 200, boottime: -50 } } } },
  prune: { found: "orphan", altered: { facts: { "processes/others": `{"main":${capturedFact("process/main")}}` } } },
  network: {
    found: "absent",
    altered: {
      environment: {
        network: { mode: "nat", mac_address: "02:00:00:00:00:09", mtu: 1400 },
        mounts: {},
        processes: {},
        overlay: "ephemeral",
      },
      scope: {
        lease: {
          ...{ addresses: ["10.213.0.5/24", "fd12::5/64"], gateways: ["10.213.0.1/24", "fd12::1/64"], loopback: true },
          ...{ names: new Map([["web", ["10.213.0.5", "fd12::5"]]]), namesBefore: new Map() },
        },
      },
      facts: Object.fromEntries(networkFacts.map((name) => [name, null])),
    },
  },
  "root-from-tar": {
    found: "absent",
    altered: {
      environment: { rootfs: { type: "tar", tar: "/home/me/it's.tar.xz" }, mounts: {}, processes: {}, overlay: "ephemeral" },
      facts: {
        ...{ "tar//home/me/it's.tar.xz": digest, "store/6f1c0f2d8a3be3c9": null, "source//home/me/it's.tar.xz": '{"type":"file"}' },
        ...{ "tool/mkfs.erofs": "/usr/bin/mkfs.erofs", "tool/xz": "/usr/bin/xz", "tool/zstd": null },
      },
    },
  },
};

const tar = { type: "tar", tar: "/home/me/root.tar" } as const;
const layered: Environment["rootfs"] = { type: "layered", base: tar, layer: { type: "setup", run: hostile, network: "none" } };
const layeredCase: Case = {
  found: "absent",
  altered: {
    environment: { rootfs: layered, mounts: {}, processes: {} },
    facts: {
      ...{ "tar//home/me/root.tar": digest, "source//home/me/root.tar": '{"type":"file"}', "tool/mkfs.erofs": "/usr/bin/mkfs.erofs" },
      ...{ "store/6f1c0f2d8a3be3c9": null, [`store/${rootKey(layered, { get: () => ({ text: digest }) })}`]: null },
    },
  },
};

for (const [name, one] of Object.entries({ ...cases, "root-layered": layeredCase })) {
  const script = scriptOf(one);

  test(`${name}: the steps of the plan, as a script`, () => golden(`script/${name}.sh`, script));

  test(`${name}: nothing of a manifest that could act on a terminal stands in it`, () => {
    assert.not.match(script, /[^\P{C}\n]/u);
    assert.not.match(script, /^\s*touch \/pwned\n(?!.*')/m);
  });

  needs(test, "shellcheck")(`${name}: shellcheck has nothing to say`, () => {
    const { stdout, status } = spawnSync("shellcheck", ["-s", "sh", "-"], { input: script, encoding: "utf8" });
    assert.is(stdout, "");
    assert.is(status, 0);
  });
}

test.run();

function without(target: string): Environment["mounts"] {
  return Object.fromEntries(Object.entries(mounts).filter(([key]) => key !== target));
}

function scriptOf({ altered = {}, found = "running" }: Case): string {
  const observed = captured(altered);
  const absent = found === "absent";
  const scope: Scope = {
    ...observed.scope,
    environment: found === "orphan" ? null : observed.scope.environment,
    keeper: absent ? null : observed.scope.keeper,
  };
  const target: Target = {
    ...{ scope, facts: observed.facts, remnants: [], origins: new Map() },
    fresh: { ...scope, ...(absent ? {} : { id: "bbbbbbbb" }), keeper: null },
    state: {
      ...{ name: "web", state: found, id: null, pid: null, uptimeSeconds: null, root: null, memoryBytes: null, drifted: [], pending: [] },
      processes: absent ? {} : { main: { type: "running", pid: 9847 } },
    },
  };
  const plan = makePlan({
    ...{ project: "t", targets: [target], resources: visitResources, shared: sharedResources },
    ...{ destroy: new Set(), prune: true, volumes: false, warnings: [] },
    ...{ keptSteps: (...of) => keptSteps(...of, null), hostSteps, recordSteps, depends },
  });
  return renderScript({
    ...{ plan, left: [], scopes: [scope], machine: scope.machine, version: "0.0.0", manifests: ["/home/me/cloister.yaml"] },
    places: {
      ...{ lock: "/run/lock/cloister/t.lock", claims: "/run/cloister/.ids", reaper: "/var/lib/cloister/bin", run: "/run/cloister/t" },
      lifted: [],
      emptied: ["/var/lib/cloister/state/t/logs", "/var/lib/cloister/state/t"],
    },
    bootId: "0e3f4d5c-0000-4000-8000-000000000000",
    tools: ["sh", "perl", "unshare", "nsenter", "setpriv", "flock", "mount", "catatonit"],
  });
}
