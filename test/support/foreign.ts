import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Architecture } from "../../src/model/architecture.ts";
import { binfmtPlace } from "../../src/model/architecture.ts";

/** A processor that this machine is not. */
export const architecture: Architecture = process.arch === "arm64" ? "amd64" : "arm64";
/** What uname calls it. */
export const machine = architecture === "arm64" ? "aarch64" : "x86_64";

/** All that the host has registered, and where it is mounted. */
export function hostInterpreters(): string {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return JSON.stringify([readdirSync(binfmtPlace), mounts.filter((line) => line.includes(binfmtPlace))]);
}

/** The busybox-static of that processor, from the machine's own mirror, below `directory`; the host's dpkg knows nothing of it. Returns the program's path. */
export function foreignBusybox(directory: string): string {
  mkdirSync(join(directory, "lists/partial"), { recursive: true });
  const settings = [
    ...[`Dir::State::lists=${directory}/lists`, `Dir::Cache=${directory}/cache`, "APT::Sandbox::User=root"],
    ...[`APT::Architecture=${architecture}`, `APT::Architectures=${architecture}`],
  ];
  const options = settings.flatMap((setting) => ["-o", setting]);
  const run = (...command: readonly [string, ...string[]]) => execFileSync(command[0], command.slice(1), { cwd: directory, stdio: "pipe" });
  run("apt-get", "update", ...options);
  run("apt-get", "download", ...options, "busybox-static");
  const file = readdirSync(directory).find((name) => name.endsWith(".deb"));
  run("dpkg-deb", "--extract", file ?? "busybox-static.deb", "tree");
  return join(directory, "tree/bin/busybox");
}
