import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseCgroupPaths, parseHierarchies } from "../../../src/kernel/cgroup.ts";
import { parseMountinfo } from "../../../src/kernel/mountinfo.ts";

const hierarchies = (text: string) => parseHierarchies(parseMountinfo(text));
const capture = (name: string) => hierarchies(readFileSync(`test/unit/kernel/captures/${name}.txt`, "utf8"));

test("a hybrid host: v2 first, then each of v1 with its controllers", () => {
  const found = capture("linux-6.18-mountinfo-hybrid");
  assert.equal(found[0], { version: 2, controllers: [], mountPoint: "/sys/fs/cgroup/unified" });
  assert.equal(
    found.slice(1).map(({ controllers }) => controllers.join()),
    ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "name=systemd"],
  );
});

test("a v2 host has one", () => {
  assert.equal(capture("linux-6.1-mountinfo-v2"), [{ version: 2, controllers: [], mountPoint: "/sys/fs/cgroup" }]);
});

test("controllers that share a hierarchy, mounted twice, with options that are none", () => {
  const text = [
    "30 25 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct",
    "31 25 0:26 / /elsewhere/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct",
    "32 25 0:27 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=/lib/systemd/agent,name=systemd",
    "33 25 0:28 /docker/abc /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory",
  ];
  assert.equal(hierarchies(text.join("\n")), [
    { version: 1, controllers: ["cpu", "cpuacct"], mountPoint: "/sys/fs/cgroup/cpu,cpuacct" },
    { version: 1, controllers: ["name=systemd"], mountPoint: "/sys/fs/cgroup/systemd" },
  ]);
});

test("where a process is, in each hierarchy", () => {
  const paths = parseCgroupPaths("9:name=systemd:/a\n1:cpu,cpuacct:/b:c\n0::/d/keeper\nnonsense\n");
  assert.equal(
    [...paths],
    [
      ["name=systemd", "/a"],
      ["cpu,cpuacct", "/b:c"],
      ["", "/d/keeper"],
    ],
  );
});

test.run();
