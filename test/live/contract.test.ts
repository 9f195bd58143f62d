import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { diskOf } from "../../src/host/disks.ts";
import { visitResources } from "../../src/resources/registry.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Seen, Site } from "../support/site.ts";
import { groupOf, moveOut, startOf, withSite } from "../support/site.ts";
import { checkers, supervisors } from "../support/supervisors.ts";
import type { TestNetwork } from "../support/test-network.ts";
import { withNetwork } from "../support/test-network.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "qemu");

/** What one kind of resource must stand: an instance of it, what brings it out of order, the plan's only answer to that, and how it is taken away again. */
interface Drill {
  readonly declared: Declared;
  readonly drift: (seen: Seen, site: Site, network?: TestNetwork) => Promise<void> | void;
  readonly changes: readonly string[] | ((changes: readonly string[]) => void);
  /** Declared instead, the instance is gone; absent where every environment has one. */
  readonly without?: { readonly declared: Declared; readonly changes: readonly string[] };
  /** Whether it is tried in a network of the test's own. */
  readonly apart?: true;
  /** Whether the environment is another one after the repair. */
  readonly anew?: true;
}

/** One for each kind of the registry: a new kind brings its own. */
const drills: Readonly<Record<string, Drill>> = {
  namespaces: {
    declared: {},
    drift: async ({ pid }) => {
      process.kill(pid, "SIGKILL");
      await until("its end", () => startOf(pid) === null);
    },
    changes: (changes) => assert.is(changes[0], "create web.namespaces"),
    anew: true,
  },
  rootfs: {
    declared: {},
    drift: (seen) => inMounts(seen, "mount", "-o", "remount,bind,ro,nodev", "/"),
    changes: (changes) => assert.is(changes[0], "recreate web"),
    anew: true,
  },
  cgroups: {
    declared: { command: ["sleep", "1000"], resources: { limits: { pids: 100 } } },
    drift: async ({ pid }, site) => {
      const main = (await site.status()).process?.pid ?? 0;
      for (const moved of [pid, main]) moveOut(moved);
    },
    changes: ["update web.cgroups"],
  },
  limits: {
    declared: { resources: { limits: { pids: 100 } } },
    drift: (seen, { rig }) => writeFileSync(join(groupOf(rig, seen, "pids"), "pids.max"), "50"),
    changes: ["update web.resources.limits.pids"],
    without: { declared: {}, changes: ["update web.resources.limits.pids"] },
  },
  io: {
    declared: { resources: { limits: { io: { "/": { read_bps: "100M" } } } } },
    drift: (seen, { rig }) => {
      const file = join(groupOf(rig, seen, "blkio"), "blkio.throttle.read_bps_device");
      writeFileSync(file, readFileSync(file, "utf8").replace(/ \d+/, " 5000000"));
    },
    changes: ['update web.resources.limits.io["/"]'],
    without: { declared: {}, changes: [`destroy web.resources.limits.io["${diskOf("/")}"]`] },
  },
  cpuset: {
    declared: { resources: { cpuset: 0 } },
    drift: (seen, { rig }) =>
      writeFileSync(join(groupOf(rig, seen, "cpuset"), "cpuset.cpus"), readFileSync("/sys/devices/system/cpu/online", "utf8")),
    changes: ["update web.resources.cpuset"],
    without: { declared: {}, changes: ["destroy web.resources.cpuset"] },
  },
  ulimits: {
    declared: { command: ["sleep", "1000"], ulimits: { nofile: 200 } },
    drift: async (_seen, site) => {
      const { pid } = (await site.status()).process ?? {};
      execFileSync("prlimit", ["--pid", String(pid), "--nofile=100:"]);
    },
    changes: ["update web.ulimits.nofile"],
    without: { declared: { command: ["sleep", "1000"] }, changes: [] },
  },
  oom_score_adj: {
    declared: { oom_score_adj: 200 },
    drift: ({ pid }) => writeFileSync(`/proc/${pid}/oom_score_adj`, "900"),
    changes: ["update web.oom_score_adj"],
    without: { declared: {}, changes: ["update web.oom_score_adj"] },
  },
  network: {
    declared: {},
    drift: ({ pid }) => void execFileSync("nsenter", ["--target", String(pid), "--net", "ip", "link", "set", "lo", "down"]),
    changes: ["update web.network.lo"],
  },
  nat: {
    declared: { network: { mode: "nat" }, dns: "none" },
    drift: (_seen, { rig }, network) => void network?.run("nft", "flush", "chain", "inet", `cloister_${rig.project}`, "postrouting"),
    changes: ["update web.network.rules"],
    without: { declared: { dns: "none" }, changes: ["destroy web.network.eth0", "destroy web.extra_hosts"] },
    apart: true,
  },
  link: {
    declared: { network: { mode: "nat" }, dns: "none" },
    drift: ({ pid }) => void execFileSync("nsenter", ["--target", String(pid), "--net", "ip", "-4", "route", "del", "default"]),
    changes: ["update web.network.eth0"],
    without: { declared: { dns: "none" }, changes: ["destroy web.network.eth0", "destroy web.extra_hosts"] },
    apart: true,
  },
  ports: {
    declared: { network: { mode: "nat", ports: { "127.0.0.1:8080": 80 } } },
    drift: (_seen, { rig }, network) => void network?.run("nft", "flush", "map", "inet", `cloister_${rig.project}`, "one4"),
    changes: ['create web.network.ports["127.0.0.1:8080"]'],
    without: { declared: { network: { mode: "nat" } }, changes: ['destroy web.network.ports["127.0.0.1:8080"]'] },
    apart: true,
  },
  traffic: {
    declared: { network: { mode: "nat", egress: { allow: ["192.0.2.0/24:5432"] } } },
    drift: ({ pid }) =>
      void execFileSync("nsenter", ["--target", String(pid), "--net", "nft", "flush", "chain", "inet", "cloister", "egress"]),
    changes: ["update web.network.egress"],
    without: { declared: { network: { mode: "nat" } }, changes: ["destroy web.network.egress"] },
    apart: true,
  },
  hostname: {
    declared: { hostname: "mine", domainname: "example.org" },
    drift: ({ pid }) => void execFileSync("nsenter", ["--target", String(pid), "--uts", "hostname", "other"]),
    changes: ["update web.hostname"],
    without: { declared: {}, changes: ["update web.hostname", "destroy web.domainname"] },
  },
  sysctls: {
    declared: { sysctls: { "net.ipv4.ip_forward": 1 } },
    drift: ({ pid }) => void execFileSync("nsenter", ["--target", String(pid), "--net", "sysctl", "-qw", "net.ipv4.ip_forward=0"]),
    changes: ['update web.sysctls["net.ipv4.ip_forward"]'],
    without: { declared: {}, changes: [] },
  },
  mounts: {
    declared: { mounts: { "/cache": { type: "tmpfs", size: "1M" } } },
    drift: (seen) => {
      inMounts(seen, "umount", "/cache");
      inMounts(seen, "mount", "-t", "tmpfs", "tmpfs", "/run");
      inMounts(seen, "mount", "-t", "tmpfs", "tmpfs", "/mnt");
      inMounts(seen, "mount", "-o", "remount,bind,ro", "/tmp");
    },
    changes: ['create web.mounts["/cache"]', 'update web.mounts["/run"]', 'update web.mounts["/tmp"]', 'destroy web.mounts["/mnt"]'],
    without: { declared: {}, changes: ['destroy web.mounts["/cache"]'] },
  },
  devices: {
    declared: {},
    drift: (seen) => inMounts(seen, "umount", "/dev/zero"),
    changes: ['create web.devices["/dev/zero"]'],
    without: {
      declared: { mounts: { "/dev": null, "/dev/pts": null, "/dev/shm": null, "/dev/mqueue": null } },
      changes: [
        ...["/dev/shm", "/dev/pts", "/dev/mqueue", "/dev"].map((target) => `destroy web.mounts["${target}"]`),
        ...["zero", "urandom", "tty", "random", "null", "full"].map((name) => `destroy web.devices["/dev/${name}"]`),
      ],
    },
  },
  masked_paths: {
    declared: { security: { masked_paths: ["/etc/passwd", "/home"] } },
    drift: (seen) => inMounts(seen, "umount", "/etc/passwd"),
    changes: ['create web.security.masked_paths["/etc/passwd"]'],
    without: {
      declared: { security: { masked_paths: ["/home"] } },
      changes: ['destroy web.security.masked_paths["/etc/passwd"]'],
    },
  },
  read_only_paths: {
    declared: { security: { read_only_paths: ["/proc/sys", "/proc/irq", "/home"] } },
    drift: (seen) => inMounts(seen, "mount", "-o", "remount,bind,rw", "/proc/sys"),
    changes: ['update web.security.read_only_paths["/proc/sys"]'],
    without: {
      declared: { security: { read_only_paths: ["/proc/irq", "/home"] } },
      changes: ['destroy web.security.read_only_paths["/proc/sys"]'],
    },
  },
  // What no machine that we run on is; the programs of the root are the host's own all the same.
  architecture: {
    declared: { rootfs: { directory: "./root", architecture: "s390x" } },
    drift: (seen) => inMounts(seen, "umount", "/proc/sys/fs/binfmt_misc"),
    changes: ["create web.rootfs.architecture"],
    without: { declared: {}, changes: ["destroy web.rootfs.architecture"] },
  },
  extra_hosts: {
    declared: { extra_hosts: { db: "192.0.2.5" } },
    drift: async (_seen, site) => void (await site.inside("sh", "-c", "echo 6.6.6.6 db >>/etc/hosts")),
    changes: ["update web.extra_hosts"],
    without: { declared: {}, changes: ["destroy web.extra_hosts"] },
  },
  dns: {
    declared: { dns: ["192.0.2.53"] },
    drift: async (_seen, site) => void (await site.inside("rm", "/etc/resolv.conf")),
    changes: ["update web.dns"],
    without: { declared: {}, changes: ["destroy web.dns"] },
  },
  files: {
    declared: { files: { "/etc/motd": { content: "hello\n" } } },
    drift: async (_seen, site) => void (await site.inside("chmod", "600", "/etc/motd")),
    changes: ['update web.files["/etc/motd"]'],
    without: { declared: {}, changes: ['destroy web.files["/etc/motd"]'] },
  },
  secrets: {
    declared: { secrets: { db: { command: ["echo", "hello"] } } },
    drift: async (_seen, site) => void (await site.inside("sh", "-c", "echo other >/run/secrets/db")),
    changes: ["update web.secrets.db"],
    without: { declared: {}, changes: ['destroy web.mounts["/run/secrets"]', "destroy web.secrets.db"] },
  },
  processes: {
    declared: { command: ["sleep", "1000"] },
    drift: async (_seen, site) => {
      process.kill((await site.status()).process?.pid ?? 0, "SIGKILL");
      await until("its end", async () => (await site.status()).process?.type === "exited");
    },
    changes: ["restart-process web.processes.main"],
    without: { declared: {}, changes: ["destroy web.processes.main"] },
  },
  restart: {
    declared: { processes: { main: { command: ["sleep", "1000"], restart: "always" } } },
    drift: async (_seen, site) => {
      const [supervisor = 0] = supervisors(site);
      process.kill(supervisor, "SIGKILL");
      await until("its end", () => startOf(supervisor) === null);
    },
    changes: ["update web.processes.main.restart"],
    without: { declared: { command: ["sleep", "1000"] }, changes: ["update web.processes.main.restart"] },
  },
  healthcheck: {
    declared: { processes: { main: { command: ["sleep", "1000"], healthcheck: { test: ["CMD", "true"] } } } },
    drift: async (_seen, site) => {
      const [runner = 0] = checkers(site);
      process.kill(runner, "SIGKILL");
      await until("its end", () => startOf(runner) === null);
    },
    changes: ["create web.processes.main.healthcheck"],
    without: { declared: { command: ["sleep", "1000"] }, changes: ["destroy web.processes.main.healthcheck"] },
  },
};

