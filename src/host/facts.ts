import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { codeOf } from "../model/errno.ts";
import type { Fact, FactName } from "../model/fact.ts";
import { installedFile } from "../model/installed.ts";
import type { Scope } from "../model/resource.ts";
import { layeredKey } from "../model/root.ts";
import { diskOf } from "./disks.ts";
import { fileSystemFact } from "./file-systems.ts";
import { holdersOf, processesIn } from "./holders.ts";
import { isInside } from "./inside-facts.ts";
import type { SocketTable } from "./listeners.ts";
import { listenersAt } from "./listeners.ts";
import { namespaceAt } from "./network.ts";
import { readOciFacts } from "./oci-facts.ts";
import { readProc } from "./proc-reader.ts";
import { groupOfParts, ofProcess, otherProcesses, strayProcesses, uplinkListening, uplinks } from "./process-facts.ts";
import { availableProcessors } from "./processors.ts";
import { readStoreFact } from "./store.ts";
import { readLockFact } from "./store-lock.ts";
import { readTarFacts } from "./tar-digest.ts";
import { findTool } from "./tools.ts";

/** Reads facts for one scope, each once, synchronously (an asynchronous read of /proc costs ten times as much). Writes nothing. */
export function collect(scope: Scope, names: readonly FactName[], machine = new Map<FactName, Fact>()): ReadonlyMap<FactName, Fact> {
  const facts = new Map<FactName, Fact>(holders(scope, names));
  const table = (name: string) => {
    const fact = ofMachine(`host/net/${name}`, machine);
    return "text" in fact ? fact.text : "";
  };
  for (const name of names) {
    if (facts.has(name) || isInside(name)) continue;
    const shared = ofRoot(name, { store: scope.places.store, directory: scope.directory, offline: scope.machine.offline === true });
    if (shared !== null) for (const [each, fact] of shared) facts.set(each, fact);
    else if (name.startsWith("host/")) facts.set(name, ofMachine(name, machine));
    else if (name === "strays/cgroup") facts.set(name, strayProcesses(scope, facts));
    else if (name === "uplink") facts.set(name, uplinks(scope));
    else if (name === "uplink/listening") facts.set(name, uplinkListening(scope, table));
    else if (name.startsWith("listeners/")) facts.set(name, listeners(name.slice(10), table));
    else if (name === "processes/others") facts.set(name, otherProcesses(scope));
    else facts.set(name, name.startsWith("process/") ? ofProcess(scope, name.slice(8), facts) : read(scope, name));
  }
  return facts;
}

/** Where roots come from in this run. */
export interface RootPlaces {
  readonly store: string;
  /** The manifest's: its lock lies there. null: there is none to be read. */
  readonly directory: string | null;
  /** Whether nothing may be fetched from the network. */
  readonly offline: boolean;
}

/** The facts that make out which root an environment has, and whether it stands in the store: all that `rootFacts` names. */
export function collectRoot(names: readonly FactName[], places: RootPlaces): ReadonlyMap<FactName, Fact> {
  return new Map(
    names.flatMap((name) => [
      ...(ofRoot(name, places) ?? [[name, name.startsWith("host/") ? ofHost(name.slice(5)) : ofPath(name)] as const]),
    ]),
  );
}

/** Of an archive its digest, and whether its root stands in the store; of a lock an entry; null where the fact is of another kind. */
function ofRoot(name: FactName, { store, directory, offline }: RootPlaces): ReadonlyMap<FactName, Fact> | null {
  if (name.startsWith("tar/")) return readTarFacts(name.slice(4), store);
  if (name.startsWith("oci/")) return readOciFacts(name, store);
  if (name.startsWith("layers/")) return ofLayers(name, { store, directory, offline });
  if (name.startsWith("lock/")) return new Map([[name, readLockFact(name.slice(5), { store, directory })]]);
  if (name === "run/offline") return new Map([[name, offline ? { text: "yes" } : { absent: "no" }]]);
  return name.startsWith("store/") ? new Map([[name, readStoreFact(store, name.slice(6))]]) : null;
}

/** Whether the layers over an archive stand in the store: their keys begin with that of the archive's root. */
function ofLayers(name: FactName, places: RootPlaces): ReadonlyMap<FactName, Fact> {
  const [, layers = "", archive = ""] = /^layers\/(\S*) (.*)$/s.exec(name) ?? [];
  const facts = ofRoot(archive, places) ?? new Map<FactName, Fact>();
  let key = [...facts.keys()].find((one) => one.startsWith("store/"))?.slice(6);
  const found: [FactName, Fact][] = [[name, { text: "" }]];
  for (const layer of key === undefined ? [] : layers.split(",")) {
    key = layeredKey(key ?? "", layer);
    found.push([`store/${key}`, readStoreFact(places.store, key)]);
  }
  return new Map(found);
}

/** The same for all environments: read once in a look. */
function ofMachine(name: FactName, known: Map<FactName, Fact>): Fact {
  const fact = known.get(name) ?? ofHost(name.slice(5));
  known.set(name, fact);
  return fact;
}

/** All that are asked for in one look at the processes: at those that are named, or at all that can be the ones. */
function holders(scope: Scope, names: readonly FactName[]): readonly (readonly [FactName, Fact])[] {
  const { keeper } = scope;
  const asked = names.flatMap((name) => {
    const [, family, pids, target] = /^(holders(?::([\d,]*))?)\/(.*)$/s.exec(name) ?? [];
    return family === undefined || target === undefined ? [] : [{ name, pids: pids?.split(",").filter(Boolean).map(Number), target }];
  });
  const [first] = asked;
  if (first === undefined || keeper === null) return [];
  const query = { keeper: keeper.pid, targets: asked.map(({ target }) => target), pids: first.pids ?? processesIn(scope) };
  const found = holdersOf(query);
  return asked.map(({ name, target }) => [name, { text: JSON.stringify(found.get(target) ?? []) }]);
}

