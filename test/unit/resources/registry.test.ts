import { test } from "uvu";
import * as assert from "uvu/assert";
import { diffResource } from "../../../src/plan/diff.ts";
import { describeEnvironment, factsOf, keptSteps, recordSteps, visitResources } from "../../../src/resources/registry.ts";
import type { Altered } from "../../support/captured.ts";
import { captured, capturedFact, changesOf, declared, mainProcess } from "../../support/captured.ts";

test("what was captured of an environment that stands is what its manifest wants", () => {
  assert.equal(changesOf(), []);
});

test("every fact that is asked for was declared, and was captured", () => {
  const { scope, facts } = captured();
  for (const name of factsOf(scope)) facts.get(name);
});

const mountinfo = capturedFact("keeper/mountinfo");
const shows = (edit: (text: string) => string): Altered => {
  const edited = edit(mountinfo);
  assert.is.not(edited, mountinfo, "the edit met nothing");
  return { facts: { "keeper/mountinfo": edited } };
};
const without = (target: string) => shows((text) => text.replace(new RegExp(`^.* ${target} .*\n`, "m"), ""));
const mounts = declared().mounts;

/** What is otherwise, in the kernel or in the manifest, and what follows from it. */
const cases: readonly (readonly [name: string, altered: Altered, changes: readonly string[]])[] = [
  ["another host name", { facts: { "keeper/hostname": "other" } }, ["update web.hostname"]],
  ["no domain name any more", { facts: { "keeper/domainname": "(none)" } }, ["create web.domainname"]],
  ["no domain name wanted", { environment: { domainname: null } }, ["destroy web.domainname"]],
  ["lo is down", { facts: { "keeper/link/lo": "down" } }, ["update web.network.lo"]],
  ["another sysctl", { facts: { "keeper/sysctl/kernel.sem": "250\t32000\t100\t65" } }, ['update web.sysctls["kernel.sem"]']],
  ["another limit", { facts: { "cgroup/pids/pids.max": "51\n" } }, ["update web.resources.limits.pids"]],
  ["a limit taken away", { facts: { "cgroup/cpu/cpu.cfs_quota_us": "-1\n" } }, ["create web.resources.limits.cpus"]],
  [
    "a limit that nobody wants",
    { facts: { "cgroup/memory/memory.memsw.limit_in_bytes": "134217728\n" } },
    ["destroy web.resources.limits.memory_swap"],
  ],
  ["a mount unmounted", without("/srv"), ['create web.mounts["/srv"]']],
  ["a read-only bind writable", shows((text) => text.replace("/srv ro,", "/srv rw,")), ['update web.mounts["/srv"]']],
  ["another size", shows((text) => text.replace("size=1024k,mode=700", "size=2048k,mode=700")), ['update web.mounts["/with space"]']],
  ["another source", shows((text) => text.replace("/home/me/site /srv", "/home/me/other /srv")), ['update web.mounts["/srv"]']],
  ["a bind without its ids", shows((text) => text.replace(/(\/shift .*),idmapped/, "$1")), ['update web.mounts["/shift"]']],
  ["a mount twice", shows((text) => `${text}${/^.* \/tmp .*\n/m.exec(text)?.[0] ?? ""}`), ['update web.mounts["/tmp"]']],
  ["an unexpected mount", shows((text) => `${text}999 492 0:999 / /mnt rw,relatime - tmpfs tmpfs rw\n`), ['destroy web.mounts["/mnt"]']],
  ["a device gone", without("/dev/zero"), ['create web.devices["/dev/zero"]']],
  ["another device in its place", shows((text) => text.replace("/zero /dev/zero", "/sda /dev/zero")), ['update web.devices["/dev/zero"]']],
  ["a device under another", shows(over("/dev/zero", "0:6 /null")), ['update web.devices["/dev/zero"]']],
  ["a mask under a mount", shows(over("/proc/keys", "0:999 /")), ['update web.security.masked_paths["/proc/keys"]']],
  ["a read-only path under a mount", shows(over("/proc/sys", "0:999 /")), ['update web.security.read_only_paths["/proc/sys"]']],
  ["a mask gone", without("/proc/keys"), ['create web.security.masked_paths["/proc/keys"]']],
  [
    "a mask that nobody wants",
    shows((text) => text.replace("/null /proc/keys", "/null /etc/passwd")),
    ['create web.security.masked_paths["/proc/keys"]', 'destroy web.security.masked_paths["/etc/passwd"]'],
  ],
  [
    "a read-only path writable",
    shows((text) => text.replace("/proc/sys ro,", "/proc/sys rw,")),
    ['update web.security.read_only_paths["/proc/sys"]'],
  ],
  ["bound to a processor", { facts: { "cgroup/cpuset/cpuset.cpus": "1\n" } }, ["destroy web.resources.cpuset"]],
  ["bound to all processors, by another word", { facts: { "cgroup/cpuset/cpuset.cpus": "0,1\n" } }, []],
  [
    "a disk throttled",
    { facts: { "cgroup/blkio/blkio.throttle.read_bps_device": "254:0 1000\n" } },
    ['destroy web.resources.limits.io["254:0"]'],
  ],
  ["another core limit", limited(/^(Max core file size +)0 /m, "$11 "), ["update web.ulimits.core"]],
  ["a limit that nobody declared", limited(/^(Max open files +)\d+/m, "$17"), []],
  ["another score of the keeper", { facts: { "keeper/oom_score_adj": "0\n" } }, ["update web.oom_score_adj"]],
  ["another score of the process", { facts: { "process/main/oom_score_adj": "-5\n" } }, ["update web.oom_score_adj"]],
  ["another score wanted", { environment: { oom_score_adj: 500 } }, ["update web.oom_score_adj"]],
  ["another ulimit wanted", { environment: { ulimits: { core: { soft: 5, hard: -1 } } } }, ["update web.ulimits.core"]],
  ["a shared mount", shows(sharedAt("/tmp")), ['update web.mounts["/tmp"]']],
  ["a shared mask", shows(sharedAt("/proc/keys")), ['update web.security.masked_paths["/proc/keys"]']],
  ["a shared read-only path", shows(sharedAt("/proc/sys")), ['update web.security.read_only_paths["/proc/sys"]']],
  ["a shared device", shows(sharedAt("/dev/null")), ['update web.devices["/dev/null"]']],
  ["a shared root", shows(sharedAt("/")), ["update web.rootfs"]],
  ["a slave", shows(sharedAt("/tmp", "master:7")), ['update web.mounts["/tmp"]']],
  ["an unbindable mount", shows(sharedAt("/tmp", "unbindable")), ['update web.mounts["/tmp"]']],
  ["the root read-only", shows((text) => text.replace(" / rw,nodev", " / ro,nodev")), ["recreate web.rootfs"]],
  ["another root", shows((text) => text.replace(/lowerdir=l\/[0-9a-f]{16}/, "lowerdir=l/0000000000000000")), ["recreate web.rootfs"]],
  ["an ephemeral root wanted", { environment: { overlay: "ephemeral" } }, ["recreate web.rootfs"]],
  ["a host's namespace", { facts: { "keeper/ns/ipc": capturedFact("host/ns/ipc") } }, ["recreate web.namespaces"]],
  ["other ids", { facts: { "keeper/uid_map": "         0  100000      65536\n" } }, ["recreate web.namespaces"]],
  ["another offset", { environment: { time_offsets: { monotonic: 100, boottime: 0 } } }, ["recreate web.namespaces"]],
  ["no process", { facts: { "process/main": null } }, ["create web.processes.main"]],
  ["a process that ended by itself", ended(0), []],
  ["a process that ended with an error", ended(3), []],
  ["a process that was killed", ended(137), ["restart-process web.processes.main"]],
  ["a process that could not be run", ended(127), ["restart-process web.processes.main"]],
  ["another command", { environment: mainProcess({ command: ["sleep", "2000"] }) }, ["restart-process web.processes.main"]],
  ["no process wanted", { environment: { processes: {} }, facts: unnamed() }, ["destroy web.processes.main"]],
  ["a mount less", { environment: { mounts: withoutTarget("/run") } }, ['destroy web.mounts["/run"]']],
];

