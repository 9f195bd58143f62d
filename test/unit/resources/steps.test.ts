import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Environment, Mount } from "../../../src/model/environment.ts";
import type { Step } from "../../../src/model/step.ts";
import { createResource, diffResource } from "../../../src/plan/diff.ts";
import { formatStep } from "../../../src/plan/format-step.ts";
import { hostname } from "../../../src/resources/hostname.ts";
import { devices, maskedPaths, readOnlyPaths } from "../../../src/resources/masks.ts";
import { mounts } from "../../../src/resources/mount.ts";
import { namespaces } from "../../../src/resources/namespaces.ts";
import { processes } from "../../../src/resources/process.ts";
import { root } from "../../../src/resources/root.ts";
import type { Altered } from "../../support/captured.ts";
import { captured, capturedFact, declared } from "../../support/captured.ts";

const keeper = { pid: 9000, start: "1", assembled: true, parent: 8999, base: 0x70000000 };

/** The operations of the shim that make one mount: the name, then its operands. */
function madeBy(mount: Partial<Mount> & Pick<Mount, "type">, altered: Altered = {}): readonly string[] {
  const whole: Mount = { read_only: false, options: [], create: true, optional: false, default: false, ...mount };
  const observed = captured({ ...altered, environment: { ...altered.environment, mounts: { "/there": whole } } });
  return createResource(mounts, observed)
    .flatMap(({ change }) => change.steps)
    .map(brief);
}

function brief(step: Step): string {
  if (step.type === "shim") return step.operation.map(String).join(" ");
  if (step.type === "mount") return `${step.mount.fstype} ${step.mount.stage} ${step.mount.options.join(",")}`;
  return `${step.type} ${"path" in step ? String(step.path) : ""}`.trim();
}

test("a bind shows its owner as root; a map, a shift or nothing when asked for", () => {
  const bind = { type: "bind", source: "/home/me/site" } as const;
  const base = 1879638016;
  assert.equal(madeBy(bind), [`bind /home/me/site /there u:0:${base}:1;g:0:${base}:1  1`]);
  assert.equal(madeBy({ ...bind, idmap: "shift", read_only: true, options: ["nosuid"] }), ["bind /home/me/site /there keeper nosuid,ro 1"]);
  assert.equal(madeBy({ ...bind, idmap: "none", create: false }), ["bind /home/me/site /there none  0"]);
  assert.equal(madeBy({ ...bind, idmap: { "1000": 33 } }), [`bind /home/me/site /there u:1000:${base + 33}:1;g:1000:${base + 33}:1  1`]);
});

test("where ids are the host's nothing is shifted; without an overlay no target is made", () => {
  const bind = { type: "bind", source: "/home/me/site" } as const;
  assert.equal(madeBy(bind, { scope: { base: 0 } }), ["bind /home/me/site /there none  1"]);
  assert.equal(madeBy({ ...bind, idmap: "none" }, { environment: { overlay: "none" } }), ["bind /home/me/site /there none  0"]);
});

test("a file system is made on the host with typed options, and placed by its descriptor", () => {
  assert.equal(madeBy({ type: "tmpfs", size: 5000, mode: "0700", options: ["noexec"] }), [
    "tmpfs m_2f_there mode=0700,uid=1879638016,gid=1879638016,size=8192",
    "staged m_2f_there /there noexec 1",
  ]);
  assert.equal(madeBy({ type: "tmpfs", size: "50%" })[0], "tmpfs m_2f_there mode=1777,uid=1879638016,gid=1879638016,size=12638257152");
  assert.equal(madeBy({ type: "devpts", mode: "0620" })[0], "devpts m_2f_there newinstance,ptmxmode=0666,mode=0620,gid=1879638021");
  assert.equal(madeBy({ type: "proc" })[0], "proc m_2f_there ");
  assert.equal(madeBy({ type: "volume", source: "data" }), [
    "mkdir /var/lib/cloister/volumes/t.data",
    "bind /var/lib/cloister/volumes/t.data /there keeper  1",
  ]);
});