function read(scope: Scope, name: FactName): Fact {
  const slash = name.indexOf("/");
  const family = name.slice(0, slash);
  const rest = name.slice(slash + 1);
  if (family.startsWith("holders:")) return { absent: "not running" };
  if (family.startsWith("keeper:")) return ofKeeper(scope.keepers.get(family.slice(7))?.pid, rest);
  switch (family) {
    case "keeper":
      return ofKeeper(scope.keeper?.pid, rest);
    case "holders":
      return { absent: "not running" };
    case "part": {
      const group = groupOfParts(scope);
      return group === undefined ? { absent: "no control groups" } : file(`${group.path}/${rest}`);
    }
    case "cgroup":
    case "parent":
    case "hierarchy":
      return ofGroup(scope, family, rest);
    default:
      return ofPath(name);
  }
}

/** What belongs to the host alone. */
function ofPath(name: FactName): Fact {
  const slash = name.indexOf("/");
  const rest = name.slice(slash + 1);
  switch (name.slice(0, slash)) {
    case "disk":
      return attempt(() => diskOf(rest));
    case "source":
      return source(rest);
    case "namespace":
      return attempt(() => namespaceAt(rest));
    case "exists":
      return fs.existsSync(rest) ? { text: "" } : { absent: "not there" };
    case "names":
      return attempt(() => fs.readdirSync(rest).join("\n"));
    case "installed":
      return attempt(() => installedBeside(rest));
    case "tool": {
      const path = findTool(rest);
      return path === null ? { absent: "not installed" } : { text: path };
    }
    default:
      throw new Error(`no fact is called ${name}`);
  }
}

/** JSON: who listens at a port, or at one of a range (`tcp/8000-8010`). */
function listeners(name: string, table: SocketTable): Fact {
  const [protocol, range = ""] = name.split("/");
  const [first = "", last = first] = range.split("-");
  return { text: JSON.stringify(listenersAt(protocol === "udp" ? "udp" : "tcp", [Number(first), Number(last)], table)) };
}

/** JSON: what was installed in place, by the name of the upper that has it. */
function installedBeside(uppers: string): string {
  const found = fs.readdirSync(uppers).flatMap((name) => {
    const text = readProc(`${uppers}/${name}/${installedFile}`);
    return text === "" ? [] : [[name, text] as const];
  });
  return JSON.stringify(Object.fromEntries(found));
}

function ofHost(name: string): Fact {
  if (name === "cpus") return { text: String(availableProcessors()) };
  if (name === "forwarding") return file("/proc/sys/net/ipv4/ip_forward");
  if (name.startsWith("sys/")) return file(`/proc/${name}`);
  if (name.startsWith("filesystem/")) return fileSystemFact(name.slice(11));
  if (name === "osrelease") return file("/proc/sys/kernel/osrelease");
  if (name === "processors" || name === "nodes") return file(`/sys/devices/system/${name === "nodes" ? "node" : "cpu"}/online`);
  return name === "meminfo" || name === "uptime" ? file(`/proc/${name}`) : ofPid("self", name);
}

function ofKeeper(pid: number | undefined, name: string): Fact {
  return pid === undefined ? { absent: "not running" } : ofPid(pid, name);
}

function ofPid(pid: number | "self", name: string): Fact {
  if (!name.startsWith("ns/")) return file(`/proc/${pid}/${name}`);
  return attempt(() => fs.readlinkSync(`/proc/${pid}/${name}`));
}

/** A file of the environment's control group, of the one above it, or of the root of their hierarchy: of that which has the controller. */
function ofGroup(scope: Scope, level: "cgroup" | "parent" | "hierarchy", rest: string): Fact {
  const slash = rest.indexOf("/");
  const controller = rest.slice(0, slash);
  const group = scope.places.cgroups.find(({ hierarchy }) => hierarchy.controllers.includes(controller));
  if (group === undefined) return { absent: `no cgroup hierarchy has the controller ${controller}` };
  const directories = { cgroup: group.path, parent: dirname(group.path), hierarchy: group.hierarchy.mountPoint };
  return file(`${directories[level]}/${rest.slice(slash + 1)}`);
}

// Device and inode as mountinfo and /proc/PID/ns show them.
function source(path: string): Fact {
  return attempt(() => {
    const realPath = fs.realpathSync(path);
    const stat = fs.statSync(realPath);
    const type = stat.isDirectory() ? "directory" : stat.isFile() ? "file" : "other";
    return JSON.stringify({
      type,
      uid: stat.uid,
      gid: stat.gid,
      device: String(stat.dev),
      inode: String(stat.ino),
      realPath,
      links: realPath === path ? [] : followedLinks(path),
      size: stat.size,
      mtimeMs: stat.mtimeMs,
    });
  });
}

/** The symbolic links on the way to where a path leads, which is there. */
function followedLinks(path: string): readonly string[] {
  const links: string[] = [];
  const pending = path.split("/");
  let at = "/";
  for (let name = pending.shift(); name !== undefined && links.length < 40; name = pending.shift()) {
    const next = join(at, name);
    if (!fs.lstatSync(next).isSymbolicLink()) {
      at = next;
      continue;
    }
    links.push(next);
    const target = fs.readlinkSync(next);
    if (target.startsWith("/")) at = "/";
    pending.unshift(...target.split("/"));
  }
  return links;
}

function file(path: string): Fact {
  return attempt(() => fs.readFileSync(path, "utf8"));
}

function attempt(readText: () => string): Fact {
  try {
    return { text: readText() };
  } catch (error) {
    return { absent: codeOf(error) || "unreadable" };
  }
}
