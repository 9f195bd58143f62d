import * as fs from "node:fs";
import type { Heard, KernelEvents, Life } from "../model/host.ts";
import type { Machine } from "../model/resource.ts";
import { groupEvents } from "./group-events.ts";
import { mountEvents } from "./mount-events.ts";

/** How one environment is listened to. */
interface Ear {
  /** As it was given, and with the groups of it that were there. */
  readonly given: Life;
  readonly life: Life;
  readonly close: () => void;
}

/** Listens to environments that run: their deaths, mount tables, networks and limits. Tells only that something happened, never what. */
export function kernelEvents(machine: Pick<Machine, "shim" | "architecture">, told: (heard: Heard) => void): KernelEvents {
  const mounts = mountEvents(machine);
  const ears = new Map<string, Ear>();
  const drop = (name: string) => {
    ears.get(name)?.close();
    ears.delete(name);
  };
  const listen = (life: Life): Ear => {
    const hear = (what: Heard["what"]) => told({ environment: life.name, what });
    const ends = [groupEvents(life.groups, hear), mounts.listen(life, hear)];
    return {
      given: life,
      life: { ...life, groups: life.groups.filter(({ path }) => fs.existsSync(path)) },
      close: () => {
        for (const end of ends) end();
      },
    };
  };
  return {
    follow(lives) {
      const wanted = new Map(lives.map((life) => [life.name, life]));
      for (const [name, { given, life }] of ears) if (wanted.get(name) !== given && !isSame(life, wanted.get(name))) drop(name);
      for (const life of lives) if (!ears.has(life.name)) ears.set(life.name, listen(life));
    },
    close() {
      for (const name of [...ears.keys()]) drop(name);
      mounts.close();
    },
  };
}

function isSame(had: Life, now: Life | undefined): boolean {
  return (
    now !== undefined &&
    had.pid === now.pid &&
    had.start === now.start &&
    had.network === now.network &&
    groupNames(had) === groupNames(now)
  );
}

// Groups of processes come and go with them.
function groupNames({ groups }: Life): string {
  return groups
    .filter(({ path }) => fs.existsSync(path))
    .map(({ path }) => path)
    .join("\n");
}
