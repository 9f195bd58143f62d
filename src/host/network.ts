import * as fs from "node:fs";
import { parseMountinfo } from "../kernel/mountinfo.ts";
import type { NetworkSeen } from "../model/host.ts";
import { readProc } from "./proc-reader.ts";

/** The routes of the main table, and whether interfaces get IPv6 addresses. */
export function networkSeen(): NetworkSeen {
  const routes = readProc("/proc/self/net/route")
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [name = "", destination = "", , , , , , mask = ""] = line.split("\t");
      const length = Number.parseInt(mask, 16).toString(2).replaceAll("0", "").length;
      return mask === "" || length === 0 ? [] : [{ prefix: `${dotted(destination)}/${length}`, interface: name }];
    });
  const disabled = ["all", "default"].map((name) => readProc(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`).trim());
  return { routes, ipv6: disabled.every((one) => one === "0") };
}

/** NSFS_MAGIC of statfs(2). */
const namespaceFiles = 0x6e736673;

/** The namespace that a file is of, as /proc/PID/ns shows them: `net:[4026531840]`. Throws where it is of none. */
export function namespaceAt(path: string): string {
  if (fs.statfsSync(path).type !== namespaceFiles) throw Object.assign(new Error(path), { code: "no namespace" });
  const opened = fs.openSync(path, "r");
  try {
    const name = fs.readlinkSync(`/proc/self/fd/${opened}`);
    // What is mounted somewhere is called by that place.
    return parseMountinfo(readProc("/proc/self/mountinfo")).findLast(({ target }) => target === name)?.root ?? name;
  } finally {
    fs.closeSync(opened);
  }
}

/** /proc/net/route writes addresses as the machine holds them: the first byte last. */
function dotted(hex: string): string {
  return (hex.match(/../g) ?? [])
    .reverse()
    .map((pair) => Number.parseInt(pair, 16))
    .join(".");
}

/** The IPv4 addresses in the network namespace of a process, without those of lo. */
export function addressesOf(pid: number): readonly string[] {
  const found = readProc(`/proc/${pid}/net/fib_trie`).matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g);
  return [...new Set([...found].map(([, address = ""]) => address))].filter((address) => !address.startsWith("127."));
}
