import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Seen } from "../support/site.ts";
import { namespacesOf, processesOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");
const timed = needs(test, "root", "busybox", "catatonit", "time namespaces");
const all = ["mnt", "uts", "ipc", "net", "pid", "user", "cgroup", "time"];

timed("all eight are the environment's own, and its processes are in them", () =>
  withSite(async (site) => {
    await site.stand({ time_offsets: { monotonic: 86400, boottime: 604800 }, hostname: "island", command: ["sleep", "1000"] });
    const seen = await site.seen();
    assert.equal(hostsOwn(seen), []);
    const { process: main } = await site.status();
    assert.equal(namespacesOf(main?.pid ?? 0), seen.namespaces);
    const inside = await site.inside("sh", "-c", 'for name in "$@"; do readlink "/proc/self/ns/$name"; done', "sh", ...all);
    assert.equal(
      inside.split("\n"),
      all.map((name) => seen.namespaces[name]),
    );
    assert.is(await site.inside("hostname"), "island");
    assert.match(await site.inside("sh", "-c", "cat /proc/1/comm"), /^catatonit$/);
    assert.match(await site.inside("ip", "-o", "link"), /^1: lo: <LOOPBACK,UP,LOWER_UP>[^\n]*$/);
  }),
);

timed("clocks inside are ahead by the offsets", () =>
  withSite(async (site) => {
    await site.stand({ time_offsets: { monotonic: 86400, boottime: 604800 } });
    const ahead = Number.parseFloat(await site.inside("cat", "/proc/uptime")) - Number.parseFloat(readFileSync("/proc/uptime", "utf8"));
    assert.ok(Math.abs(ahead - 604800) < 5, String(ahead));
    const { pid } = await site.seen();
    assert.match(readFileSync(`/proc/${pid}/timens_offsets`, "utf8"), /^monotonic +86400 +0\nboottime +604800 +0\n$/);
  }),
);

live("without offsets the clocks are the host's", () =>
  withSite(async (site) => {
    await site.stand();
    assert.equal(hostsOwn(await site.seen()), ["time"]);
  }),
);

live("a list names those that are private, and mount must be among them", () =>
  withSite(async (site) => {
    site.declare({ web: { namespaces: ["uts", "user"], network: { mode: "host" }, unsafe: ["host-pid"] } });
    const refused = await site.rig.cloister("plan");
    assert.is(refused.code, 3);
    assert.match(refused.stderr, /mount/);
    await site.stand({ namespaces: ["mount", "uts", "user"], network: { mode: "host" }, unsafe: ["host-pid"] });
    assert.equal(hostsOwn(await site.seen()), ["ipc", "net", "pid", "cgroup", "time"]);
    assert.is(await site.inside("hostname"), "web");
  }),
);

live("another environment's can be joined: net, ipc, uts, cgroup and pid", () =>
  withSite(async (site) => {
    const kinds = { net: "net", ipc: "ipc", uts: "uts", cgroup: "cgroup", pid: "pid" };
    const joined = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, "join:db"]));
    site.declare({ web: { namespaces: joined }, db: { hostname: "database", command: ["sleep", "1234"] } });
    await site.apply();
    const [web, db] = [await site.seen("web"), await site.seen("db")];
    for (const kind of Object.keys(kinds)) assert.is(web.namespaces[kind], db.namespaces[kind], kind);
    for (const kind of ["mnt", "user"]) assert.is.not(web.namespaces[kind], db.namespaces[kind], kind);
    assert.is(await site.inside("hostname"), "database");
    // Each has ids of its own: it sees the other's processes and can do nothing to them.
    assert.match(await site.inside("ps"), /sleep 1234/);
    const killed = await site.exec(["sh", "-c", "kill -9 $(pidof sleep)"]);
    assert.match(killed.stderr, /Operation not permitted/);
    await site.rig.expect(0, "destroy", "-y", "web");
    assert.is((await site.status("db")).state, "running");
    assert.is((await site.status("db")).process?.type, "running");
  }),
);

