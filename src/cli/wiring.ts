import type { Engine } from "../engine/planned.ts";
import type { Assistants } from "../host/assistant.ts";
import type { Entering } from "../host/enter-process.ts";
import type { Intents } from "../host/intents.ts";
import type { ProjectRecord } from "../host/record.ts";
import type { Secrets } from "../host/secrets.ts";
import type { Manifest } from "../model/environment.ts";
import type { Host } from "../model/host.ts";
import type { BuiltRootfs } from "../model/rootfs.ts";
import type { Context } from "./context.ts";
import type { directoriesOf } from "./directories.ts";

/** A project, as a run has opened it. */
export interface Opened {
  readonly context: Context;
  readonly manifest: Manifest;
  readonly directories: ReturnType<typeof directoriesOf>;
  readonly record: ProjectRecord;
  readonly intents: Intents;
  readonly host: Host;
  /** What waits to enter, where something is to be run on our streams. */
  readonly entering: Entering | null;
  readonly assisted: Assistants;
  readonly secrets: Secrets;
  /** What is made stands for a command alone: nothing of it is noted as applied. */
  readonly transient?: true;
  /** A manifest of the project with its secrets read anew, as this run needs them. Throws `secret/unreadable`. */
  readonly known: (manifest: Manifest) => Manifest;
}

/** What an engine is wired together from. */
export interface Wiring extends Opened {
  readonly engine: Engine<BuiltRootfs>;
}
