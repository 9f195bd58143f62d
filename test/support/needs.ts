import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, getuid } from "node:process";
import type { Test } from "uvu";

/** What a test needs of the machine, each with how it is found out; null is "it is here", else what to do about it. */
const probes = {
  root: () => (getuid?.() === 0 ? null : "run as root"),
  overlayfs: () => (fileSystem("overlay") ? null : "modprobe overlay"),
  erofs: () => (fileSystem("erofs") ? null : "modprobe erofs"),
  "time namespaces": () => (existsSync("/proc/self/ns/time") ? null : "a kernel >= 5.6 with CONFIG_TIME_NS"),
  "memory limits": () => (controller("memory") ? null : "the memory controller of control groups"),
  "pids limits": () => (controller("pids") ? null : "the pids controller of control groups"),
  "cpu limits": () => (controller("cpu") ? null : "the cpu controller of control groups"),
  "a package mirror": () => (mirrorAnswers() ? null : "an apt mirror that answers (apt-get update)"),
  strace: () => command("strace", "strace"),
  mksquashfs: () => command("mksquashfs", "squashfs-tools"),
  busybox: () => command("busybox", "busybox-static"),
  mmdebstrap: () => command("mmdebstrap", "mmdebstrap"),
  fakechroot: () => command("fakechroot", "fakechroot"),
  debootstrap: () => command("debootstrap", "debootstrap"),
  gpg: () => command("gpg", "gpg gpg-agent"),
  catatonit: () => command("catatonit", "catatonit"),
  klibc: () => (existsSync("/usr/lib/klibc/bin/sh") ? null : "apt-get install klibc-utils"),
  qemu: () => command("qemu-aarch64-static", "qemu-user-static"),
  capsh: () => command("capsh", "libcap2-bin"),
  "systemd-analyze": () => command("systemd-analyze", "systemd"),
  nft: () => command("nft", "nftables"),
  ip: () => command("ip", "iproute2"),
  pasta: () => command("pasta", "passt"),
  slirp4netns: () => command("slirp4netns", "slirp4netns"),
  tmux: () => command("tmux", "tmux"),
  skopeo: () => command("skopeo", "skopeo"),
  umoci: () => command("umoci", "umoci"),
  shellcheck: () => command("shellcheck", "shellcheck"),
} as const satisfies Record<string, () => string | null>;

export type Need = keyof typeof probes;

/**
 * `test` for what needs something of the machine. Where that is not here the test is skipped by name, with what is missing; in CI
 * it fails instead, because a skip there would hide that nothing was tested.
 */
export function needs(test: Test, ...wanted: readonly Need[]): (name: string, body: () => void | Promise<void>) => void {
  const missing = wanted.flatMap((need) => {
    const remedy = probe(need);
    return remedy === null ? [] : [`needs ${need} (${remedy})`];
  });
  return (name, body) => {
    if (missing.length === 0) return test(name, body);
    const reason = `${name}: ${missing.join(", ")}`;
    if (env.CI === "true") {
      return test(name, () => {
        throw new Error(`in CI nothing is skipped: ${reason}`);
      });
    }
    globalThis.CLOISTER_SKIPS.push(reason);
    return test.skip(name, body);
  };
}

const known = new Map<Need, string | null>();

function probe(need: Need): string | null {
  if (!known.has(need)) known.set(need, probes[need]());
  return known.get(need) ?? null;
}

function command(name: string, debianPackage: string): string | null {
  const found = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].some((directory) =>
    existsSync(`${directory}/${name}`),
  );
  return found ? null : `apt-get install ${debianPackage}`;
}

function fileSystem(name: string): boolean {
  const listed = () => new RegExp(`\\t${name}$`, "m").test(readFileSync("/proc/filesystems", "utf8"));
  if (listed()) return true;
  spawnSync("modprobe", [name], { stdio: "ignore" });
  return listed();
}

/** In any mounted hierarchy, v1 or v2. */
function controller(name: string): boolean {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return mounts.some((line) => {
    const [, , , , mountPoint = "", ...rest] = line.split(" ");
    const [type, , options = ""] = rest.slice(rest.indexOf("-") + 1);
    if (type === "cgroup") return options.split(",").includes(name);
    return type === "cgroup2" && readFileSync(`${mountPoint}/cgroup.controllers`, "utf8").trim().split(" ").includes(name);
  });
}

/** Asks apt, which knows the machine's own mirror and proxy, with lists of our own: it changes nothing, and takes a second or two. */
function mirrorAnswers(): boolean {
  const lists = mkdtempSync(join(tmpdir(), "cloister-mirror-"));
  mkdirSync(join(lists, "partial"));
  const options = [`Dir::State::lists=${lists}`, "APT::Update::Error-Mode=any", "APT::Sandbox::User=root", "Acquire::Retries=1"];
  const { status } = spawnSync("apt-get", ["update", ...options.flatMap((option) => ["-o", option])], {
    stdio: "ignore",
    timeout: 120_000,
  });
  rmSync(lists, { recursive: true, force: true });
  return status === 0;
}
