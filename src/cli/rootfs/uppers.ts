import { readProc } from "../../host/proc-reader.ts";
import { recordAt } from "../../host/record.ts";
import type { KeptUpper } from "../../host/root-uses.ts";
import { mountEvidence } from "../../host/root-uses.ts";
import { overlayLayers, parseMountinfo } from "../../kernel/mountinfo.ts";
import { installedFile, parseInstalled } from "../../model/installed.ts";
import { chainName, digest16, layerNames } from "../../model/root.ts";
import { lastApplied } from "../records.ts";
import type { RootStore } from "../root-store.ts";
import { storedRoot } from "../root-store.ts";

/** An overlay that was kept, and whether its environment has it now (`current`) or would have it again with another root (`set-aside`). */
export interface StandingUpper extends KeptUpper {
  /** `unknown`: nothing runs or is recorded that tells. */
  readonly standing: "current" | "set-aside" | "unknown";
}

/** Every overlay on disk with what is known of it: by what is mounted, else by what was last applied. */
export function currentUppers(store: RootStore): readonly StandingUpper[] {
  const uppers = store.uppers();
  if (uppers.length === 0) return [];
  const mounts = mountEvidence();
  return uppers.map((upper) => {
    const { project, environment, layer, path } = upper;
    const runs = mounts.filter(({ by }) => by === `${project}/${environment}`);
    const whole = path.endsWith(layer);
    if (runs.length > 0) {
      const current = whole && runs.some(({ text }) => chainsIn(text).includes(layer));
      return { ...upper, standing: current ? "current" : "set-aside" };
    }
    const applied = lastApplied(recordAt(`${store.directories.state}/${project}`)).generation?.environments[environment];
    const root = applied === undefined ? null : storedRoot(applied, store.path);
    if (root === null) return { ...upper, standing: whole ? "unknown" : "set-aside" };
    const installed = parseInstalled(readProc(`${path}/${installedFile}`))?.layer === digest16(root);
    return { ...upper, standing: whole && (installed || chainName(layerNames(root)) === layer) ? "current" : "set-aside" };
  });
}

/** What an upper over each overlay of a mount table is known by. */
function chainsIn(table: string): readonly string[] {
  return parseMountinfo(table).flatMap(({ fstype, superOptions }) =>
    fstype === "overlay" ? [chainName(overlayLayers(superOptions))] : [],
  );
}