test("what a size or a flag is changed to happens in place; anything else is put beneath what is there, which then goes", () => {
  const changed = (mount: Partial<Mount>, facts: Altered["facts"] = {}) => {
    const { mounts: all } = declared();
    const old = all["/with space"];
    if (old === undefined) throw new Error("not captured");
    const observed = captured({ environment: { mounts: { ...all, "/with space": { ...old, ...mount } } }, facts });
    const changes = diffResource(mounts, observed).map(({ change }) => change);
    return [...changes.flatMap(({ steps }) => steps).map(brief), ...changes.flatMap(({ gap }) => (gap === undefined ? [] : `gap: ${gap}`))];
  };
  assert.equal(changed({ size: 1 << 21 }), ["reconfigure /with space size 2097152"]);
  assert.equal(changed({ read_only: true, size: 1 << 21 }), [
    "set /with space nodev,noexec,nosuid,ro",
    "reconfigure /with space size 2097152",
  ]);
  const beneath = "staged m_2f_with_20_space /with space nodev,noexec,nosuid";
  const anew = changed({ mode: "0755" });
  assert.match(anew[0] ?? "", /^tmpfs m_2f_with_20_space mode=0755,/);
  assert.equal(anew.slice(1), [`${beneath} beneath`, "detach /with space 0", "gap: none"]);
  // A kernel before 6.5 cannot, and what is no release is taken for one.
  for (const release of ["6.4.16-generic\n", "5.15.0", "new"]) {
    const old = changed({ mode: "0755" }, { "host/osrelease": release });
    assert.equal(old.map((line) => line.split(" ")[0]).slice(0, 3), ["detach", "tmpfs", "staged"]);
    assert.equal(old.slice(-2), [`${beneath} 1`, "gap: short"]);
  }
  for (const release of ["6.5.0", "6.18.44", "7.0"])
    assert.is(changed({ mode: "0755" }, { "host/osrelease": release }).at(-1), "gap: none");
});

test("what is made on a /dev of ours is made when it shows", () => {
  const { mounts: all } = declared();
  const old = all["/dev"];
  if (old === undefined) throw new Error("not captured");
  const observed = captured({ environment: { mounts: { ...all, "/dev": { ...old, mode: "0750" } } } });
  const names = diffResource(mounts, observed)
    .flatMap(({ change }) => change.steps)
    .map((step) => brief(step).split(" ")[0]);
  assert.equal(names, ["tmpfs", "staged", "detach", "link", "link", "link", "link", "link"]);
});

test("what somebody has put over a mount that is as wanted goes alone; whatever else lies there goes too", () => {
  const table = capturedFact("keeper/mountinfo");
  const line = table.split("\n").find((one) => one.includes(" /with\\040space ")) ?? "";
  const [id = ""] = line.split(" ");
  const stepsWith = (extra: readonly string[], environment: Altered["environment"] = {}) => {
    const observed = captured({ environment, facts: { "keeper/mountinfo": `${extra.join("\n")}\n${table}` } });
    const changes = diffResource(mounts, observed).filter(({ change }) => change.address === 'web.mounts["/with space"]');
    return changes.flatMap(({ change }) => change.steps).map(brief);
  };
  const over = `9001 ${id} 0:77 / /with\\040space rw - tmpfs tmpfs rw,size=4k,mode=755`;
  assert.equal(stepsWith([over]), ["detach /with space 0"]);
  assert.equal(stepsWith(["9002 9001 0:78 / /with\\040space rw - tmpfs tmpfs rw", over]), ["detach /with space 0", "detach /with space 0"]);
  // The kernel lists them as they were made: one that was put beneath comes later.
  const { mounts: all } = declared();
  const wanted = all["/with space"];
  if (wanted === undefined) throw new Error("not captured");
  const other = { mounts: { ...all, "/with space": { ...wanted, mode: "0711" } } };
  const places = stepsWith([over], other).map((step) => step.split(" ")[0]);
  assert.equal(places, ["detach", "tmpfs", "staged", "detach"]);
});

