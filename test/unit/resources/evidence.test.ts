import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Environment } from "../../../src/model/environment.ts";
import { diffResource } from "../../../src/plan/diff.ts";
import { visitResources } from "../../../src/resources/registry.ts";
import type { Altered } from "../../support/captured.ts";
import { captured, capturedFact, declared, mainProcess } from "../../support/captured.ts";

/** The kernel's word on everything that is not as wanted: `ADDRESS.FIELD: EVIDENCE`. */
function evidence(altered: Altered): readonly string[] {
  const found = visitResources({ visit: (resource) => diffResource(resource, captured(altered)) }).flat();
  return found.flatMap(({ change, absence }) =>
    change.differences.length === 0
      ? [`${change.address}: ${absence}`]
      : change.differences.map((one) => `${change.address}${one.field === "" ? "" : `.${one.field}`}: ${one.evidence}`),
  );
}

const mountinfo = capturedFact("keeper/mountinfo");
const without = (target: string) => ({
  "keeper/mountinfo": mountinfo
    .split("\n")
    .filter((line) => !line.includes(` ${target} `))
    .join("\n"),
});
const lineOf = (target: string) => mountinfo.split("\n").find((line) => line.includes(` ${target} `)) ?? "";

test("a name, a sysctl and a link show what the kernel has", () => {
  assert.equal(evidence({ facts: { "keeper/hostname": "other" } }), ["web.hostname: /proc/sys/kernel/hostname: other"]);
  assert.equal(evidence({ facts: { "keeper/link/lo": "down" } }), ["web.network.lo: lo: no flag UP"]);
  const sysctls: Partial<Environment> = { sysctls: { "net.ipv4.ip_forward": "1", "net.core.somaxconn": "7" } };
  assert.equal(
    evidence({ environment: sysctls, facts: { "keeper/sysctl/net.ipv4.ip_forward": "0", "keeper/sysctl/net.core.somaxconn": null } }),
    [
      'web.sysctls["net.ipv4.ip_forward"]: /proc/sys/net/ipv4/ip_forward: 0',
      'web.sysctls["net.core.somaxconn"]: /proc/sys/net/core/somaxconn: cannot be read',
    ],
  );
});

test("a limit shows its file, also where there is none any more", () => {
  const { resources } = declared();
  const [first] = evidence({ environment: { resources: { ...resources, limits: { ...resources.limits, pids: 7 } } } });
  assert.match(first ?? "", /^web\.resources\.limits\.pids: \/.*\/cloister\/.*\/pids\.max: \d+$/);
  const [gone] = evidence({ facts: { "cgroup/pids/pids.max": "max\n" } });
  assert.match(gone ?? "", /^web\.resources\.limits\.pids: \/.*\/pids\.max: max$/);
});

test("a process shows where its end stands, or that there is none", () => {
  const digest = JSON.parse(capturedFact("process/main")).digest;
  const [ended] = evidence({ facts: { "process/main": JSON.stringify({ type: "ended", code: 137, digest }) } });
  assert.match(ended ?? "", /^web\.processes\.main: \/.*\/main\.end: 137 \(nothing of it in \/.*\/p-main\/cgroup\.procs\)$/);
  const [none] = evidence({ facts: { "process/main": null } });
  assert.match(none ?? "", /^web\.processes\.main: no process in \/.*\/p-main\/cgroup\.procs, no end in \/.*\/main\.end$/);
  const [other] = evidence({ environment: mainProcess({ command: ["other"] }) });
  assert.match(other ?? "", /cgroup\.procs: \d+, CLOISTER_WANT=[0-9a-f]{16} in the environ of what waits for it$/);
});

test("what lies in a mount table shows its line: a mask, a read-only path, a device", () => {
  const { security, mounts } = declared();
  const unmasked = { security: { ...security, masked_paths: [] } };
  const masks = evidence({ environment: unmasked });
  assert.ok(masks.length > 0);
  for (const one of masks) {
    const [, target = ""] = /^web\.security\.masked_paths\["(.*)"\]: /.exec(one) ?? [];
    assert.is(one, `web.security.masked_paths["${target}"]: ${lineOf(target)}`);
  }
  const altered = lineOf("/dev/null").replace("noexec", "exec");
  assert.equal(evidence({ facts: { "keeper/mountinfo": mountinfo.replace(lineOf("/dev/null"), altered) } }), [
    `web.devices["/dev/null"]: ${altered}`,
  ]);
  assert.ok(mounts["/dev"]);
  assert.equal(evidence({ facts: without("/dev/null") }), ['web.devices["/dev/null"]: undefined'], "drift says in which table");
});

test("namespaces show the file of each field that differs", () => {
  const { namespaces } = declared();
  const shared = { ...namespaces, ipc: "host" } as const;
  assert.equal(evidence({ environment: { namespaces: shared } }), [
    `web.namespaces.ipc: /proc/9837/ns/ipc: ${capturedFact("keeper/ns/ipc")}`,
  ]);
  const [map] = evidence({ facts: { "keeper/uid_map": "         0     100000      65536\n         70000     1      1\n" } });
  assert.is(map, "web.namespaces.uid_map: /proc/9837/uid_map: 0 100000 65536; 70000 1 1");
});

test.run();
