import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { limitOf, mountAt, withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** One change of a running environment: what is declared from now on, what the plan says to that, and how it shows inside. */
type Change = readonly [declared: Declared, changes: readonly string[], look?: (site: Site) => Promise<void>];

/** Goes from one declaration to the next; no process and no namespace may be another one afterwards, and nothing may be left to do. */
function changing(name: string, changes: readonly Change[]): void {
  live(`${name}, in place`, () =>
    withSite(async (site) => {
      site.rig.write("site/index.html", "site\n");
      site.rig.write("other/index.html", "other\n");
      await site.stand({ command: ["sleep", "1000"] });
      const before = [(await site.seen()).identity, (await site.status()).process];
      for (const [declared, wanted, look] of changes) {
        site.declare({ web: { command: ["sleep", "1000"], ...declared } });
        assert.equal(await site.changes(), wanted);
        await site.rig.expect(0, "apply", "-y");
        await look?.(site);
      }
      assert.equal(await site.changes(), []);
      assert.equal([(await site.seen()).identity, (await site.status()).process], before);
    }),
  );
}

const defaultMasks = defaultsOf("masked_paths").filter((path) => existsSync(path));
const onlyProcSys = defaultsOf("read_only_paths")
  .filter((path) => path !== "/proc/sys" && existsSync(path))
  .map((path) => `destroy web.security.read_only_paths["${path}"]`)
  .reverse();

changing("names and kernel settings", [
  [{ hostname: "second" }, ["update web.hostname"], shows("second", "hostname")],
  [
    { domainname: "example.org" },
    ["update web.hostname", "create web.domainname"],
    shows("example.org", "cat", "/proc/sys/kernel/domainname"),
  ],
  [{ domainname: "example.net" }, ["update web.domainname"], shows("example.net", "cat", "/proc/sys/kernel/domainname")],
  [{}, ["destroy web.domainname"], shows("(none)", "cat", "/proc/sys/kernel/domainname")],
  [
    { sysctls: { "net.ipv4.ip_forward": 1 } },
    ['update web.sysctls["net.ipv4.ip_forward"]'],
    shows("1", "cat", "/proc/sys/net/ipv4/ip_forward"),
  ],
  [
    { sysctls: { "net.ipv4.ip_forward": 0, "kernel.sem": "250 32000 100 64", "fs.mqueue.msg_max": 20 } },
    ['update web.sysctls["fs.mqueue.msg_max"]', 'update web.sysctls["kernel.sem"]', 'update web.sysctls["net.ipv4.ip_forward"]'],
    shows("250\t32000\t100\t64\n20\n0", "cat", "/proc/sys/kernel/sem", "/proc/sys/fs/mqueue/msg_max", "/proc/sys/net/ipv4/ip_forward"),
  ],
  [{}, []],
]);

const ownDev = { type: "tmpfs", mode: "0750", size: "64K" };

changing("file systems in memory", [
  [
    { mounts: { "/cache": tmpfs("1M") } },
    ['create web.mounts["/cache"]'],
    shows("1024", "sh", "-c", "df -k /cache | tail -n1 | tr -s ' ' | cut -d' ' -f2"),
  ],
  [{ mounts: { "/cache": tmpfs("2M") } }, ['update web.mounts["/cache"]'], keepsFile("/cache/file")],
  [{ mounts: { "/cache": tmpfs("3M") } }, ['update web.mounts["/cache"]'], shows("kept", "cat", "/cache/file")],
  [{ mounts: { "/cache": { ...tmpfs("3M"), read_only: true } } }, ['update web.mounts["/cache"]'], refuses("touch", "/cache/x")],
  [{ mounts: { "/cache": tmpfs("3M") } }, ['update web.mounts["/cache"]'], shows("kept", "cat", "/cache/file")],
  [
    { mounts: { "/cache": { ...tmpfs("3M"), options: ["noexec"] } } },
    ['update web.mounts["/cache"]'],
    hasOptions("/cache", ["noexec", "nosuid"]),
  ],
  [{ mounts: { "/cache": { ...tmpfs("3M"), mode: "0700" } } }, ['update web.mounts["/cache"]'], shows("700", "stat", "-c", "%a", "/cache")],
  [
    { mounts: { "/dev/mqueue": null, "/run": null } },
    ['destroy web.mounts["/cache"]', 'destroy web.mounts["/run"]', 'destroy web.mounts["/dev/mqueue"]'],
  ],
  [{}, ['create web.mounts["/dev/mqueue"]', 'create web.mounts["/run"]']],
  [
    { mounts: { "/dev": ownDev } },
    ["/dev", "/dev/pts", "/dev/shm", "/dev/mqueue"]
      .map((target) => `update web.mounts["${target}"]`)
      .concat(["full", "null", "random", "tty", "urandom", "zero"].map((name) => `update web.devices["/dev/${name}"]`)),
    shows("3", "sh", "-c", "echo >/dev/null; head -c 3 /dev/zero | wc -c"),
  ],
  [{ mounts: { "/dev": ownDev, "/tmp": { type: "tmpfs", size: "10%" } } }, ['update web.mounts["/tmp"]'], tenPercent],
]);

changing("binds, volumes and overlays", [
  [{ mounts: { "/srv": "./site" } }, ['create web.mounts["/srv"]'], shows("site", "cat", "/srv/index.html")],
  [{ mounts: { "/srv": "./site:ro" } }, ['update web.mounts["/srv"]'], refuses("touch", "/srv/x")],
  [{ mounts: { "/srv": "./site" } }, ['update web.mounts["/srv"]'], shows("", "touch", "/srv/x")],
  [{ mounts: { "/srv": "./other" } }, ['update web.mounts["/srv"]'], shows("other", "cat", "/srv/index.html")],
  [
    { mounts: { "/srv": { type: "bind", source: "./other", idmap: "none" } } },
    ['update web.mounts["/srv"]'],
    shows("65534", "stat", "-c", "%u", "/srv"),
  ],
  [
    { mounts: { "/etc/motd": "./other/index.html" } },
    ['create web.mounts["/etc/motd"]', 'destroy web.mounts["/srv"]'],
    shows("other", "cat", "/etc/motd"),
  ],
  [
    { mounts: { "/data": "data", "/srv": { type: "overlay", source: "./site", size: "1M" } } },
    ['create web.mounts["/data"]', 'create web.mounts["/srv"]', 'destroy web.mounts["/etc/motd"]'],
    writesInMemory,
  ],
  [
    { mounts: { "/data/below": "./site" } },
    ['destroy web.mounts["/data"]', 'create web.mounts["/data/below"]', 'destroy web.mounts["/srv"]'],
    shows("site", "cat", "/data/below/index.html"),
  ],
  [
    { mounts: { "/data/below": "./site", "/data": "data" } },
    ['create web.mounts["/data"]', 'update web.mounts["/data/below"]'],
    shows("site", "cat", "/data/below/index.html"),
  ],
  [
    { mounts: { "/data/below": "./site", "/data": { type: "tmpfs", size: "1M" } } },
    ['update web.mounts["/data"]', 'update web.mounts["/data/below"]'],
    shows("site", "cat", "/data/below/index.html"),
  ],
  [
    { mounts: { "/data/below": "./site", "/data": { type: "tmpfs", size: "2M" } } },
    ['update web.mounts["/data"]'],
    shows("site", "cat", "/data/below/index.html"),
  ],
  [{}, ['destroy web.mounts["/data/below"]', 'destroy web.mounts["/data"]']],
]);

changing("masked and read-only paths", [
  [
    { security: { masked_paths: [...defaultMasks, "/etc/passwd", "/home"] } },
    ['create web.security.masked_paths["/etc/passwd"]', 'create web.security.masked_paths["/home"]'],
    async (site) => {
      assert.is(await site.inside("sh", "-c", "cat /etc/passwd; ls /home"), "");
      assert.is((await site.exec(["touch", "/home/x"])).code, 1);
    },
  ],
  [
    {},
    ['destroy web.security.masked_paths["/home"]', 'destroy web.security.masked_paths["/etc/passwd"]'],
    shows("root", "head", "-c", "4", "/etc/passwd"),
  ],
  [
    { security: { masked_paths: defaultMasks.filter((path) => path !== "/proc/timer_list") } },
    ['destroy web.security.masked_paths["/proc/timer_list"]'],
  ],
  [
    { security: { read_only_paths: ["/proc/sys"] } },
    ['create web.security.masked_paths["/proc/timer_list"]', ...onlyProcSys],
    shows("", "sh", "-c", "test -w /proc/irq"),
  ],
  [{}, [...onlyProcSys.map((change) => change.replace("destroy", "create")).reverse()]],
]);

live("limits, in place", () =>
  withSite(async (site) => {
    await site.stand();
    const seen = await site.seen();
    const limits = async (declared: Declared, changes: readonly string[], want: readonly (number | null)[]) => {
      site.declare({ web: { resources: { limits: declared } } });
      assert.equal(await site.changes(), changes);
      await site.apply();
      assert.equal(
        (["memory", "cpus", "pids"] as const).map((name) => limitOf(site.rig, seen, name)),
        want,
      );
    };
    await limits({ memory: "64M" }, ["create web.resources.limits.memory"], [64 << 20, null, 4096]);
    await limits(
      { memory: "32M", cpus: 1.5, pids: 30 },
      ["update web.resources.limits.memory", "create web.resources.limits.cpus", "update web.resources.limits.pids"],
      [32 << 20, 1.5, 30],
    );
    await limits(
      { memory: "96M", cpus: "250m", pids: 40 },
      ["update web.resources.limits.memory", "update web.resources.limits.cpus", "update web.resources.limits.pids"],
      [96 << 20, 0.25, 40],
    );
    await limits(
      {},
      ["update web.resources.limits.pids", "destroy web.resources.limits.cpus", "destroy web.resources.limits.memory"],
      [null, null, 4096],
    );
    assert.is((await site.seen()).identity, seen.identity);
  }),
);

test.run();

function tmpfs(size: string): Declared {
  return { type: "tmpfs", size };
}

function shows(output: string, ...command: readonly string[]) {
  return async (site: Site) => assert.is(await site.inside(...command), output, command.join(" "));
}

function refuses(...command: readonly string[]) {
  return async (site: Site) => {
    const { code, stderr } = await site.exec(command);
    assert.is(code, 1, command.join(" "));
    assert.match(stderr, /Read-only file system/);
  };
}

function keepsFile(path: string) {
  return (site: Site) => shows("kept", "sh", "-c", `echo kept >${path}; cat ${path}`)(site);
}

function hasOptions(target: string, options: readonly string[]) {
  return async (site: Site) => {
    const found = mountAt(await site.seen(), target).options;
    assert.ok(
      options.every((option) => found.includes(option)),
      found.join(),
    );
  };
}

async function tenPercent(site: Site): Promise<void> {
  const total = Number(/^MemTotal: +(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]);
  const size = /^size=(\d+)k$/.exec(mountAt(await site.seen(), "/tmp").superOptions.find((one) => one.startsWith("size=")) ?? "")?.[1];
  assert.ok(Math.abs(Number(size) - total / 10) <= 4, `${size} of ${total}`);
}

async function writesInMemory(site: Site): Promise<void> {
  assert.is(await site.inside("sh", "-c", "echo changed >/srv/index.html; cat /srv/index.html"), "changed");
  assert.is(readFileSync(join(site.rig.directory, "site/index.html"), "utf8"), "site\n");
}

function defaultsOf(name: string): readonly string[] {
  const find = (node: unknown): readonly string[] | null => {
    if (typeof node !== "object" || node === null) return null;
    for (const [key, value] of Object.entries(node)) {
      if (key === name && Array.isArray(value.default)) return value.default;
      const found = find(value);
      if (found !== null) return found;
    }
    return null;
  };
  return find(JSON.parse(readFileSync("schemas/cloister.schema.json", "utf8"))) ?? [];
}
