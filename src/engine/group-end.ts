import { monotonicMs } from "../model/clock.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Reporter } from "../model/event.ts";
import type { HeldKeeper, StagedBuild } from "../model/host.ts";
import type { Group } from "../model/plan.ts";
import type { Step } from "../model/step.ts";
import { diagnosticsOf, wordsOf } from "./step-failure.ts";

/** How a group ended. */
export type Outcome =
  /** `told`: what failed on the way and stopped nothing; told by nobody yet. */
  | { readonly type: "done"; readonly told: readonly Diagnostic[] }
  | { readonly type: "failed"; readonly diagnostics: readonly Diagnostic[] }
  | { readonly type: "interrupted" };

/** A group whose steps are carried out: how far they are, what failed, and what is not committed yet. */
export interface BegunGroup {
  readonly run: { readonly reporter: Reporter; readonly keepFailed?: boolean };
  readonly group: Group;
  readonly beganMs: number;
  readonly progress: Progress;
  /** Of starts that are not committed, by the address of their namespaces. */
  readonly keepers: Map<string, HeldKeeper>;
  build: StagedBuild | null;
  readonly told: Diagnostic[];
  readonly failures: readonly Failure[];
}

interface Progress {
  readonly environment: string;
  done: number;
  /** Begun, and not done. */
  running: number;
  readonly total: number;
}

/** What went wrong, and in which step. */
export interface Failure {
  readonly error: unknown;
  readonly step: Step | undefined;
}

/** Says how a group has ended when none of its steps is begun any more. Where that is not their end, what is not committed goes, or is kept for a look. */
export async function endGroup(begun: BegunGroup): Promise<Outcome> {
  if (begun.failures.length > 0) return fail(begun);
  if (begun.progress.done < begun.progress.total) return interrupt(begun);
  return finish(begun);
}

function finish({ run, group: { name, changes }, beganMs, told }: BegunGroup): Outcome {
  run.reporter.report({ type: "environment-finished", environment: name, changes, durationMs: monotonicMs() - beganMs });
  return { type: "done", told };
}

/** Stops before the next step, and says where it stands. */
async function interrupt(begun: BegunGroup): Promise<Outcome> {
  const { run, progress, keepers, build } = begun;
  const taken = keepers.size > 0 || build !== null ? "; what was begun is taken away" : "";
  await abandon(begun);
  const { environment, done, total } = progress;
  run.reporter.report({ type: "environment-skipped", environment, reason: `interrupted after ${done} of ${total} steps${taken}` });
  return { type: "interrupted" };
}

/** Says what failed, all of it, and ends what is not committed or keeps it. */
async function fail(begun: BegunGroup): Promise<Outcome> {
  const { run, group, progress, failures } = begun;
  const why = failures.map(({ error, step }) => `${step?.title ?? ""}: ${wordsOf(error)}`).join("; ");
  const kept = run.keepFailed === true ? keep(begun, why) : "";
  await abandon(begun);
  const where = `${progress.done} of ${progress.total} steps were done${kept}`;
  const all = failures.flatMap(({ error, step }) => diagnosticsOf(error, `${group.name}: ${step?.title ?? ""}: `, where));
  const diagnostics = [...begun.told, ...all];
  const { environment, done, total } = progress;
  run.reporter.report({ type: "environment-failed", environment, done, total, diagnostics });
  return { type: "failed", diagnostics };
}

/** Leaves a start that failed as it is, and says how it is looked at. What had been committed before stands anyway. */
function keep({ keepers, group: { name } }: BegunGroup, why: string): string {
  const [of, keeper] = [...keepers][0] ?? [];
  if (of === undefined || keeper === undefined) return "";
  if (!keeper.keep(why)) return "; nothing of it lived yet that could be kept";
  keepers.delete(of);
  return `; what was made is kept: cloister inspect ${name} and cloister exec ${name} look at it, cloister destroy ${name} removes it`;
}

/** Ends what is not committed: the kernel takes everything of an unfinished environment with its keeper. */
async function abandon({ keepers, build }: BegunGroup): Promise<void> {
  for (const keeper of keepers.values()) await keeper.abandon();
  await build?.abandon();
}
