import { test } from "uvu";
import * as assert from "uvu/assert";
import { isUnfit, judgeCapabilities } from "../../../src/engine/doctor.ts";
import type { Capabilities } from "../../../src/model/capabilities.ts";
import { doctorDocument } from "../../../src/ui/doctor-json.ts";
import { renderDoctor } from "../../../src/ui/render-doctor.ts";

const perl = { name: "perl", package: "perl-base", neededFor: "always", path: "/usr/bin/perl", version: "5.36.0-7", lackingOptions: [] };
const zstd = {
  name: "zstd",
  package: "zstd",
  neededFor: "roots from a .tar.zst",
  path: "/usr/bin/zstd",
  version: "1.5",
  lackingOptions: [],
};

const fit: Capabilities = {
  kernel: "6.18.44",
  node: "20.19.0",
  root: true,
  lacking: [],
  namespaces: { mount: null, uts: null, ipc: null, net: null, pid: null, user: null, cgroup: null, time: null },
  forbiddenNamespaces: [],
  rootOnly: [],
  calls: {
    openat2: null,
    open_tree: null,
    move_mount: null,
    fsopen: null,
    mount_setattr: null,
    close_range: null,
    "id-mapped mounts": null,
    "mounts beneath": null,
  },
  fileSystems: { overlay: "present", erofs: "present", squashfs: "present", tmpfs: "present" },
  erofsFromFile: true,
  loopDevices: true,
  cgroups: { layout: "v2", controllers: ["cpu", "cpuset", "io", "memory", "pids"] },
  tools: [perl, zstd],
  ids: { free: 4094, total: 4094 },
  data: { path: "/var/lib/cloister", free: 50 * 2 ** 30, fileSystem: "ext4", idMapping: null },
  unwritable: [],
  keyrings: true,
  forwarding: null,
  binfmt: null,
};

test("a machine that has everything has nothing to mend", () => {
  const requirements = judgeCapabilities(fit);
  assert.ok(requirements.every(({ result, fix }) => result === "ok" && fix === null));
  assert.not(isUnfit(requirements));
  assert.is(new Set(requirements.map(({ id }) => id)).size, requirements.length);
});

test("how images are mounted is told: on a tmpfs by loop devices, whatever the kernel takes elsewhere", () => {
  const found = (one: Partial<Capabilities>) => judgeCapabilities({ ...fit, ...one }).find(({ id }) => id === "file-systems/erofs")?.found;
  assert.is(found({}), "present, mounted from their files");
  assert.is(found({ data: { ...fit.data, fileSystem: "tmpfs" } }), "present, mounted by loop devices");
  assert.is(found({ erofsFromFile: false }), "present, mounted by loop devices");
});

test("of two programs for the same the one that is here is enough, and the better one is recommended", () => {
  const pasta = { ...zstd, name: "pasta", package: "passt" };
  const slirp = { ...zstd, name: "slirp4netns", package: "slirp4netns", insteadOf: "pasta" };
  const told = (...tools: Capabilities["tools"]) =>
    judgeCapabilities({ ...fit, tools }).flatMap(({ id, result, found }) => (id.startsWith("tools/") ? [`${result} ${found}`] : []));
  assert.equal(told({ ...pasta, path: null }, slirp), [
    "warn not installed; slirp4netns is taken instead",
    "ok /usr/bin/zstd, slirp4netns 1.5",
  ]);
  assert.equal(told(pasta, { ...slirp, path: null }), ["ok /usr/bin/zstd, passt 1.5", "ok not installed; pasta is"]);
  assert.ok(
    told({ ...pasta, path: null }, { ...slirp, path: null }).every((one) => one.startsWith("warn not installed, which takes away: ")),
  );
});

