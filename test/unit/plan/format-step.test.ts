import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Step } from "../../../src/model/step.ts";
import { formatStep } from "../../../src/plan/format-step.ts";

const pid = { of: "web.namespaces", name: "pid" } as const;

const cases: readonly (readonly [step: Step, command: string])[] = [
  [{ type: "mkdir", title: "", path: "/a b", mode: 0o711, owner: 5 }, "mkdir -p -m 711 '/a b' && chown 5:5 '/a b'"],
  [
    { type: "mkdir", title: "", path: ["/u/", { of: 'rootfs["x"]', name: "digest16" }], mode: 0o755 },
    'mkdir -p -m 755 "/u/$rootfs_x__digest16"',
  ],
  [{ type: "cgroup", title: "", paths: ["/cg/a", "/cg/b"] }, "mkdir -p /cg/a /cg/b"],
  [{ type: "link", title: "", path: "/a", target: "b" }, "ln -sfn b /a"],
  [
    { type: "write", title: "", path: ["/proc/", pid, "/uid_map"], content: "0 1 2\n", to: "kernel" },
    "printf %s '0 1 2\n' > \"/proc/$web_pid/uid_map\"",
  ],
  [{ type: "remove", title: "", path: "/a", how: "file" }, "rm -f /a"],
  [{ type: "remove", title: "", path: "/a", how: "tree" }, "rm -rf --one-file-system /a"],
  [{ type: "remove", title: "", path: "/cg/a", how: "cgroup" }, "rmdir /cg/a/* /cg/a"],
  [{ type: "run", title: "", command: ["echo", "it's", "", "$HOME"] }, "echo 'it'\\''s' '' '$HOME'"],
  [
    {
      type: "network",
      title: "",
      lines: ["make clb-1 10.213.0.0/24", "set ipv4/conf/clb-1/route_localnet 1", "drop 10.0.0.2 peer 10.0.0.1/32 clb-1", "forward"],
    },
    "ip link add name clb-1 type bridge; sysctl -w net/ipv4/conf/clb-1/route_localnet=1; ip address del 10.0.0.2 peer 10.0.0.1/32 dev clb-1 || :; sysctl -w net/ipv4/ip_forward=1",
  ],
  [
    {
      type: "network",
      title: "",
      lines: ["inside gone eth0", "link add name cl-1 type veth peer name eth0 netns inside", "inside link set dev eth0 up"],
      inside: { pid, start: "1" },
    },
    'nsenter "--net=/proc/$web_pid/ns/net" -- ip link del dev eth0 || :; ip link add name cl-1 type veth peer name eth0 netns "$web_pid"; nsenter "--net=/proc/$web_pid/ns/net" -- ip link set dev eth0 up',
  ],
  [
    {
      type: "hold",
      title: "",
      of: "web.namespaces",
      command: ["sh", "-c", "x"],
      environment: { A: "b c" },
      log: "/l",
      failed: { groups: [], file: "/f" },
    },
    "A='b c' sh -c x",
  ],
  [
    {
      type: "spawn",
      title: "",
      of: "web.namespaces",
      command: ["sh", ["pid=", pid]],
      environment: { CLOISTER_SET_X: "y", A: "b" },
      log: "/l",
      group: "/g",
      end: "/e",
    },
    'A=b sh "pid=$web_pid"',
  ],
  [{ type: "release", title: "", of: "web.namespaces" }, "echo go >&3"],
  [{ type: "commit", title: "", of: "web.namespaces" }, "findmnt -N $web_pid && echo commit"],
  [
    {
      type: "mount",
      title: "",
      of: "web.namespaces",
      pid,
      mount: { stage: "m", fstype: "tmpfs", source: "tmpfs", options: ["size=4096"] },
    },
    "mount -t tmpfs -o size=4096 tmpfs stage/m",
  ],
  [
    { type: "shim", title: "", of: "web.namespaces", pid: "12", operation: ["bind", "/a b", "/c"] },
    "cloister-shim attach 12 bind '/a b' /c",
  ],
  [{ type: "signal", title: "", pid: 7, start: "1", signal: "SIGTERM", graceMs: 1 }, "kill -TERM 7"],
];

for (const [step, command] of cases) test(`${step.type}: ${command}`, () => assert.is(formatStep(step), command));

test("what looks like a variable in a text with references stays a text", () => {
  const step: Step = { type: "run", title: "", command: [['a$b`c"d\\', pid]] };
  assert.is(formatStep(step), '"a\\$b\\`c\\"d\\\\$web_pid"');
});

test.run();