test("every kind of the registry has its drill", () => {
  assert.equal(Object.keys(drills).sort(), [...visitResources({ visit: ({ name }) => name })].sort());
});

for (const [kind, { declared, drift, changes, without, anew = false, apart = false }] of Object.entries(drills)) {
  live(`${kind}: applied, the plan is empty; brought out of order, it is that change; applied, empty again; taken away, gone`, () =>
    somewhere(apart, async (site, network) => {
      await site.stand(declared);
      const before = await site.seen();
      await drift(before, site, network);
      const found = await site.changes();
      if (typeof changes === "function") changes(found);
      else assert.equal(found, changes);
      await site.apply();
      assert.is((await site.seen()).identity !== before.identity, anew);
      if (without === undefined) return;
      const { identity } = await site.seen();
      site.declare({ web: without.declared });
      assert.equal(await site.changes(), without.changes);
      await site.apply();
      assert.is((await site.seen()).identity, identity);
    }),
  );
}

test.run();

function somewhere(apart: boolean, body: (site: Site, network?: TestNetwork) => Promise<void>): Promise<void> {
  return apart ? withNetwork((network) => withSite((site) => body(site, network), { network })) : withSite(body);
}

/** mount or umount of the root's own in the environment's mount namespace, with the host's privileges, as someone on the host could. */
function inMounts({ pid }: Seen, ...command: readonly string[]): void {
  execFileSync("nsenter", ["--target", String(pid), "--mount", "--pid", "--wd=/", "/bin/busybox", ...command], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}
