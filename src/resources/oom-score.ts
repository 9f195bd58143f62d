import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Difference, Resource, Scope } from "../model/resource.ts";
import { adjustStep } from "./adjust.ts";
import { namespacesAddress } from "./keeper.ts";
import { processFacts, runningProcesses } from "./process-state.ts";

/** What the kernel shows of one process: its number and its score. */
interface Scored {
  readonly pid: number;
  readonly score: string;
}

/** How soon the kernel ends what runs when memory runs out: the score that is wanted, or the keeper's and that of each process. */
export type OomScore = { readonly score: string } | { readonly found: readonly Scored[] };

/** The score of the keeper and of everything that runs. What enters later has it from its entry on. */
export const oomScore: Resource<OomScore> = {
  name: "oom_score_adj",
  stage: "running",
  path: () => "oom_score_adj",
  facts: (scope) => ["keeper/oom_score_adj", ...processFacts(scope, "oom_score_adj")],
  want: (scope, facts) => new Map(scores(scope, facts).length === 0 ? [] : [["", { score: String(scope.environment.oom_score_adj) }]]),
  have(scope, facts) {
    const found = scores(scope, facts);
    return new Map(found.length === 0 ? [] : [["", { found }]]);
  },
  needs: (scope) => [namespacesAddress(scope.name), `${scope.name}.processes`],
  compare(want, have) {
    if (!("score" in want) || !("found" in have)) return [];
    // The worst is told: the field is one.
    const other = have.found.find(({ score }) => score !== want.score);
    const differences: readonly Difference[] =
      other === undefined
        ? []
        : [{ field: "", want: want.score, have: other.score, evidence: `/proc/${other.pid}/oom_score_adj: ${other.score}` }];
    return differences;
  },
  describe: (value) => ("score" in value ? value.score : value.found.map(({ score }) => score).join(", ")),
  create: () => [],
  update: ({ scope, want }) => ("score" in want ? set(scope, want.score) : []),
  remove: () => [],
};

function scores(scope: Scope, facts: Facts): readonly Scored[] {
  const { keeper } = scope;
  if (keeper === null) return [];
  const own = text(facts, "keeper/oom_score_adj");
  const others = runningProcesses(scope, facts).flatMap(({ name, found: { pid } }) => {
    const score = text(facts, `process/${name}/oom_score_adj`);
    return score === null ? [] : [{ pid, score: score.trim() }];
  });
  return [...(own === null ? [] : [{ pid: keeper.pid, score: own.trim() }]), ...others];
}

function set(scope: Scope, score: string) {
  const { keeper } = scope;
  const own = keeper === null ? [] : [`process=${keeper.pid}:${keeper.start}`];
  return [adjustStep(scope, `oom score ${score}`, { settings: [...own, `oom=${score}`] })];
}