for (const [name, altered, changes] of cases) {
  test(`${name}: ${changes.join(", ") || "nothing to do"}`, () => assert.equal(changesOf(altered), changes));
}

test("a namespace that it was started in as another's is not its own, whatever is at the other's file by now", () => {
  const { scope } = captured();
  const born = (...borrowed: readonly string[]) => ({ ...scope.keeper, borrowed });
  const last = { ...declared(), namespaces: { ...declared().namespaces, net: "path:/run/netns/lab" } } as const;
  const gone = { "namespace//run/netns/lab": null };
  const replaced = { "namespace//run/netns/lab": "net:[4026539999]" };
  for (const facts of [gone, replaced]) {
    assert.equal(changesOf({ scope: { keeper: born("net"), last }, facts }), ["recreate web.namespaces"]);
    assert.equal(changesOf({ scope: { keeper: born("net") }, facts }), ["recreate web.namespaces"]);
    // Started anew since it was last applied.
    assert.equal(changesOf({ scope: { keeper: born(), last }, facts }), []);
    // Nobody can tell.
    assert.equal(changesOf({ scope: { last }, facts }), ["recreate web.namespaces"]);
  }
});

test("the same environment on a host with cgroup v2 alone is as wanted, too", () => {
  const { scope } = captured();
  const hierarchy = { version: 2, controllers: ["cpuset", "cpu", "io", "memory", "pids"], mountPoint: "/sys/fs/cgroup" } as const;
  const places = { ...scope.places, cgroups: [{ hierarchy, path: "/sys/fs/cgroup/cloister/t/web-naurce47" }] };
  const files = {
    "memory/memory.max": "67108864\n",
    "memory/memory.swap.max": "max\n",
    "cpu/cpu.max": "50000 100000\n",
    "pids/pids.max": "50\n",
    "memory/memory.current": "233472\n",
    "memory/memory.stat": "anon 106496\nfile 4096\ninactive_file 4096\n",
    "io/io.max": "",
    "cpuset/cpuset.cpus": "\n",
    "cpuset/cpuset.mems": "\n",
  };
  const facts = Object.fromEntries(Object.entries(files).map(([name, text]) => [`cgroup/${name}`, text]));
  assert.equal(changesOf({ scope: { places }, facts }), []);
  const other = {
    ...facts,
    "cgroup/cpu/cpu.max": "max 100000\n",
    "cgroup/memory/memory.swap.max": "4096\n",
    "cgroup/io/io.max": "254:0 rbps=1000 wbps=max riops=max wiops=max\n",
    "cgroup/cpuset/cpuset.cpus": "1\n",
  };
  assert.equal(changesOf({ scope: { places }, facts: other }), [
    "create web.resources.limits.cpus",
    "destroy web.resources.limits.memory_swap",
    'destroy web.resources.limits.io["254:0"]',
    "destroy web.resources.cpuset",
  ]);
});

