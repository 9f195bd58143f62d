import * as fs from "node:fs";
import type { Host } from "../model/host.ts";
import type { Places } from "../model/resource.ts";
import { assemble } from "./assembly.ts";
import type { Assistants } from "./assistant.ts";
import { hierarchies, makeGroups, removeGroup } from "./cgroup-files.ts";
import type { KnownKeepers } from "./discover.ts";
import { discover } from "./discover.ts";
import { collect } from "./facts.ts";
import { makeDirectory, removeEmptyDirectory, removeFile, removeTree, writeBriefly, writeDurably, writeKernel } from "./files.ts";
import { thawGroupOf } from "./freezer.ts";
import { claimRange, releaseRanges, takenRanges, upperOwner } from "./id-ranges.ts";
import { collectInside } from "./inside-facts.ts";
import { holdKeeper } from "./keeper-process.ts";
import { kernelEvents } from "./kernel-events.ts";
import { machineOf } from "./machine.ts";
import { addressesOf, networkSeen } from "./network.ts";
import { realDirectory } from "./owned.ts";
import { endProcess } from "./process-end.ts";
import { reaperEnvironment } from "./reaper.ts";
import type { Secrets } from "./secrets.ts";
import { secretsAt } from "./secrets.ts";
import { beginShort, changeNetwork, runShort } from "./short-command.ts";
import { spawnInside } from "./spawn-inside.ts";
import { foreseeTools } from "./tools.ts";

/** Where cloister keeps what it keeps. All absolute. */
export interface Directories {
  /** store, uppers, volumes: never deleted but by `destroy --volumes`, gc, reset. */
  readonly data: string;
  /** Generations, intents, logs. */
  readonly state: string;
  /** Hints. */
  readonly run: string;
  readonly locks: string;
}

/** This machine. `shim`: the path of shim.pl; `assisted`: the shim as it waits. */
export function linuxHost(
  given: Directories & { readonly offline?: boolean; readonly secrets?: Secrets },
  shim: string,
  assisted: Assistants,
): Host {
  // The shim takes no symbolic link on the way to what it mounts.
  const directories = { ...given, data: realDirectory(given.data) };
  const machine = { ...machineOf(shim), offline: given.offline === true };
  const secrets = given.secrets ?? secretsAt(null, false);
  const keepers: KnownKeepers = new Map();
  return {
    machine,
    newId,
    places: (project, name, id) => placesOf(directories, { project, name, id }),
    discover: (project, expected) => discover(project, expected, { run: `${directories.run}/${project}`, known: keepers }),
    takenRanges: () => takenRanges(`${directories.data}/uppers`),
    claimRange,
    releaseRanges,
    upperOwner,
    networkSeen,
    addressesOf,
    collect,
    collectInside: (requests) => collectInside(requests, assisted.ask, secrets),
    prepare: assisted.prepare,
    warm() {
      assisted.warm();
      setImmediate(foreseeTools);
    },
    makeDirectory,
    makeGroups,
    makeLink(path, target) {
      removeFile(path);
      fs.symlinkSync(target, path);
    },
    writeFile: writeDurably,
    writeBriefly,
    writeKernel,
    removeEmpty: (path) => void removeEmptyDirectory(path),
    removeFile,
    move,
    removeTree,
    removeGroup,
    run: async (request) =>
      request.progress === null && request.log === null && request.environment === undefined && request.waits === undefined
        ? runShort(request, assisted.askOne)
        : (await import("./run.ts")).runCommand(request),
    begin: (request) => beginShort(request, assisted.tell),
    network: (request) => changeNetwork(request, assisted.askOne),
    stage: async (store, key) => (await import("./store.ts")).beginBuild(store, key),
    hold: (request) =>
      holdKeeper({ ...request, environment: { ...request.environment, ...reaperEnvironment(directories.data) } }, assisted),
    assemble: (request) => assemble(request, assisted.ask, secrets),
    spawn: spawnInside,
    end(request) {
      thawGroupOf(request);
      return endProcess(request);
    },
    listen: (told) => kernelEvents(machine, told),
  };
}

function placesOf(
  directories: Directories,
  { project, name, id }: { readonly project: string; readonly name: string; readonly id: string },
): Places {
  return {
    run: `${directories.run}/${project}/${name}`,
    store: `${directories.data}/store`,
    uppers: `${directories.data}/uppers/${project}.${name}`,
    volumes: `${directories.data}/volumes`,
    logs: `${directories.state}/${project}/logs/${name}`,
    cgroups: hierarchies().map((hierarchy) => ({ hierarchy, path: `${hierarchy.mountPoint}/cloister/${project}/${name}-${id}` })),
  };
}

function move(from: string, to: string): void {
  if (fs.existsSync(from)) fs.renameSync(from, to);
}

/** Bytes that no id was made of yet. */
let random = new Uint8Array(0);

function readRandom(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(512);
  const device = fs.openSync("/dev/urandom", "r");
  const length = fs.readSync(device, bytes);
  fs.closeSync(device);
  return bytes.subarray(0, length);
}

// Read, not asked of node:crypto, which takes longer to load than a plan to make.
function newId(): string {
  if (random.length < 8) random = readRandom();
  const bytes = random.subarray(0, 8);
  random = random.subarray(8);
  return [...bytes].map((byte) => "abcdefghijklmnopqrstuvwxyz234567".charAt(byte % 32)).join("");
}