test("masks, read-only paths and devices need the mounts that they lie on", () => {
  const { scope } = captured();
  const cover = { text: "", propagation: "private", depth: 1 };
  assert.equal(maskedPaths.needs(scope, "/proc/keys", cover), ["web.namespaces", 'web.mounts["/proc"]']);
  assert.equal(readOnlyPaths.needs(scope, "/sys/x", cover), ["web.namespaces", 'web.mounts["/sys"]']);
  assert.equal(devices.needs(scope, "/dev/null", cover), ['web.mounts["/dev"]']);
  assert.equal(mounts.needs(scope, "/dev/pts", [...mounts.want(scope, captured().facts).values()][0] ?? never()).slice(1), [
    'web.mounts["/dev"]',
  ]);
});

test("masks of kernel paths are wanted only where the kernel has the path, and something shows it", () => {
  const wanted = (environment: Partial<Environment>, facts: Readonly<Record<string, string | null>> = {}) => {
    const observed = captured({ environment, facts });
    return [...maskedPaths.want(observed.scope, observed.facts).keys()];
  };
  assert.equal(wanted({}), ["/proc/acpi", "/proc/interrupts", "/proc/keys", "/proc/timer_list", "/sys/firmware"]);
  assert.ok(wanted({}, { "exists//proc/kcore": "" }).includes("/proc/kcore"));
  assert.equal(wanted({ mounts: {} }), []);
});

test("the keeper: what it joins, what it makes anew, behind which gate", () => {
  const start = (environment: Partial<Environment>, scope: Altered["scope"] = {}) => {
    const facts = { "namespace//run/ns/ipc": null, "keeper:db/ns/net": null };
    const observed = captured({ environment, scope, facts });
    const { steps = [] } = createResource(namespaces, { ...observed, scope: { ...observed.scope, keeper: null } })[0]?.change ?? {};
    return steps;
  };
  const steps = start({});
  assert.equal(
    steps.map(({ type }) => type),
    ["mkdir", "mkdir", "cgroup", "hold", "write", "write", "release"],
  );
  const command = (all: readonly Step[]) =>
    all
      .map((step) =>
        step.type === "hold"
          ? step.command
              .slice(4, -14)
              .map((text) => JSON.stringify(text))
              .join(" ")
          : "",
      )
      .join("");
  const own =
    '"unshare" "--mount" "--uts" "--ipc" "--net" "--pid" "--user" "--time" "--keep-caps" "--monotonic=100" "--boottime=-50" "--fork" "--kill-child"';
  assert.ok(command(steps).startsWith(own), command(steps));
  const { namespaces: all } = declared();
  const joining = { namespaces: { ...all, net: "join:db", ipc: "path:/run/ns/ipc", time: "host" } } as const;
  assert.ok(
    command(start(joining)).startsWith(
      '"nsenter" "--no-fork" "--ipc=/run/ns/ipc" ["--net=/proc/",{"of":"db.namespaces","name":"pid"},"/ns/net"] "--" "unshare" "--mount" "--uts" "--pid" "--user"',
    ),
    command(start(joining)),
  );
  assert.match(command(start(joining, { keepers: new Map([["db", keeper]]) })), /\["--net=\/proc\/","9000","\/ns\/net"\]/);
  const users = { mode: "host" } as const;
  assert.equal(
    start({ users, namespaces: { ...all, user: "host" } }).map(({ type }) => type),
    ["mkdir", "mkdir", "cgroup", "hold", "release"],
    "without a user namespace there are no maps to write",
  );
});

test("the end of an environment: its keeper and whoever waits for it, its groups, its directories", () => {
  const { scope, facts } = captured();
  const [have] = namespaces.have(scope, facts).values();
  if (have === undefined) throw new Error("no namespaces");
  const steps = namespaces.remove({ scope, key: "", have, facts });
  assert.is(formatStep(steps[0] ?? never()), "kill -KILL 9837");
  assert.equal(
    steps
      .filter(({ type }) => type === "remove")
      .map((step) => ("path" in step ? String(step.path).replace(/\/cloister\/t\/web-.*/, "") : ""))
      .slice(0, 3),
    ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpuacct"],
  );
});