live("who is asked for alone brings those whose namespaces it joins; when they are gone, only that is out of order", () =>
  withSite(async (site) => {
    site.declare({ web: { namespaces: { net: "join:db" } }, db: {}, other: {} });
    await site.rig.expect(0, "apply", "-y", "web");
    const states = await Promise.all(["web", "db", "other"].map((name) => site.status(name)));
    assert.equal(
      states.map(({ state }) => state),
      ["running", "running", "absent"],
    );
    await site.rig.expect(0, "destroy", "-y", "db");
    assert.equal((await site.status()).drifted, ["web.namespaces"]);
    assert.is(await site.inside("hostname"), "web", "it has what it joined as long as it lives");
    await site.apply();
  }),
);

live("one that is pinned at a path can be joined", () =>
  withSite(async (site) => {
    const directory = join(site.rig.directory, "..", "pinned");
    mkdirSync(directory);
    const file = join(directory, "net");
    writeFileSync(file, "");
    execFileSync("unshare", [`--net=${file}`, "true"]);
    try {
      await site.stand({ namespaces: { net: `path:${file}` } });
      assert.is((await site.seen()).namespaces.net, `net:[${statSync(file).ino}]`);
      assert.match(await site.inside("ip", "-o", "link"), /^1: lo: /);
      await site.rig.expect(0, "destroy", "-y", "--volumes");
    } finally {
      execFileSync("umount", [file]);
    }
  }),
);

live("the host's network, when asked for: its interfaces are seen, and the plan says what that means", () =>
  withSite(async (site) => {
    site.declare({ web: { network: { mode: "host" } } });
    assert.match((await site.rig.expect(0, "plan")).stdout, /^warning manifest\/host-network: /);
    await site.apply();
    const names = (text: string) => [...text.matchAll(/^\d+: ([^:@]+)/gm)].map(([, name]) => name);
    assert.equal(names(await site.inside("ip", "-o", "link")), names(execFileSync("ip", ["-o", "link"], { encoding: "utf8" })));
    assert.equal(hostsOwn(await site.seen()), ["net", "time"]);
    assert.is((await site.exec(["ip", "link", "set", "lo", "down"])).code, 2, "it may look, not change");
  }),
);

live("the host's ids, when asked for: root inside is root, and what it may do is still little", () =>
  withSite(async (site) => {
    mkdirSync(join(site.rig.directory, "work"));
    await site.stand({ users: "host", unsafe: ["host-user"], mounts: { "/work": "./work" } });
    const { pid } = await site.seen();
    assert.match(readFileSync(`/proc/${pid}/uid_map`, "utf8"), /^ +0 +0 +4294967295\n$/);
    await site.inside("touch", "/work/file");
    assert.is((await site.exec(["sh", "-c", "echo core >/proc/sys/kernel/core_pattern"])).code, 1);
    assert.is((await site.exec(["mount", "-t", "tmpfs", "tmpfs", "/mnt"])).code, 1);
  }),
);

live("the host's processes, when asked for: they are seen, and all of the environment's end with it", () =>
  withSite(async (site) => {
    await site.stand({ namespaces: { pid: "host" }, unsafe: ["host-pid"], command: ["sh", "-c", "sleep 1000 & sleep 1000 & wait"] });
    assert.match(await site.inside("cat", `/proc/${process.pid}/comm`), /./);
    assert.is((await site.exec(["kill", "-9", String(process.pid)])).code, 1);
    const pids = processesOf(site.rig);
    assert.ok(pids.length >= 4);
    await site.rig.expect(0, "destroy", "-y", "--volumes", "--now");
    assert.equal(processesOf(site.rig), []);
    // Orphans of the host's pid namespace are buried by the host's init.
    await until("all are buried", () => pids.every((pid) => !existsSync(`/proc/${pid}`)));
  }),
);

test.run();

/** The kinds that are the host's own. */
function hostsOwn({ namespaces }: Seen): readonly string[] {
  const host = namespacesOf("self");
  return all.filter((name) => namespaces[name] === host[name]);
}