const lacks: readonly (readonly [string, Partial<Capabilities>, id: string, result: "warn" | "fail", fix: RegExp])[] = [
  ["not root", { root: false }, "privileges/root", "fail", /^sudo/],
  ["a capability", { lacking: ["SYS_ADMIN"] }, "privileges/capabilities", "fail", /container/],
  ["SYS_RESOURCE only", { lacking: ["SYS_RESOURCE"] }, "privileges/capabilities", "warn", /SYS_RESOURCE/],
  [
    "user namespaces forbidden",
    { namespaces: { ...fit.namespaces, user: "No space left on device" }, forbiddenNamespaces: ["max_user_namespaces"] },
    "kernel/namespace-user",
    "fail",
    /^sysctl -w user\.max_user_namespaces=15000$/,
  ],
  [
    "no time namespaces",
    { namespaces: { ...fit.namespaces, time: "Invalid argument" } },
    "kernel/namespace-time",
    "warn",
    /CONFIG_TIME_NS/,
  ],
  [
    "an old kernel",
    { calls: { ...fit.calls, mount_setattr: "Function not implemented" } },
    "kernel/mount_setattr",
    "fail",
    /from 5\.12 on/,
  ],
  ["no mounts beneath", { calls: { ...fit.calls, "mounts beneath": "Invalid argument" } }, "kernel/mounts-beneath", "warn", /6\.5/],
  ["an old Node", { node: "20.9.0" }, "kernel/node", "fail", /20\.19/],
  ["no overlay", { fileSystems: { ...fit.fileSystems, overlay: "absent" } }, "file-systems/overlay", "fail", /modprobe overlay/],
  ["no erofs", { fileSystems: { ...fit.fileSystems, erofs: "absent" } }, "file-systems/erofs", "warn", /apt-get install squashfs-tools/],
  [
    "neither erofs nor squashfs",
    { fileSystems: { ...fit.fileSystems, erofs: "absent", squashfs: "absent" } },
    "file-systems/erofs",
    "warn",
    /modprobe erofs/,
  ],
  ["no way to mount images", { erofsFromFile: false, loopDevices: false }, "file-systems/erofs", "warn", /modprobe loop/],
  ["no control groups", { cgroups: { layout: "none", controllers: [] } }, "control-groups/layout", "warn", /mount -t cgroup2/],
  [
    "no memory controller",
    { cgroups: { layout: "v1", controllers: ["blkio", "cpu", "cpuset", "pids"] } },
    "control-groups/controllers",
    "warn",
    /cgroup_enable/,
  ],
  ["a tool", { tools: [{ ...perl, path: null }] }, "tools/perl", "fail", /^apt-get install perl-base$/],
  ["a tool for something", { tools: [{ ...zstd, path: null }] }, "tools/zstd", "warn", /^apt-get install zstd$/],
  ["an old tool", { tools: [{ ...perl, lackingOptions: ["--new"] }] }, "tools/perl", "fail", /newer/],
  ["no id range", { ids: { free: 0, total: 4094 } }, "places/ids", "fail", /destroy/],
  ["a full disk", { data: { ...fit.data, free: 1000 } }, "places/space", "fail", /--data-dir/],
  ["little space", { data: { ...fit.data, free: 2 ** 30 } }, "places/space", "warn", /--data-dir/],
  ["data on an overlay", { data: { ...fit.data, fileSystem: "overlay" } }, "places/file-system", "fail", /ext4/],
  ["no id mapping there", { data: { ...fit.data, idMapping: "Invalid argument" } }, "places/id-mapping", "fail", /ext4/],
  ["a read-only /run", { unwritable: ["/run: EROFS"] }, "places/writable", "fail", /writable/],
];

for (const [name, lack, id, result, fix] of lacks) {
  test(`${name} is one ${result}, with what mends it`, () => {
    const bad = judgeCapabilities({ ...fit, ...lack }).filter((requirement) => requirement.result !== "ok");
    const found = bad.find((requirement) => requirement.id === id);
    assert.is(found?.result, result);
    assert.match(found?.fix ?? "", fix);
    assert.ok(bad.length === 1 || id === "control-groups/layout", bad.map((requirement) => requirement.id).join(" "));
  });
}

test("what another user could not try is a warning, not a fault of the kernel", () => {
  const eperm = "Operation not permitted";
  const requirements = judgeCapabilities({ ...fit, root: false, namespaces: { ...fit.namespaces, net: eperm } });
  assert.equal(
    requirements.filter(({ result }) => result === "fail").map(({ id }) => id),
    ["privileges/root"],
  );
});

test("table and JSON", () => {
  const requirements = judgeCapabilities({ ...fit, tools: [{ ...perl, path: null }] });
  const text = renderDoctor(requirements, { color: false });
  assert.match(text, /\n {2}FAIL {2}perl +not installed\n {8}mend: apt-get install perl-base\n/);
  assert.match(text, /\nthis machine cannot run cloister yet: 1 to mend, \d+ ok\n$/);
  const document = doctorDocument(requirements);
  assert.is(document.schema, "cloister/doctor/v1");
  assert.is(document.fit, false);
});

test.run();
