import * as fs from "node:fs";
import { escapeOctal } from "../kernel/mountinfo.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { AssemblyRequest } from "../model/host.ts";
import type { Ask } from "./assistant.ts";

/**
 * Makes file systems in a staging directory and has the shim place them in the environment.
 * Works in the environment's uts, ipc and net namespaces, with the host's credentials and the host's binaries. Throws `engine/assembly-failed`.
 */
export async function assemble(request: AssemblyRequest, ask: Ask): Promise<void> {
  const { pid, start, base, run } = request;
  const stage = `${run}/stage`;
  // The run directory holds hints only: whoever took it away took nothing that is needed.
  fs.mkdirSync(stage, { recursive: true, mode: 0o700 });
  const fstab = writeFstab(request);
  const operations = request.operations.flatMap((operation) => [String(operation.length), ...operation]);
  const { code, output } = await ask(["assemble", String(pid), start, stage, String(base), fstab, ...operations]);
  if (code === 0) return;
  const own = /^shim: (.*)$/m.exec(output)?.[1];
  throw new CloisterError({
    code: "engine/assembly-failed",
    severity: "error",
    message: own ?? "a file system could not be made",
    ...hintFor(own ?? ""),
    ...(own === undefined ? { cause: output.trim() } : {}),
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