test("a process is stopped with its grace and with everything that it started; its end is forgotten", () => {
  const { scope, facts } = captured();
  const [have] = processes.have(scope, facts).values();
  if (have === undefined) throw new Error("no process");
  assert.equal(processes.remove({ scope, key: "main", have, facts }).map(formatStep), [
    "kill -TERM 9847",
    "rmdir /sys/fs/cgroup/unified/cloister/t/web-naurce47/p-main/* /sys/fs/cgroup/unified/cloister/t/web-naurce47/p-main",
    "rm -f /run/cloister/t/web/main.end",
  ]);
});

test("a process is started in what runs already after what an earlier one has left; the run directory may be gone", () => {
  const start = (facts: Readonly<Record<string, null>>) =>
    createResource(processes, captured({ facts })).flatMap(({ change }) => change.steps.map(brief));
  const [group, run] = ["remove /sys/fs/cgroup/unified/cloister/t/web-naurce47/p-main", "mkdir /run/cloister/t/web"];
  assert.equal(start({ "process/main": null }).slice(0, 2), [group, run]);
  assert.is(start({})[0], run);
});

test("small builds of sh, cat and sleep wait for a process where there are any; the system's else", () => {
  const words = (small?: { readonly sh: string; readonly cat: string; readonly sleep: string }) => {
    const observed = captured({ facts: { "process/main": null } });
    const { scope } = observed;
    const machine = small === undefined ? scope.machine : { ...scope.machine, small };
    const steps = createResource(processes, { ...observed, scope: { ...scope, machine } }).flatMap(({ change }) => change.steps);
    return steps
      .flatMap((step) => (step.type === "spawn" ? step.command : []))
      .filter((word) => typeof word === "string" && /^(\/k\/)?(sh|cat|sleep)$/.test(word));
  };
  assert.equal(words(), ["sh", "sh", "cat", "sleep", "sh", "sh", "sleep"]);
  // What follows a script is its $0; the last one is what the process runs.
  assert.equal(words({ sh: "/k/sh", cat: "/k/cat", sleep: "/k/sleep" }), ["/k/sh", "sh", "/k/cat", "/k/sleep", "/k/sh", "sh", "sleep"]);
});

test("names are set only where the uts namespace is the environment's own", () => {
  const { namespaces: all } = declared();
  const joined = captured({ environment: { namespaces: { ...all, uts: "join:db" } } });
  assert.equal([hostname.want(joined.scope, joined.facts).size, hostname.have(joined.scope, joined.facts).size], [0, 0]);
});

test("a root: its layer, its upper, and what must be a directory in it", () => {
  const briefs = (environment: Partial<Environment>) =>
    createResource(root, captured({ environment }))
      .flatMap(({ change }) => change.steps)
      .map(brief);
  const layer = "2c10791f8a37e35e";
  assert.equal(briefs({}).slice(0, 5), [
    `layer-directory ${layer} /home/me/root keeper`,
    `mkdir /var/lib/cloister/uppers/t.web/${layer}`,
    `mkdir /var/lib/cloister/uppers/t.web/${layer}/u`,
    `mkdir /var/lib/cloister/uppers/t.web/${layer}/w`,
    `root-overlay ${layer} u/naurce47 /var/lib/cloister/uppers/t.web/${layer}/u /var/lib/cloister/uppers/t.web/${layer}/w nodev`,
  ]);
  assert.equal(briefs({ overlay: "none", read_only: true }).slice(0, 2), [
    `layer-directory ${layer} /home/me/root keeper`,
    `root-layer ${layer} nodev,ro`,
  ]);
  assert.match(briefs({ overlay: "ephemeral" })[4] ?? "", /^root-overlay \S+ e\/naurce47 \S+\/ephemeral-naurce47\/u /);
  assert.equal(
    briefs({}).slice(5),
    ["/dev", "/proc", "/sys", "/run", "/etc", "/tmp"].map((path) => `refuse-link ${path}`),
  );
});

test.run();

function never(): never {
  throw new Error("there is none");
}
