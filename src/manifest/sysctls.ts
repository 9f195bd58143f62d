import type { Environment } from "../model/environment.ts";
import type { Reading } from "./reading.ts";
import { textsAt } from "./reading.ts";
import { quoted } from "./shown.ts";
import { inside } from "./tree.ts";

/** The settings that belong to a namespace, by what their names begin with. */
const owners = [
  { pattern: /^net\./, kind: "net" },
  { pattern: /^kernel\.(shm|msg)[a-z_]+$|^kernel\.sem$|^fs\.mqueue\.[a-z_]+$/, kind: "ipc" },
] as const;

const fields: Readonly<Record<string, string>> = { "kernel.hostname": "hostname", "kernel.domainname": "domainname" };

/** Kernel settings as text, sorted; only those of a namespace that is the environment's own. */
export function readSysctls(
  reading: Reading,
  written: Readonly<Record<string, string | number>> | undefined,
  namespaces: Environment["namespaces"],
): Record<string, string> {
  const at = inside(reading.at, "sysctls");
  const sysctls = textsAt(reading, at, written);
  for (const name of Object.keys(sysctls)) {
    if (reading.findings.marked(inside(at, name))) continue;
    const finding = fault(name, namespaces);
    if (finding !== null) reading.findings.report({ code: "manifest/sysctl", at: inside(at, name), on: "key", ...finding });
  }
  return Object.fromEntries(Object.entries(sysctls).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fault(name: string, namespaces: Environment["namespaces"]): { readonly message: string; readonly hint: string } | null {
  const field = fields[name];
  if (field !== undefined) return { message: `${name} has a key of its own`, hint: `write ${field} on the environment` };
  const owner = owners.find(({ pattern }) => pattern.test(name));
  if (owner === undefined) {
    const hint = "net.*, kernel.shm*, kernel.msg*, kernel.sem and fs.mqueue.* belong to a namespace";
    return { message: `${quoted(name)} belongs to the whole host, not to a namespace`, hint };
  }
  const setting = namespaces[owner.kind];
  if (setting === "private") return null;
  return {
    message: `${name} belongs to the ${owner.kind} namespace, which is not the environment's own (${setting})`,
    hint: "set it where the namespace is",
  };
}
