import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { claimOf } from "../../../src/engine/verify/claim.ts";
import { checks, judgeIsolation } from "../../../src/engine/verify/verify.ts";
import { load } from "../../../src/manifest/load.ts";
import type { Environment } from "../../../src/model/environment.ts";
import type { Attempt, InsideProcess, Isolation, IsolationClaim, MountEntry } from "../../../src/model/isolation.ts";

const text = `api_version: cloister/v1
name: vproj
environments:
  box: { rootfs: { directory: /srv/root }, resources: { limits: { memory: 64M, cpus: 0.5 } } }
`;

// An environment of that manifest, as it was seen on Linux 6.18 with control groups v1 and v2.
const seen: Isolation = JSON.parse(readFileSync("test/unit/engine/linux-6.18-isolation.json", "utf8"));
const claim = claimOf(environment(), { memory: 2 ** 34, cpus: 2, architecture: "x64" });

function environment(): Environment {
  const loaded = load({ sources: [{ path: "box.yaml", text }], directory: "/srv" });
  const box = "manifest" in loaded ? loaded.manifest.environments.get("box") : undefined;
  if (box === undefined) throw new Error(JSON.stringify(loaded));
  return box;
}

function failed(changed: Partial<Isolation>, wanted: Partial<IsolationClaim> = {}): string[] {
  const findings = judgeIsolation({ ...seen, ...changed }, { ...claim, ...wanted });
  return findings.filter(({ result }) => result === "fail").map(({ id }) => id);
}

/** The attempts with those of a probe (and of a detail, if given) put into another outcome. */
function allowed(probe: string, detail?: string): Partial<Isolation> {
  const chosen = (attempt: Attempt) => attempt.probe === probe && (detail === undefined || attempt.detail === detail);
  return { attempts: seen.attempts.map((attempt) => (chosen(attempt) ? { ...attempt, outcome: "" } : attempt)) };
}

function told(probe: string, detail: string, outcome = ""): Partial<Isolation> {
  return { attempts: [...seen.attempts.filter((attempt) => attempt.probe !== probe), { probe, outcome, detail }] };
}

function rewritten(probe: string, from: RegExp, to: string): Partial<Isolation> {
  return {
    attempts: seen.attempts.map((attempt) =>
      attempt.probe === probe ? { ...attempt, detail: attempt.detail.replace(from, to) } : attempt,
    ),
  };
}

function mounts(target: string, change: Partial<MountEntry>): Partial<Isolation> {
  return { mounts: seen.mounts.map((mount) => (mount.target === target ? { ...mount, ...change } : mount)) };
}

function mounted(change: Partial<MountEntry>): Partial<Isolation> {
  const [root] = seen.mounts;
  return root === undefined ? {} : { mounts: [...seen.mounts, { ...root, ...change }] };
}

/** One more process inside, an honest one but for the change. */
function running(change: Partial<InsideProcess>): Partial<Isolation> {
  const honest = { ...seenKeeper(), pid: 9, insidePid: 9, comm: "sleep", oomScoreAdj: 100, coreLimit: { soft: 0, hard: 0 } };
  return { processes: [...seen.processes, { ...honest, ...change }] };
}

function seenKeeper(): InsideProcess {
  const [first] = seen.processes;
  if (first === undefined) throw new Error("no process in the fixture");
  return first;
}

function keeper(change: Partial<InsideProcess>): Partial<Isolation> {
  return { processes: seen.processes.map((process) => ({ ...process, ...change })) };
}

const own = (kind: keyof Isolation["namespaces"]) => ({
  namespaces: { ...seen.namespaces, [kind]: { inside: seen.namespaces[kind].host, host: seen.namespaces[kind].host } },
});
const root = seen.hostMounts.find(({ target }) => target === "/");
const held = (name: keyof InsideProcess["capabilities"]) => ({
  capabilities: { inheritable: [], permitted: [], effective: [], bounding: [], ambient: [], [name]: ["SYS_ADMIN"] },
});

