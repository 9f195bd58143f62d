import { dirname } from "node:path";
import { assistants } from "../host/assistant.ts";
import { startEntering } from "../host/enter-process.ts";
import { closeInherited } from "../host/inherited.ts";
import { intentsAt } from "../host/intents.ts";
import { linuxHost } from "../host/linux.ts";
import { assertOwned } from "../host/owned.ts";
import { recordAt } from "../host/record.ts";
import type { Manifest } from "../model/environment.ts";
import type { Context } from "./context.ts";
import { directoriesOf } from "./directories.ts";
import type { Engine } from "./engine.ts";
import { tolerantRead } from "./host-file.ts";
import { kinds } from "./kinds.ts";
import { loadManifest } from "./load-manifest.ts";
import { programPath } from "./project-places.ts";
import { requireRoot } from "./require-root.ts";
import { Wired } from "./wired-engine.ts";

/** How an engine is opened. */
export interface Opening {
  /** A process is to be started inside: on our streams, or in a terminal of its own. */
  readonly enters?: "process" | "terminal";
  /** What runs is surely looked into: that is prepared while the manifest is read. */
  readonly looks?: true;
  /** What is wanted, where that is not what the files say: an earlier generation. */
  readonly manifest?: Manifest;
  /** What the manifest names on this host may be gone: nothing is to be made of it. */
  readonly makesNothing?: true;
  /** What stands in the lock and in the record for an apply. */
  readonly verb?: string;
}

/** The engine for the manifests and directories that the flags name. Throws `host/no-root`, the manifest's problems. */
export async function openEngine(context: Context, opening: Opening = {}): Promise<Engine> {
  requireRoot();
  const program = { shim: `${dirname(programPath())}/shim.pl`, architecture: process.arch };
  const waiting = opening.enters === "process" ? startEntering(program) : null;
  const assisted = assistants(program);
  if (opening.looks === true) assisted.prepare("looking");
  const manifest =
    opening.manifest ?? loadManifest(opening.makesNothing === true ? { ...context, exists: () => true, read: tolerantRead } : context);
  closeInherited();
  const directories = directoriesOf(context.settings);
  for (const directory of [directories.data, directories.state, directories.run]) assertOwned(directory);
  const host = linuxHost(directories, program.shim, assisted);
  const state = `${directories.state}/${manifest.project}`;
  const [record, intents] = [recordAt(state), intentsAt(state)];
  return new Wired({ context, manifest, directories, record, intents, engine: { host, kinds }, waiting, assisted }, opening.verb);
}