test("each difference says what is wanted, what was found, and shows the kernel's own line", () => {
  const changes = visitResources({
    visit: (resource) => diffResource(resource, captured(shows((text) => text.replace("/srv ro,", "/srv rw,")))),
  }).flat();
  const [difference] = changes[0]?.change.differences ?? [];
  assert.equal([difference?.field, difference?.want, difference?.have], ["options", "nodev,nosuid,ro", "nodev,nosuid"]);
  assert.match(difference?.evidence ?? "", / \/home\/me\/site \/srv rw,nosuid,nodev,/);
});

test("status: since when, which root, how much memory, which process", () => {
  const { scope, facts } = captured();
  const { uptimeSeconds, startSeconds, ...rest } = describeEnvironment(scope, facts);
  assert.ok(uptimeSeconds !== null && uptimeSeconds >= 0 && uptimeSeconds < 60, String(uptimeSeconds));
  assert.ok(startSeconds !== undefined && startSeconds > 0);
  assert.equal(rest, { root: "/home/me/root", memoryBytes: 233472, processes: { main: { type: "running", pid: 9847 } } });
});

test("what outlives it: its uppers, and the volumes that nobody who stays names", () => {
  const { scope, facts } = captured();
  const paths = (staying: Parameters<typeof keptSteps>[2]) =>
    keptSteps(scope, facts, staying).map((step) => ("path" in step ? step.path : ""));
  const upper = "/var/lib/cloister/uppers/t.web";
  assert.equal(paths(null), [upper, "/var/lib/cloister/volumes/t.data"]);
  assert.equal(paths([]), [upper, "/var/lib/cloister/volumes/t.data"]);
  assert.equal(paths([declared()]), [upper], "another environment has the same volume");
  const others = captured({ facts: { "names//var/lib/cloister/volumes": "other.data\nt.more\nt.data" } });
  const all = keptSteps(others.scope, others.facts, null).map((step) => ("path" in step ? step.path : ""));
  assert.equal(all.slice(1), ["/var/lib/cloister/volumes/t.more", "/var/lib/cloister/volumes/t.data"]);
  assert.is(recordSteps(scope, facts).length, 1);
});

test.run();

/** The mount table with one more on top of what lies at a target. */
function over(target: string, what: string): (text: string) => string {
  return (text) => {
    const id = new RegExp(`^(\\d+) \\d+ \\S+ \\S+ ${target} `, "m").exec(text)?.[1] ?? "";
    const fstype = what.startsWith("0:6 ") ? "devtmpfs" : "tmpfs";
    return `${text}999 ${id} ${what} ${target} rw,nosuid,noexec - ${fstype} ${fstype} rw\n`;
  };
}

/** The mount table with a mount that passes on what is mounted below it. */
function sharedAt(target: string, word = "shared:5"): (text: string) => string {
  return (text) => text.replace(new RegExp(`^(.* ${target} \\S+) - `, "m"), `$1 ${word} - `);
}

function limited(line: RegExp, to: string): Altered {
  return { facts: { "process/main/limits": capturedFact("process/main/limits").replace(line, to) } };
}

/** The captured process, of which nobody knows the name. */
function unnamed() {
  return { "processes/others": `{"main":${capturedFact("process/main")}}` };
}

function ended(code: number): Altered {
  const { digest }: { readonly digest: string } = JSON.parse(capturedFact("process/main"));
  return { facts: { "process/main": JSON.stringify({ type: "ended", code, digest }) } };
}

function withoutTarget(target: string): typeof mounts {
  return Object.fromEntries(Object.entries(mounts).filter(([key]) => key !== target));
}
