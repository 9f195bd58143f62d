import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Finding } from "../../src/model/isolation.ts";
import { busyboxRoot } from "../support/busybox.ts";
import { needs } from "../support/needs.ts";
import type { Rig } from "../support/rig.ts";
import { withRig } from "../support/rig.ts";

const live = needs(test, "root", "busybox", "catatonit", "overlayfs", "pids limits", "memory limits");

interface Seen {
  readonly pid: number;
  readonly failed: readonly string[];
  readonly passed: readonly string[];
  readonly text: string;
}

async function verify(rig: Rig, ...operands: readonly string[]): Promise<Seen> {
  const { code, stdout, stderr } = await rig.cloister("verify", "--json", ...operands);
  assert.ok(code === 0 || code === 2, `${code}: ${stderr}`);
  const document: { environments: { pid: number; checks: Finding[] }[] } = JSON.parse(stdout);
  const [seen] = document.environments;
  if (seen === undefined) throw new Error(stdout);
  const failing = seen.checks.filter(({ result }) => result === "fail");
  assert.is(code, failing.length === 0 ? 0 : 2);
  return {
    pid: seen.pid,
    failed: failing.map(({ id }) => id),
    passed: seen.checks.filter(({ result }) => result === "pass").map(({ id }) => id),
    text: failing.map(({ id, evidence }) => `${id}: ${evidence}`).join("\n"),
  };
}

async function withEnvironment(body: string, use: (rig: Rig) => Promise<void>): Promise<void> {
  await withRig(async (rig) => {
    busyboxRoot(join(rig.directory, "root"));
    rig.write("cloister.yaml", `api_version: cloister/v1\nname: any\nenvironments:\n  box:\n    rootfs: { directory: ./root }\n${body}`);
    await rig.expect(0, "apply", "--yes");
    await use(rig);
  });
}

live("an environment of ours passes every check, and looking changes nothing", async () => {
  const body = "    command: [sleep, '1000']\n    resources: { limits: { memory: 64M, cpus: 0.5, pids: 50 } }\n";
  await withEnvironment(body, async (rig) => {
    const seen = await verify(rig, "box");
    assert.is(seen.text, "");
    assert.ok(seen.passed.length >= 80, `${seen.passed.length} passed`);
    await rig.expect(0, "plan", "--detailed-exitcode");
    const table = await rig.expect(0, "verify");
    assert.match(table.stdout, /\nbox \(pid \d+\) is isolated: \d+ passed, \d+ not applicable\n$/);
  });
});

const ids = "[{ inside: 0, outside: 500000, count: 1000 }]";

const variants: readonly (readonly [name: string, body: string, passed: string])[] = [
  ["clocks of its own", "    namespaces: { time: private }\n    time_offsets: { boottime: 3600 }\n", "namespaces/time-offsets"],
  ["a read-only root", "    read_only: true\n", "mounts/own-root"],
  ["no capability at all", "    security: { cap_drop: [ALL] }\n", "capabilities/entered"],
  ["another user", "    command: [sleep, '1000']\n    user: 1000:1000\n", "ids/processes"],
  ["the host's network", "    network: { mode: host }\n", "mounts/no-host-files"],
  ["the host's users", "    users: { mode: host }\n    namespaces: { user: host }\n    unsafe: [host-user]\n", "mounts/pivoted"],
  ["the host's processes", "    namespaces: { pid: host }\n    unsafe: [host-pid]\n", "escapes/chroot"],
  ["ids of the manifest's choice", `    users: { mode: map, uid_mappings: ${ids}, gid_mappings: ${ids} }\n`, "ids/root-is-nobody"],
  ["an upper that goes with it", "    overlay: ephemeral\n", "mounts/own-root"],
  ["a bind mount", "    mounts: { /srv: { type: bind, source: ., read_only: true } }\n", "mounts/declared"],
];

for (const [name, body, passed] of variants) {
  live(`so does one with ${name}`, () =>
    withEnvironment(body, async (rig) => {
      const seen = await verify(rig);
      assert.is(seen.text, "");
      assert.ok(seen.passed.includes(passed));
    }),
  );
}

live("what is changed by hand is found", () =>
  withEnvironment("    resources: { limits: { memory: 64M, pids: 50 } }\n", async (rig) => {
    const { pid } = await verify(rig);
    const host = (command: string, ...args: readonly string[]) => execFileSync(command, args, { stdio: "ignore" });
    const inMounts = (...command: readonly string[]) => host("nsenter", `--target=${pid}`, "--mount", "--", "/bin/busybox", ...command);
    const find = async (...ids: readonly string[]) => {
      const { failed, text } = await verify(rig);
      for (const id of ids) assert.ok(failed.includes(id), `${id} was not found, but: ${text}`);
    };

    host("nsenter", `--target=${pid}`, "--uts", "--", "hostname", "other");
    await find("limits/hostname");
    inMounts("umount", "/proc/keys");
    await find("mounts/masked-paths", "kernel/masked-paths");
    inMounts("mount", "-t", "tmpfs", "none", "/mnt");
    await find("mounts/declared");
    inMounts("umount", "/proc/sys");
    await find("mounts/read-only-paths");
    inMounts("mount", "--make-shared", "/tmp");
    await find("mounts/private");
    writeFileSync(groupFile(pid, "pids"), "max");
    await find("limits/pids");
  }),
);

live("a process that came in by another way is found, with what it brought along", () =>
  withEnvironment("", async (rig) => {
    const { pid } = await verify(rig);
    // nsenter keeps its caller's environment, terminal, control groups, limits, descriptors and capabilities.
    const enter = `exec 9</etc; exec nsenter --target ${pid} --user --mount --pid --uts --ipc --net -- /bin/busybox sh -c 'echo in; exec sleep 1000'`;
    const child = spawn("sh", ["-c", enter], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      await once(child.stdout, "data");
      const { failed, text } = await verify(rig);
      const expected = [
        "processes/descriptors",
        "capabilities/held",
        "capabilities/bounding",
        "capabilities/no-new-privileges",
        "limits/all-in-group",
        "limits/out-of-memory",
      ];
      for (const id of expected) assert.ok(failed.includes(id), `${id} was not found, but: ${text}`);
    } finally {
      for (const inside of readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" "))
        process.kill(Number(inside), "SIGKILL");
      await once(child, "close");
    }
    assert.is((await verify(rig)).text, "");
  }),
);

test.run();

/** The file of the pids limit of a process's control group, in whichever hierarchy has that controller. */
function groupFile(pid: number, controller: string): string {
  const [, unified] = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8")) ?? [];
  const [, own] =
    new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(.*)$`, "m").exec(readFileSync(`/proc/${pid}/cgroup`, "utf8")) ?? [];
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const v1 = mounts.find((line) => / - cgroup /.test(line) && (line.split(" ").at(-1) ?? "").split(",").includes(controller));
  const mount = v1 ?? mounts.find((line) => / - cgroup2 /.test(line)) ?? "";
  const path = v1 === undefined ? (unified ?? "").replace(/\/keeper$/, "") : own;
  return `${mount.split(" ")[4]}${path}/${controller}.max`;
}
