import type { Context } from "./context.ts";
import type { ProcessWish } from "./engine.ts";

/** Starts, stops or restarts the processes that are named, as they were last applied: an edit of the manifest is for apply. */
export async function actOnProcesses(verb: ProcessWish["verb"], context: Context): Promise<number> {
  const { openEngine } = await import("./open-engine.ts");
  const { carryOut } = await import("./carry-out.ts");
  const { lastApplied, openRecord } = await import("./records.ts");
  const { manifestOf } = await import("../engine/generation.ts");
  const { flags, operands } = context;
  const { generation } = lastApplied(openRecord(context).record);
  const engine = await openEngine(context, generation === null ? { makesNothing: true } : { manifest: manifestOf(generation) });
  const plan = await engine.planProcesses({ verb, operands, now: flags.has("now"), forced: flags.values("force-protected") });
  const done = { start: "they run already", stop: "they do not run", restart: "there is nothing to restart" };
  return carryOut(plan, { context, engine, nothing: `nothing to do: ${done[verb]}` });
}
