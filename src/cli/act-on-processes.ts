import type { Generation } from "../engine/generation.ts";
import type { Manifest } from "../model/environment.ts";
import type { Context } from "./context.ts";
import type { ProcessWish } from "./engine.ts";

/** Starts, stops or restarts the processes that are named, as they were last applied: an edit of the manifest is for apply. */
export async function actOnProcesses(verb: ProcessWish["verb"], context: Context): Promise<number> {
  const { openEngine } = await import("./open-engine.ts");
  const { carryOut } = await import("./carry-out.ts");
  const { lastApplied, openRecord } = await import("./records.ts");
  const { flags, operands } = context;
  const { generation } = lastApplied(openRecord(context).record);
  const engine = await openEngine(
    context,
    generation === null ? { makesNothing: true } : { manifest: await appliedManifest(context, generation) },
  );
  const plan = await engine.planProcesses({ verb, operands, now: flags.has("now"), forced: flags.values("force-protected") });
  const done = { start: "they run already", stop: "they do not run", restart: "there is nothing to restart" };
  return carryOut(plan, { context, engine, nothing: `nothing to do: ${done[verb]}` });
}

/** What was last applied; of an environment that is no part of that, as its first apply did not come to its end, what the manifest says. */
async function appliedManifest(context: Context, generation: Generation): Promise<Manifest> {
  const { manifestOf } = await import("../engine/generation.ts");
  const { namedProcess } = await import("./process-operands.ts");
  const applied = manifestOf(generation);
  if (context.operands.every((operand) => applied.environments.has(namedProcess(operand).environment))) return applied;
  const { loadManifest } = await import("./load-manifest.ts");
  const { tolerantRead } = await import("./host-file.ts");
  const { environments } = loadManifest({ ...context, exists: () => true, read: tolerantRead });
  return { ...applied, environments: new Map([...environments, ...applied.environments]) };
}
