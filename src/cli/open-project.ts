import { dirname } from "node:path";
import { assistants } from "../host/assistant.ts";
import { startEntering } from "../host/enter-process.ts";
import { closeInherited } from "../host/inherited.ts";
import { intentsAt } from "../host/intents.ts";
import { linuxHost } from "../host/linux.ts";
import { assertOwned } from "../host/owned.ts";
import type { ProjectRecord } from "../host/record.ts";
import { recordAt } from "../host/record.ts";
import { secretsAt } from "../host/secrets.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import type { Context } from "./context.ts";
import { directoriesOf } from "./directories.ts";
import { tolerantRead } from "./host-file.ts";
import { loadManifest } from "./load-manifest.ts";
import { withLock } from "./lock-file.ts";
import { withNeeded } from "./operands.ts";
import { programPath } from "./project-places.ts";
import { lastApplied } from "./records.ts";
import { requireRoot } from "./require-root.ts";
import { withSecrets } from "./secret-values.ts";
import type { Opened } from "./wiring.ts";

/** How a project is opened. */
export interface Opening {
  /** A process is to be started inside: on our streams, or in a terminal of its own. */
  readonly enters?: "process" | "terminal";
  /** What runs is surely looked into: that is prepared while the manifest is read. */
  readonly looks?: true;
  /** What is wanted, where that is not what the files say: an earlier generation. */
  readonly manifest?: Manifest;
  /** What the manifest names on this host may be gone: nothing is to be made of it. */
  readonly makesNothing?: true;
  /** The sources of secrets are read, of the environments that the operands name; `keep`: and what they are known by is kept, as they are to be applied. */
  readonly secrets?: "read" | "keep";
  /** What is made stands for a command alone: nothing of it is noted as applied. */
  readonly transient?: true;
  /** What stands in the lock and in the record for an apply. */
  readonly verb?: string;
}

/** The project of the manifests and directories that the flags name. Throws `host/no-root`, the manifest's problems. */
export function openProject(context: Context, opening: Opening): Opened {
  requireRoot();
  const program = { shim: `${dirname(programPath())}/shim.pl`, architecture: process.arch };
  const entering = opening.enters === "process" ? startEntering(program) : null;
  const assisted = assistants(program);
  if (opening.looks === true) assisted.prepare("looking");
  const written = opening.manifest ?? wantedManifest(context, opening);
  closeInherited();
  const directories = directoriesOf(context.settings);
  for (const directory of [directories.data, directories.state, directories.run]) assertOwned(directory);
  const state = `${directories.state}/${written.project}`;
  const [record, intents, secrets] = [recordAt(state), intentsAt(state), secretsAt(state, opening.secrets === "keep")];
  const host = linuxHost({ ...directories, offline: context.flags.has("offline"), secrets }, program.shim, assisted);
  const known = (one: Manifest) => withSecrets(one, { secrets, needed: neededIn(one, context, opening), last: () => lastOf(record) });
  const kept = opening.transient === true ? ({ transient: true } as const) : {};
  return { ...kept, context, manifest: known(written), directories, record, intents, host, entering, assisted, secrets, known };
}

/** Whose secrets must be known: all that the operands name, and what these need. */
function neededIn({ environments }: Manifest, { operands }: Context, { secrets }: Opening): (name: string) => boolean {
  if (secrets === undefined) return () => false;
  const names = withNeeded(operands, environments);
  return (name) => names.length === 0 || names.includes(name);
}

function lastOf(record: ProjectRecord): Readonly<Record<string, Environment>> {
  return lastApplied(record).generation?.environments ?? {};
}

/** What was applied has the digests of the lock; without them its roots would read as edited. A lock that is damaged keeps nobody from looking: it is a warning. */
function lockedWhereReadable(manifest: Manifest): Manifest {
  try {
    return withLock(manifest, { required: false });
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
    const warnings = error.diagnostics.map((one): Diagnostic => ({ ...one, severity: "warning" }));
    return { ...manifest, warnings: [...manifest.warnings, ...warnings] };
  }
}

/** What the files say, with what the lock says of its roots where any of them may be built or looked at. */
function wantedManifest(context: Context, { enters, looks, makesNothing }: Opening): Manifest {
  if (makesNothing === true) {
    const manifest = loadManifest({ ...context, exists: () => true, read: tolerantRead });
    return looks === true ? lockedWhereReadable(manifest) : manifest;
  }
  const manifest = loadManifest(context);
  if (enters !== undefined) return manifest;
  // ENVIRONMENT, or ENVIRONMENT/PROCESS.
  const named = context.operands.map((operand) => operand.replace(/\/.*/, ""));
  return withLock(manifest, { required: context.flags.has("locked"), of: withNeeded(named, manifest.environments) });
}
