import type { Action, Change } from "../model/change.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Plan } from "../model/plan.ts";
import { printable } from "../ui/printable.ts";
import { renderPlan } from "../ui/render-plan.ts";
import type { ReporterWish } from "../ui/reporter.ts";
import { reporterFor } from "../ui/reporter.ts";
import type { Context } from "./context.ts";
import type { Engine } from "./engine.ts";
import { refuseProtected } from "./shown-plan.ts";

/** With what a plan is carried out. */
export interface CarryingOut {
  readonly context: Context;
  readonly engine: Engine;
  /** What is said where there is nothing to do; absent: that all is as the manifest wants. */
  readonly nothing?: string;
}

/** Shows a plan, asks where something would end, carries it out and tells how it goes. Returns the exit code. */
export async function carryOut(plan: Plan, { context, engine, nothing }: CarryingOut): Promise<number> {
  const { settings, terminal } = context;
  const told = settings.progress !== "json" && settings.progress !== "quiet";
  const refusals = engine.refusals();
  if (told) {
    const said = plan.changes.length === 0 && nothing !== undefined ? `${nothing}\n` : null;
    terminal.out(
      said ??
        renderPlan(withoutTold(plan, refusals), {
          color: settings.color.out,
          verbose: settings.verbose,
          brief: !settings.verbose,
          formatStep: engine.formatStep,
        }),
    );
    refuseProtected(plan);
    if (plan.changes.length === 0) {
      await engine.note();
      return partly(0, plan);
    }
    terminal.out("\n");
  } else refuseProtected(plan);
  const question = questionOf(plan);
  // Nobody is asked for what will be refused; what is not asked for is refused when the plan was made again under the lock.
  if (question !== null && refusals.length > 0) throw new CloisterError(refusals);
  if (question !== null && !settings.yes && !allowed(question, context)) return 5;
  const wish = { mode: settings.progress, isTerminal: terminal.isTerminal("stdout"), color: settings.color.out, write: terminal.out };
  return partly(await carryOutTold(plan, engine, { ...wish, verbose: settings.verbose }), plan);
}

/** A plan without the warnings that are told as errors after it. */
function withoutTold(plan: Plan, refusals: readonly Diagnostic[]): Plan {
  return { ...plan, warnings: plan.warnings.filter(({ message }) => !refusals.some((refusal) => refusal.message === message)) };
}

/** Carries a plan out without a question, and tells how it goes. Returns the exit code. */
export async function carryOutTold(plan: Plan, engine: Engine, wish: ReporterWish): Promise<number> {
  const reporter = await reporterFor(wish);
  try {
    return await engine.carryOut(plan, (event) => reporter.report(event));
  } finally {
    await reporter.close();
  }
}

/** What was not allowed is still to be done. */
function partly(code: number, { held = [] }: Plan): number {
  return code === 0 && held.length > 0 ? 5 : code;
}

/** What is to be asked: which environments would end, or lose what is written in them. Null where nothing does. */
function questionOf({ changes }: Plan): string | null {
  const ends = ({ pids, address, environment }: Change) => pids.length > 0 || address === environment;
  const named = (action: Action) => {
    const found = changes.filter((change) => change.action === action && ends(change));
    return [...new Set(found.map(({ environment, address }) => environment ?? address))];
  };
  const destroyed = named("destroy");
  const recreated = named("recreate").filter((name) => !destroyed.includes(name));
  const emptied = changes.filter(({ resource }) => resource === "overlay").map(({ environment }) => environment ?? "");
  const parts = [
    ...(emptied.length === 0 ? [] : [`throw away what ${emptied.join(", ")} wrote`]),
    ...(recreated.length === 0 ? [] : [`recreate ${recreated.join(", ")}`]),
    ...(destroyed.length === 0 ? [] : [`destroy ${destroyed.join(", ")}`]),
  ];
  return parts.length === 0 ? null : parts.join(" and ");
}

/** Only `y` and `yes` are a yes. Ctrl-C ends the run, in which nothing was done yet. */
function allowed(question: string, { settings, terminal }: Context): boolean {
  if (settings.progress === "json" || !terminal.isTerminal("stdin")) {
    throw new CloisterError({
      code: "usage/not-confirmed",
      severity: "error",
      message: `this would ${question}, and nobody can be asked here`,
      hint: "-y says yes beforehand",
    });
  }
  terminal.error(`${printable(question)}? [y/N] `);
  const yes = /^\s*y(es)?\s*$/i.test(terminal.line());
  if (!yes) terminal.error("nothing was changed\n");
  return yes;
}
