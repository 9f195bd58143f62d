import { canonicalAddress } from "../kernel/netlink.ts";
import { inOneLine } from "../model/unsafe-text.ts";
import { readLink, readNames, readPids, readProc } from "./proc-reader.ts";

/** Who listens at a port of the host. */
export interface Listener {
  /** The address that it is bound to; `0.0.0.0` and `::` are any. */
  readonly address: string;
  readonly port: number;
  /** Null where its process cannot be seen. */
  readonly pid: number | null;
  readonly command: string;
}

/** Everybody who listens at one of these ports, the first to the last, in the network namespace that we are in. The processes are searched only where there is somebody. */
export function listenersAt(protocol: Protocol, [first, last]: readonly [number, number], table = tableNow): readonly Listener[] {
  const sockets = socketsOf(protocol, table).filter(({ port }) => port >= first && port <= last);
  if (sockets.length === 0) return [];
  const owners = ownersOf(new Set(sockets.map(({ inode }) => inode)), readPids());
  return sockets.map(({ address, port, inode }) => {
    const pid = owners.get(inode) ?? null;
    const words = pid === null ? "" : readProc(`/proc/${pid}/cmdline`).split("\0").join(" ").trim();
    return { address, port, pid, command: inOneLine(words.slice(0, 200)) };
  });
}

/** Where one process listens, in the network namespace that we are in: `tcp 127.0.0.1 8080`. */
export function listenedBy(pid: number, table = tableNow): readonly string[] {
  const all = (["tcp", "udp"] as const).flatMap((protocol) => socketsOf(protocol, table).map((socket) => ({ protocol, ...socket })));
  const owners = ownersOf(new Set(all.map(({ inode }) => inode)), [pid]);
  return all.filter(({ inode }) => owners.has(inode)).map(({ protocol, address, port }) => `${protocol} ${address} ${port}`);
}

type Protocol = "tcp" | "udp";

interface ListeningSocket {
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/** A table of sockets (`tcp`, `udp6`). To read one of TCP takes 5 ms, however few there are: the kernel looks through all buckets for connections. */
export type SocketTable = (name: string) => string;

const tableNow: SocketTable = (name) => readProc(`/proc/self/net/${name}`);

function socketsOf(protocol: Protocol, table: SocketTable): readonly ListeningSocket[] {
  return [protocol, `${protocol}6`].flatMap((name) => {
    const lines = table(name).split("\n").slice(1);
    return lines.flatMap((line) => {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      const [address = "", number = ""] = local.split(":");
      // TCP_LISTEN; a socket of UDP is never more than TCP_CLOSE, one that is connected takes nobody else's.
      const listens = state === (protocol === "tcp" ? "0A" : "07");
      return listens ? [{ address: addressOf(address), port: Number.parseInt(number, 16), inode }] : [];
    });
  });
}

/** Words of 32 bits, each as the machine holds it. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
  return canonicalAddress((bytes.join("").match(/.{4}/g) ?? []).join(":"));
}

function ownersOf(inodes: ReadonlySet<string>, pids: Iterable<number>): ReadonlyMap<string, number> {
  const owners = new Map<string, number>();
  for (const pid of pids) {
    for (const name of readNames(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${name}`) ?? "")?.[1];
      if (inode !== undefined && inodes.has(inode) && !owners.has(inode)) owners.set(inode, pid);
    }
    if (owners.size === inodes.size) break;
  }
  return owners;
}
