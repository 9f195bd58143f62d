import { child } from "../model/address.ts";
import type { Environment } from "../model/environment.ts";
import type { ManagedFile } from "../model/managed-file.ts";
import type { Difference, Scope } from "../model/resource.ts";
import { managedFiles } from "./managed-file.ts";

const hostsFile = "/etc/hosts";

/** /etc/hosts, where other names are to be known inside: those that the manifest says, and those of the project's network. */
export const extraHosts = managedFiles({
  name: "extra_hosts",
  path: () => "extra_hosts",
  declared: hostsOf,
  contents: ({ file: { content = "" } }, { text, line }) =>
    byName({ want: hostsIn(content), have: hostsIn(text ?? ""), found: (text ?? "").split("\n"), evidence: line }),
  describe: ({ file }) => said(hostsIn(file.content ?? "")),
});

function hostsOf(environment: Environment, { last, lease }: Scope): Readonly<Record<string, ManagedFile>> {
  const members = environment === last ? lease?.namesBefore : lease?.names;
  const neighbours = environment.network.names === true ? [...(members ?? [])].filter(([name]) => !(name in environment.extra_hosts)) : [];
  const extra = [...Object.entries(environment.extra_hosts), ...neighbours];
  if (extra.length === 0) return {};
  const own = environment.namespaces.uts === "private" ? [`127.0.1.1 ${environment.hostname}`] : [];
  const others = extra.flatMap(([name, addresses]) => addresses.map((address) => `${address} ${name}`));
  const lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback", ...own, ...others];
  return { [hostsFile]: { content: `${lines.join("\n")}\n`, uid: 0, gid: 0, mode: "0644" } };
}

/** The addresses of each name in a text of hosts(5). */
function hostsIn(text: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, readonly string[]>();
  for (const line of text.split("\n")) {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    for (const name of names) hosts.set(name, [...(hosts.get(name) ?? []), address]);
  }
  return hosts;
}

const local = ["localhost", "ip6-localhost", "ip6-loopback"];

function said(hosts: ReadonlyMap<string, readonly string[]>): string {
  return [...hosts].flatMap(([name, addresses]) => (local.includes(name) ? [] : [`${name} ${addresses.join(" ")}`])).join(", ");
}

interface Sides {
  readonly want: ReadonlyMap<string, readonly string[]>;
  readonly have: ReadonlyMap<string, readonly string[]>;
  /** The lines of the file. */
  readonly found: readonly string[];
  /** What tells of it as a whole. */
  readonly evidence: string;
}

function byName({ want, have, found: lines, evidence }: Sides): readonly Difference[] {
  const differences = [...new Set([...want.keys(), ...have.keys()])].flatMap((name) => {
    const [wanted = "nothing", found = "nothing"] = [want.get(name)?.join(" "), have.get(name)?.join(" ")];
    const line = lines.find((one) => one.split(/\s+/).includes(name));
    return wanted === found
      ? []
      : [{ field: fieldOf(name), want: wanted, have: found, evidence: line === undefined ? evidence : `${hostsFile}: ${line}` }];
  });
  if (differences.length > 0) return differences;
  return [{ field: "", want: "nothing but these names", have: `other text in ${hostsFile}`, evidence }];
}

/** A name as a part of an address, without the dot before it. */
function fieldOf(name: string): string {
  return child("x", name).replace(/^x\.?/, "");
}