test("an environment of ours passes every check that there is something to say of", () => {
  const findings = judgeIsolation(seen, claim);
  assert.equal(
    findings.filter(({ result }) => result === "fail").map(({ id, evidence }) => `${id}: ${evidence}`),
    [],
  );
  assert.ok(findings.filter(({ result }) => result === "pass").length >= 80);
  assert.ok(findings.every(({ evidence }) => evidence !== ""));
  assert.is(new Set(checks.map(({ id }) => id)).size, checks.length);
});

// What is changed in what was seen, and what must be found then: exactly that.
const faults: readonly (readonly [fault: Partial<Isolation>, ...found: string[]])[] = [
  [own("mount"), "namespaces/mount"],
  [own("uts"), "namespaces/uts"],
  [own("ipc"), "namespaces/ipc"],
  [own("net"), "namespaces/net"],
  [own("user"), "namespaces/user"],
  [own("cgroup"), "namespaces/cgroup", "limits/group-hidden"],
  [rewritten("entered", /^Uid:\t\d+/m, "Uid:\t0"), "ids/root-is-nobody"],
  [rewritten("entered", /^Gid:\t\d+/m, "Gid:\t0"), "ids/root-group-is-nobody"],
  [{ uidMap: [{ inside: 0, outside: 1879048192, count: 1 }] }, "ids/range"],
  [{ gidMap: [{ inside: 0, outside: 1000, count: 65536 }] }, "ids/not-the-hosts", "ids/setgroups"],
  [{ otherMaps: [{ pid: 8, uidMap: [{ inside: 0, outside: 1879048200, count: 10 }] }] }, "ids/not-anothers"],
  [running({ uids: [0, 0, 0, 0] }), "ids/processes"],
  [told("processes", "1 2", "ENOENT"), "processes/invisible"],
  [allowed("kill"), "processes/not-killable"],
  [running({ namespaces: { ...seenKeeper().namespaces, mount: seen.namespaces.mount.host } }), "processes/wholly-inside"],
  [keeper(held("bounding")), "processes/keeper-capabilities", "capabilities/bounding"],
  [told("init-program", "/sbin/init", "ETXTBSY"), "processes/keeper-program"],
  [allowed("trace-init"), "processes/keeper-memory"],
  [allowed("trace-entering"), "processes/entering-memory"],
  [allowed("entering-program"), "processes/entering-program"],
  [{ attempts: [...seen.attempts, { probe: "door", outcome: "", detail: "/proc/9/fd/9" }] }, "processes/no-doors"],
  [running({ descriptors: [{ number: 9, link: "/etc", mount: 27, isNull: false }] }), "processes/descriptors"],
  [told("descriptors", "0 pipe:[1]\n1 pipe:[2]\n2 pipe:[2]\n7 /etc"), "processes/entered-descriptors"],
  [running({ tty: 34816 }), "processes/no-terminal"],
  [{ attempts: [...seen.attempts, { probe: "terminal", outcome: "", detail: "/proc/9/fd/0" }] }, "processes/terminal-closed"],
  [keeper({ environment: ["SSH_AUTH_SOCK"] }), "processes/environment"],
  [running(held("effective")), "capabilities/held"],
  [running(held("bounding")), "capabilities/bounding"],
  [running(held("ambient")), "capabilities/passed-on"],
  [rewritten("status", /^CapBnd:.*/m, "CapBnd:\t000001ffffffffff"), "capabilities/entered"],
  [running({ noNewPrivileges: false }), "capabilities/no-new-privileges"],
  [rewritten("status", /^NoNewPrivs:.*/m, "NoNewPrivs:\t0"), "capabilities/entered-no-new-privileges"],
  [{ roots: { ...seen.roots, namespace: seen.roots.host } }, "mounts/pivoted"],
  [mounted({ ...root, target: "/old", id: 900 }), "mounts/declared", "mounts/no-host-root", "mounts/no-host-files"],
  [mounts("/tmp", { propagation: ["shared:7"] }), "mounts/private"],
  [mounts("/tmp", { propagation: ["master:7"] }), "mounts/private"],
  [mounted({ target: "/extra", device: "0:99", fstype: "tmpfs" }), "mounts/declared"],
  [{ mounts: seen.mounts.filter(({ target }) => target !== "/run") }, "mounts/declared"],
  [mounted({ target: "/home", device: "254:0", root: "/home", fstype: "ext4" }), "mounts/declared", "mounts/no-host-files"],
  [mounts("/", { options: ["rw"] }), "mounts/no-devices-on-root"],
  [mounts("/proc", { options: ["rw", "nosuid"] }), "mounts/kernel-flags"],
  [mounts("/tmp", { options: ["rw"] }), "mounts/temporary-flags"],
  [mounts("/sys", { options: ["rw", "nosuid", "nodev", "noexec"] }), "mounts/sys-read-only"],
  [mounts("/proc/sys", { options: ["rw"] }), "mounts/read-only-paths"],
  [mounts("/proc/keys", { root: "/zero", device: "0:98" }), "mounts/masked-paths"],
  [mounts("/tmp", { fstype: "cgroup2" }), "mounts/no-cgroup"],
  [mounts("/tmp", { fstype: "debugfs" }), "mounts/no-kernel-debugging"],
  [told("escape-chroot", `${seen.roots.host} read write`), "escapes/chroot", "escapes/read", "escapes/write"],
  [told("escape-setns", `${seen.roots.host} EACCES EACCES`), "escapes/setns"],
  [told("escape-setns", "signal 9", "KILLED"), "escapes/setns"],
  [told("escape-handle", "65024:2"), "escapes/handle"],
  [allowed("write", "/proc/sys/kernel/core_pattern"), "kernel/core-pattern"],
  [allowed("write", "/proc/sys/kernel/modprobe"), "kernel/modprobe"],
  [allowed("write", "/proc/sysrq-trigger"), "kernel/sysrq"],
  [allowed("write", "/proc/sys/kernel/panic"), "kernel/sysctls"],
  [allowed("write", "/proc/irq/default_smp_affinity"), "kernel/interrupts"],
  [allowed("write", "/sys/power/state"), "kernel/sysfs"],
  [allowed("frozen", "/proc/bus"), "kernel/read-only-paths"],
  [rewritten("masked", /^\/proc\/keys .*/, "/proc/keys file readable"), "kernel/masked-paths"],
  [rewritten("masked", /^\/proc\/keys .*/, "/proc/keys device 1:5"), "kernel/masked-paths"],
  [rewritten("masked", /^\/proc\/acpi .*/, "/proc/acpi directory 3"), "kernel/masked-paths"],
  [allowed("nested-unmask", "/proc/keys"), "kernel/unmask"],
  [allowed("nested-proc"), "kernel/fresh-proc"],
  [allowed("nested-sysfs"), "kernel/fresh-sysfs"],
  [allowed("mount"), "kernel/mount"],
  [allowed("mount-clone"), "kernel/mount-clone"],
  [allowed("unshare-mount"), "kernel/unshare"],
  [allowed("power"), "kernel/powers"],
  [allowed("key"), "kernel/host-keys"],
  [allowed("session"), "kernel/session-keyring"],
  [{ attempts: seen.attempts.filter(({ detail }) => !detail.startsWith("/dev/null ")) }, "devices/nodes"],
  [{ attempts: [...seen.attempts, { probe: "device", outcome: "", detail: "/dev/sda b 8:0" }] }, "devices/no-others"],
  [allowed("mknod"), "devices/mknod"],
  [told("devpts", String(seen.host.devpts[0])), "devices/own-terminals"],
  [told("devpts", "", "ENOENT"), "devices/own-terminals"],
  [allowed("controlling-terminal"), "devices/no-controlling-terminal"],
  [rewritten("interfaces", / {4}lo:/, "  eth0:"), "network/interfaces"],
  [told("routes", "Iface\tDestination\neth0\t00000000\n"), "network/routes"],
  [{ ...told("abstract-sockets", "@bus"), host: { ...seen.host, abstractSockets: ["@bus"] } }, "network/abstract-sockets"],
  [{ cgroups: [{ hierarchy: "unified", path: "/", strangers: [] }] }, "limits/own-group", "limits/all-in-group"],
  [{ cgroups: seen.cgroups.map((group) => ({ ...group, strangers: [1] })) }, "limits/own-group"],
  [running({ cgroups: { ...seen.processes[0]?.cgroups, unified: "/user.slice" } }), "limits/all-in-group"],
  [{ limits: { ...seen.limits, pids: null } }, "limits/pids"],
  [{ limits: { ...seen.limits, memory: 2 ** 30 } }, "limits/memory"],
  [{ limits: { ...seen.limits, cpus: null } }, "limits/cpus"],
  [running({ coreLimit: { soft: 0, hard: -1 } }), "limits/core"],
  [rewritten("limits", /^(Max core file size +)0 +0/m, "$1unlimited unlimited"), "limits/entered-core"],
  [running({ oomScoreAdj: 0 }), "limits/out-of-memory"],
  [told("oom_score_adj", "0\n"), "limits/out-of-memory"],
  [told("hostname", "other"), "limits/hostname"],
];

