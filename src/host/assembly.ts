import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { escapeOctal } from "../kernel/mountinfo.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { AssemblyRequest } from "../model/host.ts";
import type { Machine } from "../model/resource.ts";
import { apart, hostEnvironment, tool } from "./tools.ts";

// $1: the fstab, $2: the keeper whose processes a new /proc is to show, or nothing, the rest: the shim. Native mount makes the file systems, all in one process,
// in a mount namespace that nobody else sees; nothing hostile is in it. Only that mount enters the pid namespace: whoever is in there could stop a process of ours.
const script = `set -eu
fstab=$1 keeper=$2; shift 2
\${keeper:+nsenter --target "$keeper" --pid --} mount -i -c -a -T "$fstab"
exec "$@"`;

/**
 * Makes file systems in a staging directory and has the shim place them in the environment, in two processes.
 * Runs in the environment's uts, ipc and net namespaces, with the host's credentials and the host's binaries. Throws `engine/assembly-failed`.
 */
export async function assemble(request: AssemblyRequest, machine: Machine): Promise<void> {
  const stage = `${request.run}/stage`;
  // The run directory holds hints only: whoever took it away took nothing that is needed.
  fs.mkdirSync(stage, { recursive: true, mode: 0o700 });
  const fstab = writeFstab(request);
  const operations = request.operations.flatMap((operation) => [String(operation.length), ...operation]);
  const shim = [
    tool("perl"),
    machine.shim,
    machine.architecture,
    "attach",
    String(request.pid),
    request.start,
    stage,
    String(request.base),
    ...operations,
  ];
  const join = ["--target", String(request.pid), "--uts", "--ipc", "--net", "--"];
  const keeper = request.mounts.some(({ fstype }) => fstype === "proc") ? String(request.pid) : "";
  const inStage = [tool("unshare"), "--mount", "--propagation", "private", "--", tool("sh"), "-c", script, "sh", fstab, keeper];
  const { code, errors } = await run(tool("nsenter"), [...join, ...inStage, ...shim]);
  if (code === 0) return;
  const said = errors.trim();
  const own = /^shim: (.*)$/m.exec(said)?.[1];
  throw new CloisterError({
    code: "engine/assembly-failed",
    severity: "error",
    message: own ?? "a file system could not be made",
    ...hintFor(own ?? ""),
    ...(own === undefined ? { cause: said } : {}),
  });
}

function hintFor(message: string): { readonly hint?: string } {
  const [, leadsTo] = /is or goes through a symbolic link, which leads to (.*)$/.exec(message) ?? [];
  if (leadsTo !== undefined) return { hint: `write ${leadsTo} instead` };
  if (/does not exist/.test(message)) return { hint: "make it in the root first; with `overlay: none` nothing is made" };
  if (/Device or resource busy/.test(message)) return { hint: "a process inside still uses it; end that first" };
  return {};
}

// Every mount in one file: mount -a makes them in this order. The first is the staging directory itself.
function writeFstab({ run, mounts }: AssemblyRequest): string {
  const path = `${run}/fstab`;
  const stage = escapeOctal(`${run}/stage`);
  const lines = mounts.map(
    ({ stage: name, fstype, source, options }) => `${source} ${stage}/${name} ${fstype} ${["X-mount.mkdir", ...options].join(",")} 0 0\n`,
  );
  fs.writeFileSync(path, [`stage ${stage} tmpfs mode=0700 0 0\n`, ...lines].join(""), { mode: 0o600 });
  return path;
}

function run(command: string, args: readonly string[]): Promise<{ readonly code: number | null; readonly errors: string }> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { ...apart, env: hostEnvironment(), stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      errors += chunk;
    });
    child.once("error", failed);
    child.once("close", (code) => done({ code, errors }));
  });
}
