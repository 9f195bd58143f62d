import { resolve } from "node:path";
import type { Directories } from "../host/linux.ts";
import type { Settings } from "./context.ts";

/** Where everything is kept: the system's places, or those that `--data-dir` and `--state-dir` name. */
export function directoriesOf({ dataDir, stateDir }: Pick<Settings, "dataDir" | "stateDir">): Directories {
  const data = dataDir === null ? "/var/lib/cloister" : resolve(dataDir);
  if (stateDir === null) return { data, state: "/var/lib/cloister/state", run: "/run/cloister", locks: "/run/lock/cloister" };
  const state = resolve(stateDir);
  return { data, state: `${state}/state`, run: `${state}/run`, locks: `${state}/locks` };
}
