import { test } from "uvu";
import * as assert from "uvu/assert";
import { load } from "../../../src/manifest/load.ts";
import { environmentOf, manifestOf, toldOf } from "../../support/manifest.ts";

test("a written mount stands for the default one, null takes it away", () => {
  const { mounts } = environmentOf("mounts:\n  /tmp: { type: tmpfs, size: 8M }\n  /run: null");
  assert.equal(mounts["/tmp"], {
    type: "tmpfs",
    read_only: false,
    options: ["nodev", "nosuid"],
    size: 8_388_608,
    mode: "1777",
    create: true,
    optional: false,
    default: false,
  });
  assert.is(mounts["/run"], undefined);
  assert.is(mounts["/proc"]?.default, true);
});

test("an IPv6 address of a port is one, however it is written", () => {
  const ports = (key: string) => Object.values(environmentOf(`network: { mode: nat, ports: { "${key}": 80 } }`).network.ports ?? {});
  for (const [key, address] of [
    ["[0:0::1]:8080", "::1"],
    ["[2001:DB8:0:0::5]:8080", "2001:db8::5"],
    ["127.0.0.1:8080", "127.0.0.1"],
    ["8080", null],
  ] as const)
    assert.equal(
      ports(key).map((port) => port.address),
      [address],
    );
  assert.match(told({ a: `{ mode: nat, ports: { "[::1]:80": 80, "[0::1]:80": 81 } }` }), /is published twice/);
});