for (const [fault, ...found] of faults) {
  test(`found: ${found.join(", ")}`, () => assert.equal(failed(fault).sort(), [...found].sort()));
}

test("every check was seen to fail, but those that only a manifest can bring about", () => {
  const shown = new Set(faults.flatMap(([, ...found]) => found));
  const rest = checks.map(({ id }) => id).filter((id) => !shown.has(id));
  assert.equal(rest.sort(), ["kernel/seccomp", "mounts/own-root", "namespaces/pid", "namespaces/time", "namespaces/time-offsets"]);
});

test("offsets of clocks are compared where the manifest has them", () => {
  const wanted = { namespaces: { ...claim.namespaces, time: "private" }, timeOffsets: { monotonic: 60, boottime: 0 } } as const;
  assert.equal(failed(own("time"), wanted).sort(), ["namespaces/time", "namespaces/time-offsets"]);
  const other = { namespaces: { ...seen.namespaces, time: { inside: "1", host: "2" } }, timeOffsets: wanted.timeOffsets };
  assert.equal(failed(other, wanted), []);
});

test("a chroot has no mount of its own", () => {
  assert.ok(failed({ roots: { ...seen.roots, path: "/srv/root" } }).includes("mounts/own-root"));
});

test("where the pid namespace is the host's there is no keeper to judge", () => {
  assert.equal(failed(own("pid")), ["namespaces/pid"]);
});

test("probes that did not report are findings, never passes", () => {
  const findings = judgeIsolation({ ...seen, attempts: [] }, claim);
  const inside = findings.filter(({ evidence }) => evidence.includes("did not report"));
  assert.ok(inside.length >= 30, String(inside.length));
  assert.ok(inside.every(({ result }) => result === "fail"));
});

test("what the manifest shares with the host is not judged", () => {
  const host = { user: "host", net: "host", uts: "host", cgroup: "host" } as const;
  const shared = { namespaces: { ...claim.namespaces, ...host }, users: "host", network: "host", noNewPrivileges: false } as const;
  const faulty = {
    uidMap: [{ inside: 0, outside: 0, count: 4294967295 }],
    namespaces: { ...seen.namespaces, ...own("user").namespaces, user: own("user").namespaces.user },
  };
  assert.equal(failed(faulty, shared), []);
});

test.run();
