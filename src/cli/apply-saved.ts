import { CloisterError } from "../model/diagnostic.ts";
import { printable } from "../ui/printable.ts";
import { waitingOf } from "./await-started.ts";
import { carryOut } from "./carry-out.ts";
import type { Context } from "./context.ts";
import { openEngine } from "./open-engine.ts";
import { readPlanFile } from "./plan-file.ts";
import type { SavedPlan } from "./saved-plan.ts";
import { concerned, manifestOfSaved } from "./saved-plan.ts";

/** Shows a saved plan as it is by now, asks, and carries out what it has and nothing else. Returns the exit code. */
export async function applySaved(file: string, context: Context): Promise<number> {
  refuseOthers(context);
  const wait = waitingOf(context);
  const saved = readPlanFile(file);
  refuseOtherProject(saved, context);
  const engine = await openEngine(context, { manifest: manifestOfSaved(saved), secrets: "keep" });
  const { flags } = context;
  const may = {
    forced: flags.values("force-protected"),
    lazy: flags.has("lazy"),
    risk: flags.has("allow-oom"),
    keepFailed: flags.has("keep-failed"),
  };
  const plan = await engine.planSaved(saved, may);
  const code = await carryOut(plan, { context, engine, nothing: "nothing to do: the saved plan has no changes" });
  return wait(code, engine, [...concerned(saved)]);
}

/** What is to be done stands in the plan; nothing beside it can say otherwise. */
function refuseOthers({ flags, operands, settings }: Context): void {
  const given = [
    ...operands,
    ...(settings.files.length > 0 ? ["--file"] : []),
    ...["prune", "no-restart"].filter((name) => flags.has(name)).map((name) => `--${name}`),
  ];
  if (given.length === 0) return;
  const message = `a saved plan says all that is to be done, and ${given.map(printable).join(", ")} would say otherwise`;
  throw new CloisterError({ code: "usage/invalid-value", severity: "error", message, hint: "give it when the plan is made" });
}

function refuseOtherProject({ project, directory }: SavedPlan, { settings }: Context): void {
  if (settings.project === null || settings.project === project) return;
  const message = `the plan is of project "${printable(project)}" in ${printable(directory)}, and -p says "${printable(settings.project)}"`;
  throw new CloisterError({ code: "usage/invalid-value", severity: "error", message, hint: "leave -p out" });
}
