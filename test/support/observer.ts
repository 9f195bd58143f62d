import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { kinds } from "../../src/cli/kinds.ts";
import { lastApplied } from "../../src/cli/records.ts";
import { withSecrets } from "../../src/cli/secret-values.ts";
import { subjectOf } from "../../src/cli/subject.ts";
import { findDrift } from "../../src/engine/drift.ts";
import { assistants } from "../../src/host/assistant.ts";
import { linuxHost } from "../../src/host/linux.ts";
import { recordAt } from "../../src/host/record.ts";
import { secretsAt } from "../../src/host/secrets.ts";
import { load } from "../../src/manifest/load.ts";
import type { Drift } from "../../src/model/drift.ts";
import type { Rig } from "./rig.ts";

/** Looks for drift as `cloister drift` does, with a real kernel, again and again in this process. */
export function observer({ directory, project, dataDir, stateDir }: Rig): () => Promise<Drift> {
  const loaded = load({ sources: [{ path: "cloister.yaml", text: readFileSync(join(directory, "cloister.yaml"), "utf8") }], directory });
  if (!("manifest" in loaded)) throw new Error("the manifest of the rig is not valid");
  const shim = resolve("dist/shim.pl");
  const directories = { data: dataDir, state: `${stateDir}/state`, run: `${stateDir}/run`, locks: `${stateDir}/locks` };
  const state = `${directories.state}/${project}`;
  const secrets = secretsAt(state, false);
  const record = recordAt(state);
  const reading = { secrets, needed: () => true, last: () => lastApplied(record).generation?.environments ?? {} };
  const manifest = withSecrets({ ...loaded.manifest, project }, reading);
  const host = linuxHost({ ...directories, secrets }, shim, assistants({ shim, architecture: process.arch }));
  const subject = subjectOf(manifest, lastApplied(record));
  return () => findDrift({ host, kinds }, { ...subject, ignore: [] });
}