test("in one bridge or on one parent an address is one environment's, in two it may be two's", () => {
  const bridged = (bridge: string, address: string) => `{ mode: bridge, bridge: ${bridge}, address: "${address}" }`;
  assert.match(told({ a: bridged("br0", "2001:db8::5/64"), b: bridged("br0", "2001:DB8:0::5/48") }), /2001:DB8:0::5 is a's/);
  assert.is(told({ a: bridged("br0", "192.0.2.5/24"), b: bridged("br1", "192.0.2.5/24") }), "");
  const macvlan = `{ mode: macvlan, parent: eth0, mac_address: "02:00:00:00:00:05" }`;
  assert.match(told({ a: macvlan, b: macvlan }), /02:00:00:00:00:05 is a's/);
});

/** What is told of environments with these networks. */
function told(networks: Readonly<Record<string, string>>): string {
  const all = Object.entries(networks).map(([name, network]) => `  ${name}: { rootfs: { directory: ./root }, network: ${network} }\n`);
  const loaded = load({
    sources: [{ path: "cloister.yaml", text: `api_version: cloister/v1\nname: t\nenvironments:\n${all.join("")}` }],
    directory: "/home/me",
  });
  return "manifest" in loaded ? "" : loaded.diagnostics.map(({ message }) => message).join("\n");
}

test("mounts are sorted, so that a parent comes before what lies in it", () => {
  const { mounts } = environmentOf("mounts:\n  /srv/a/b: ./b\n  /srv-x: ./x\n  /srv/a: ./a\n  /srv: ./s");
  assert.equal(
    Object.keys(mounts).filter((target) => target.startsWith("/srv")),
    ["/srv", "/srv-x", "/srv/a", "/srv/a/b"],
  );
});

test("the short form is a bind where it is a path, and a volume where it is a name", () => {
  const { mounts } = environmentOf("mounts:\n  /a: ./data:ro\n  /b: /srv:rw\n  /c: ../up\n  /d: .\n  /e: pgdata:ro");
  const short = Object.values(mounts)
    .filter(({ source }) => source !== undefined)
    .map(({ type, source, read_only, idmap }) => [type, source, read_only, idmap]);
  assert.equal(short, [
    ["bind", "/work/site/data", true, "owner"],
    ["bind", "/srv", false, "owner"],
    ["bind", "/work/up", false, "owner"],
    ["bind", "/work/site", false, "owner"],
    ["volume", "pgdata", true, "shift"],
  ]);
});

test("flags are added to those of the type", () => {
  const { mounts } = environmentOf(
    "mounts:\n  /a: { type: tmpfs, options: [noexec, noatime, noexec] }\n  /dev/pts: { type: devpts, options: [noatime] }",
  );
  assert.equal(mounts["/a"]?.options, ["noatime", "nodev", "noexec", "nosuid"]);
  assert.equal(mounts["/dev/pts"]?.options, ["noatime", "noexec", "nosuid"]);
});

test("ids of binds follow users", () => {
  assert.is(environmentOf("mounts: { /a: ./a }\nusers: host\nunsafe: [host-user]").mounts["/a"]?.idmap, "none");
  assert.is(environmentOf("mounts: { /a: { type: overlay, source: ./a } }").mounts["/a"]?.idmap, "shift");
  assert.equal(environmentOf("mounts: { /a: { type: bind, source: ./a, idmap: { 1000: 0 } } }").mounts["/a"]?.idmap, { "1000": 0 });
});

test("modes are octal however they are written", () => {
  const mode = (written: string) => environmentOf(`mounts: { /a: { type: tmpfs, mode: ${written} } }`).mounts["/a"]?.mode;
  assert.equal(['"755"', '"0755"', '"1777"', '"01777"', "0o755", "0o1777", "0o0"].map(mode), [
    "0755",
    "0755",
    "1777",
    "1777",
    "0755",
    "1777",
    "0000",
  ]);
});

test("a missing source is told only where it is not optional", () => {
  const exists = (path: string) => path !== "/work/site/a";
  assert.equal(toldOf("mounts: { /a: ./a }", { exists }), ['manifest/source-missing 6 "/work/site/a" does not exist on this host']);
  assert.equal(toldOf("mounts: { /a: { type: bind, source: ./a, optional: true } }", { exists }), []);
});

test("namespaces as a list are private, and the others the host's", () => {
  const { namespaces, users, network } = environmentOf("namespaces: [mount, pid, user]\nnetwork: { mode: host }");
  assert.equal(namespaces, {
    mount: "private",
    uts: "host",
    ipc: "host",
    net: "host",
    pid: "private",
    user: "private",
    cgroup: "host",
    time: "host",
  });
  assert.equal(users, { mode: "auto" });
  assert.equal(network, { mode: "host" });
});

test("namespaces as a map change what they name", () => {
  const { namespaces, network } = environmentOf('namespaces: { uts: host, net: "path:/run/netns/lab" }');
  assert.is(namespaces.uts, "host");
  assert.is(namespaces.ipc, "private");
  assert.is(namespaces.net, "path:/run/netns/lab");
  assert.equal(network, { mode: "path", path: "/run/netns/lab" });
});

test("network, users and time_offsets decide their namespace", () => {
  assert.is(environmentOf("network: { mode: host }").namespaces.net, "host");
  assert.is(environmentOf("users: host\nunsafe: [host-user]").namespaces.user, "host");
  assert.equal(environmentOf("namespaces: { user: host }\nunsafe: [host-user]").users, { mode: "host" });
  const { namespaces, time_offsets } = environmentOf("time_offsets: { boottime: 60 }");
  assert.is(namespaces.time, "private");
  assert.equal(time_offsets, { monotonic: 0, boottime: 60 });
});

test("capabilities: what is dropped goes, what is added comes, ALL is every one", () => {
  const capabilities = (security: string) => environmentOf(`security: { ${security} }`).security.capabilities;
  assert.equal(capabilities("cap_drop: [ALL]"), []);
  assert.equal(capabilities("cap_drop: [ALL], cap_add: [SYS_TIME, NET_RAW]"), ["NET_RAW", "SYS_TIME"]);
  assert.is(capabilities("cap_add: [ALL]").length, 41);
  assert.is(capabilities("cap_add: [ALL], cap_drop: [SYS_ADMIN]").length, 40);
  assert.not(capabilities("cap_drop: [CHOWN]").includes("CHOWN"));
  assert.ok(capabilities("cap_add: [NET_ADMIN]").includes("NET_ADMIN"));
  assert.equal(toldOf("security: { cap_drop: [NET_RAW], cap_add: [NET_RAW] }"), ["manifest/conflict 6 NET_RAW is both added and dropped"]);
  assert.equal(toldOf("security: { cap_add: [ALL], cap_drop: [SYS_ADMIN] }"), []);
});

test("limits are numbers, or percentages as written", () => {
  const { limits } = environmentOf("resources: { limits: { memory: 1.5GiB, memory_swap: 0, cpus: 500m, pids: 100 } }").resources;
  assert.equal(limits, { memory: 1_610_612_736, memory_swap: 0, cpus: 0.5, pids: 100, io: {} });
  assert.equal(environmentOf("resources: { limits: { memory: 50%, cpus: 25% } }").resources.limits, {
    memory: "50%",
    memory_swap: null,
    cpus: "25%",
    pids: 4096,
    io: {},
  });
});

test("processors and memory nodes are lists in their shortest form", () => {
  const { cpuset, cpuset_mems } = environmentOf('resources: { cpuset: "3,0-1,2,7", cpuset_mems: 0 }').resources;
  assert.equal([cpuset, cpuset_mems], ["0-3,7", "0"]);
});

test("limits of disks: bytes as sizes, operations as numbers, what is not written is no limit", () => {
  const { io } = environmentOf("resources: { limits: { io: { /dev/b: { write_iops: 5 }, /dev/a: { read_bps: 10M, write_bps: 1024 } } } }")
    .resources.limits;
  assert.equal(Object.entries(io), [
    ["/dev/a", { read_bps: 10 << 20, write_bps: 1024, read_iops: null, write_iops: null }],
    ["/dev/b", { read_bps: null, write_bps: null, read_iops: null, write_iops: 5 }],
  ]);
});

test("ulimits are pairs, -1 where unlimited", () => {
  assert.equal(environmentOf("ulimits: { nofile: { soft: 10, hard: unlimited }, nproc: 5, core: unlimited, stack: -1 }").ulimits, {
    core: { soft: -1, hard: -1 },
    nofile: { soft: 10, hard: -1 },
    nproc: { soft: 5, hard: 5 },
    stack: { soft: -1, hard: -1 },
  });
});

test("written paths stand for the default lists, sorted and once", () => {
  const { security } = environmentOf("security: { masked_paths: [/proc/kcore, /proc/acpi, /proc/kcore], read_only_paths: [] }");
  assert.equal(security.masked_paths, ["/proc/acpi", "/proc/kcore"]);
  assert.equal(security.read_only_paths, []);
});

test("a release says whose it is, and where it comes from", () => {
  const rootfs = (written: string) => {
    const text = `api_version: cloister/v1\nname: blog\nenvironments:\n  web:\n    rootfs: ${written}\n`;
    return manifestOf(text).environments.get("web")?.rootfs;
  };
  const jammy = {
    ...{ type: "release", release: "jammy", distribution: "ubuntu", variant: "minbase", components: ["main"], packages: [] },
    ...{ mirror: "http://archive.ubuntu.com/ubuntu", keyring: "/usr/share/keyrings/ubuntu-archive-keyring.gpg", tool: "auto" },
  };
  assert.equal(rootfs("{ release: jammy }"), jammy);
  const packages = { type: "layered", base: jammy, layer: { type: "packages", packages: ["curl", "bash"] } };
  assert.equal(rootfs("{ release: jammy, packages: [curl, bash, curl] }"), packages);
  assert.equal(rootfs("{ release: jammy, packages: [curl, bash], setup: ['true'] }"), {
    ...{ type: "layered", base: packages },
    layer: { type: "setup", run: "true", network: "none" },
  });
  assert.equal(rootfs("{ directory: ./root }"), { type: "directory", directory: "/work/site/root" });
  assert.equal(rootfs("{ tar: ../root.tar.xz }"), { type: "tar", tar: "/work/root.tar.xz" });
});

test("numeric users must be among the environment's ids", () => {
  assert.equal(toldOf("user: 65535:65535"), []);
  assert.equal(toldOf("user: 65536"), ["manifest/id-range 6 id 65536 is not among the environment's ids"]);
  assert.equal(toldOf("user: 70000\nusers: host\nunsafe: [host-user]").length, 1);
  assert.is(environmentOf("user: 33").user, "33");
});

test("command is the short form of processes.main, and a process has of the environment what it does not say itself", () => {
  const own = "working_dir: /srv\nuser: 33\nenvironment: { A: 1 }";
  assert.equal(
    environmentOf(`${own}\ncommand: [sleep, 1.50]`).processes,
    environmentOf(`${own}\nprocesses: { main: { command: [sleep, 1.50] } }`).processes,
  );
  const { first, second } = environmentOf(
    `${own}\nprocesses:\n  first: { command: [a] }\n  second: { command: [b], working_dir: /, user: 0, environment: { B: 0x10 }, stop_signal: SIGINT, stop_grace_period: 1m30s }`,
  ).processes;
  const ending = { restart: "no", stop_signal: "SIGTERM", stop_grace_period: 10 };
  assert.equal(first, { command: ["a"], environment: {}, working_dir: "/srv", user: "33", ...ending, ulimits: {} });
  assert.equal(second, {
    ...{ command: ["b"], environment: { B: "0x10" }, working_dir: "/", user: "0" },
    ...{ restart: "no", stop_signal: "SIGINT", stop_grace_period: 90, ulimits: {} },
  });
  assert.equal(toldOf("command: [a]\nprocesses: { main: { command: [a] } }").length, 1);
});

test.run();
