import { CloisterError } from "../../model/diagnostic.ts";
import type { Context } from "../context.ts";
import type { PlanWish } from "../engine.ts";
import { exitCodeOf } from "../exit.ts";
import {
  allowOomFlag,
  environmentsOperand,
  forceProtectedFlag,
  ignoreFlag,
  lazyFlag,
  lockedFlag,
  noRestartFlag,
  pruneFlag,
} from "../operands.ts";
import type { Verb } from "../verb.ts";

export const plan: Verb = {
  name: "plan",
  summary: "show what apply would do, and why; change nothing",
  description:
    "Compares what the manifest wants with what the kernel has and shows each difference: before and after, the line of the manifest that asks for it, what the change costs and which processes it ends. What the lifecycle of an environment forbids ends it with 1. Starts nothing that could change anything and writes nothing but the file that -o names.",
  operands: [environmentsOperand],
  flags: [
    pruneFlag,
    noRestartFlag,
    { spelling: "-o, --out FILE", description: "also write it to this file, to be carried out by apply --plan FILE" },
    { spelling: "--script", description: "print a POSIX shell script that does it when it is run by hand, instead of the plan" },
    forceProtectedFlag,
    ignoreFlag,
    lazyFlag,
    allowOomFlag,
    lockedFlag,
    { spelling: "--detailed-exitcode", description: "end with 2 when there is something to change, with 0 when there is not" },
  ],
  examples: [
    { command: "cloister plan", shows: "what apply would do for every environment of cloister.yaml" },
    { command: "cloister plan -v web", shows: "only web, with the commands that would be run" },
    { command: "cloister plan -o web.plan", shows: "and keep it: cloister apply --plan web.plan does this and nothing else" },
    {
      command: "cloister plan --detailed-exitcode --json >plan.json",
      shows: "for scripts: the plan as JSON, exit code 2 if it is not empty",
    },
    { command: "cloister plan --script web >start-web.sh", shows: "what apply would do for web, as a script to read, keep and run" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { settings, terminal, flags } = context;
    if (flags.has("script")) return printScript(context);
    const engine = await openEngine(context, { looks: true, secrets: flags.value("out") === null ? "read" : "keep" });
    const made = await engine.plan(context.operands, wishOf(context));
    if (settings.json) {
      const { planDocument } = await import("../../ui/plan-json.ts");
      terminal.out(`${JSON.stringify(planDocument(made, engine.formatStep))}\n`);
    } else if (!settings.quiet) {
      const { renderPlan } = await import("../../ui/render-plan.ts");
      terminal.out(renderPlan(made, { color: settings.color.out, verbose: settings.verbose, formatStep: engine.formatStep }));
    }
    const { refused = [], held = [] } = made;
    if (refused.length > 0) {
      // As JSON they are part of the one document.
      if (!settings.json) throw new CloisterError(refused);
      return exitCodeOf(refused);
    }
    const file = flags.value("out");
    if (file !== null) {
      const { writePlanFile } = await import("../plan-file.ts");
      writePlanFile(file, engine.planText());
    }
    return flags.has("detailed-exitcode") && made.changes.length + held.length > 0 ? 2 : 0;
  },
};

/** As `apply` has it. */
function wishOf({ flags }: Context): PlanWish {
  const may = { lazy: flags.has("lazy"), risk: flags.has("allow-oom"), forced: flags.values("force-protected") };
  return { ...may, prune: flags.has("prune"), noRestart: flags.has("no-restart"), ignore: flags.values("ignore") };
}

/** The script and nothing else: what it does is in it. */
async function printScript(context: Context): Promise<number> {
  const { settings, terminal, operands } = context;
  if (settings.json) {
    throw new CloisterError({
      code: "usage/invalid-value",
      severity: "error",
      message: "--script prints a shell script, and --json a document",
      hint: "leave one of them out",
    });
  }
  const { openEngine } = await import("../open-engine.ts");
  const engine = await openEngine(context, { looks: true, secrets: "read" });
  terminal.out(await engine.script(operands, wishOf(context)));
  return 0;
}
