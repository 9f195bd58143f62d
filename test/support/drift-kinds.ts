import { fileKinds } from "./drift-kinds/files.ts";
import { groupKinds } from "./drift-kinds/groups.ts";
import { mountKinds } from "./drift-kinds/mounts.ts";
import { networkKinds } from "./drift-kinds/network.ts";
import type { DriftKind } from "./drift-kinds/place.ts";
import { recordKinds } from "./drift-kinds/records.ts";
import { settingKinds } from "./drift-kinds/settings.ts";
import { userNetworkKinds } from "./drift-kinds/user-network.ts";

/** Every kind of drift that is tried, in the order that they are done to one and the same environment; those of another mode to another one. */
export const driftKinds: readonly DriftKind[] = [
  ...mountKinds,
  ...settingKinds,
  ...networkKinds,
  ...userNetworkKinds,
  ...groupKinds,
  ...fileKinds,
  ...recordKinds,
];

/** The kinds as docs/drift.md shows them. */
export function kindsTable(): string {
  const rows = driftKinds.map(({ name, from, found, repaired }) => {
    const places = found.map((address) => `\`web${address === "" ? "" : `.${address}`}\``).join(" ");
    return `| ${name} | ${from} | ${places === "" ? "none" : places} | ${repaired} |`;
  });
  return ["| kind | done from | `drift` says | repaired |", "|---|---|---|---|", ...rows].join("\n");
}
