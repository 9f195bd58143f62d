import type { Generation } from "../engine/generation.ts";
import type { Standing } from "../engine/standing.ts";
import { conditionsOf, projectConditions } from "../engine/standing.ts";
import { bootTime } from "../host/boot-time.ts";
import { hintsAt } from "../host/hints.ts";
import type { Intents } from "../host/intents.ts";
import type { Directories } from "../host/linux.ts";
import type { ProjectRecord } from "../host/record.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Manifest } from "../model/environment.ts";
import type { EnvironmentState } from "../model/plan.ts";
import { isRecordedEvent } from "../ui/render-events.ts";
import type { StatusReport } from "../ui/status-json.ts";
import { pausesNow } from "./pauses.ts";
import { stoppedNow } from "./stops.ts";

/** Where it is written what is known of a project beside what is seen. */
export interface Sources {
  readonly project: string;
  readonly record: ProjectRecord;
  readonly intents: Intents;
  readonly directories: Pick<Directories, "run">;
  readonly manifest: Pick<Manifest, "environments">;
  /** What was last applied; null: not known. */
  readonly last: Generation | null;
  readonly warnings: readonly Diagnostic[];
}

/** How environments stand, with their conditions. */
export function standingOf(states: readonly EnvironmentState[], sources: Sources): StatusReport {
  const { project, record, intents, directories, last, manifest } = sources;
  const generation = last?.number ?? null;
  const told = hintsAt(`${directories.run}/${project}`).read();
  const { pauses, warnings } = pausesNow(intents, manifest.environments);
  const stopping = stoppedNow(intents, manifest.environments).warnings;
  const booted = bootTime();
  const ended = states.some(({ state }) => state === "absent") ? endsIn(record.events()) : new Map<string, string>();
  const environments = states.map((state) => {
    const { name } = state;
    const standing: Standing = {
      ...{ booted, generation, told, pause: pauses.get(name) ?? null, ended: ended.get(name) ?? null },
      applied: last !== null && Object.hasOwn(last.environments, name),
    };
    return { state, conditions: conditionsOf(state, standing) };
  });
  const conditions = projectConditions(project, { told, generation });
  return { project, environments, conditions, warnings: [...sources.warnings, ...warnings, ...stopping] };
}

/** When each environment was ended whose end is the last that is written of it. */
function endsIn(events: readonly unknown[]): ReadonlyMap<string, string> {
  const ends = new Map<string, string>();
  for (const event of events) {
    if (!isRecordedEvent(event)) continue;
    for (const { address, after } of event.changed) {
      if (/[.[]/.test(address)) continue;
      if (after === null) ends.set(address, event.date);
      else ends.delete(address);
    }
  }
  return ends;
}
