import type { Context } from "./context.ts";
import type { Engine } from "./engine.ts";
import { kinds } from "./kinds.ts";
import type { Opening } from "./open-project.ts";
import { openProject } from "./open-project.ts";
import { Wired } from "./wired-engine.ts";

/** The engine for the manifests and directories that the flags name. `verb`: what stands in the lock and in the record for an apply. Throws `host/no-root`, the manifest's problems. */
export async function openEngine(context: Context, opening: Opening = {}): Promise<Engine> {
  const opened = openProject(context, opening);
  return new Wired({ ...opened, engine: { host: opened.host, kinds } }, opening.verb);
}
