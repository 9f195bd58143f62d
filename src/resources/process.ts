import type { Difference, Resource } from "../model/resource.ts";
import { processNames } from "../model/resource.ts";
import { shownWords } from "../model/shell.ts";
import { endedBefore, startedBefore, stoppedBefore } from "./depends-on.ts";
import { namespacesAddress, ownGroup } from "./keeper.ts";
import { formerDigest, processDigest } from "./process-definition.ts";
import type { EndedProcess, ProcessFact } from "./process-state.ts";
import { foundProcess, foundProcesses, processFacts, processPart, processPath } from "./process-state.ts";
import { clearingSteps, endFile, startSteps, stopSteps } from "./process-steps.ts";
import { unraisable } from "./ulimit-state.ts";

/** A process as it is compared: what defines it, and whether it should be, is, or was. */
export interface ProcessWant {
  readonly digest: string;
  /** As versions before this one would have called the same. */
  readonly former?: string;
  readonly command: readonly string[] | null;
  /** Its restart policy; absent: it has none. */
  readonly restart?: string;
  /** Limits that it can only have from its start on. */
  readonly raised?: readonly string[];
  /** It is to stay ended. */
  readonly stopped?: true;
  /** It is to be started anew: where it has ended, or also where it runs. */
  readonly anew?: "ended" | "all";
  readonly found?: ProcessFact;
}

/**
 * What runs in an environment, by name. `restart: no`: one that ended by itself is completed, and no change; one killed by a signal is drift. With another policy its
 * supervisor starts it anew: it is drift only where nobody does who should.
 */
export const processes: Resource<ProcessWant> = {
  name: "processes",
  stage: "running",
  decidedBy: [
    ...["environment", "working_dir", "user", "security.capabilities", "security.no_new_privileges"],
    ...["ulimits", "oom_score_adj"],
  ],
  path: processPath,
  facts: (scope) => [...processFacts(scope), ...processFacts(scope, "limits")],
  want(scope, facts) {
    const { environment, stopped = {}, anew = {} } = scope;
    return new Map(
      Object.entries(environment.processes).flatMap(([name, process]) => {
        const isStopped = Object.hasOwn(stopped, name);
        // Of one that is to stay ended nothing is wanted where nothing is.
        if (isStopped && foundProcess(facts, name) === null) return [];
        const digest = processDigest(process, environment);
        const found = foundProcess(facts, name);
        const former = found === null || found.digest === digest ? {} : { former: formerDigest(process, environment) };
        const wish = { ...(isStopped ? ({ stopped: true } as const) : {}), ...(anew[name] === undefined ? {} : { anew: anew[name] }) };
        return [
          [
            name,
            { digest, command: process.command, restart: process.restart, ...former, ...wish, raised: unraisable(scope, facts, name) },
          ] as const,
        ];
      }),
    );
  },
  have: (scope, facts) =>
    new Map([...foundProcesses(scope, facts)].map(([name, found]) => [name, { digest: found.digest, command: null, found }])),
  needs: (scope, key, { stopped }) => [
    namespacesAddress(scope.name),
    ...(stopped === true ? stoppedBefore(scope, key) : startedBefore(scope, key)),
  ],
  endsAfter: endedBefore,
  compare(want, have) {
    const { found } = have;
    if (want.stopped === true) {
      const isAbout = found?.type === "ended" && found.supervisor !== undefined;
      const state = found?.type === "running" ? `running (pid ${found.pid})` : isAbout ? "about to be started anew" : null;
      return state === null ? [] : [{ field: "", want: "stopped", have: state }];
    }
    if (found?.type === "running" && want.anew === "all") return [{ field: "", want: "started anew", have: `running (pid ${found.pid})` }];
    if (found?.type === "ended" && want.anew !== undefined)
      return [{ field: "", want: "running", have: `ended (code ${found.code ?? "unknown"})` }];
    if (want.digest !== have.digest && want.former !== have.digest)
      return [{ field: "", want: shownWords(want.command ?? []), have: "started from another definition" }];
    const { raised = [] } = want;
    if (found?.type === "running" && raised.length > 0)
      return [
        { field: "", want: `ulimits ${raised.join(", ")} raised`, have: "lower, and without SYS_RESOURCE only a new start can raise them" },
      ];
    return found?.type === "ended" ? endedDifference(found, want.restart ?? "no") : [];
  },
  seen({ scope, key, facts }) {
    const found = processNames(scope).includes(key) ? foundProcess(facts, key) : (foundProcesses(scope, facts).get(key) ?? null);
    const group = `${ownGroup(scope, processPart(key)) ?? "its control group"}/cgroup.procs`;
    if (found === null) return `no process in ${group}, no end in ${endFile(scope, key)}`;
    if (found.type === "ended") return `${endFile(scope, key)}: ${found.code ?? "-"} (nothing of it in ${group})`;
    return `${group}: ${found.pid}, CLOISTER_WANT=${found.digest.slice(0, 16)} in the environ of what waits for it`;
  },
  describe: (value) => shownWords(value.command ?? []),
  create: ({ scope, key, facts }) => [...clearingSteps(scope, key, facts), ...startSteps(scope, key)],
  update: ({ scope, key, want, have }) => (want.stopped === true ? stopSteps(scope, key, have.found) : "restart-process"),
  remove: ({ scope, key, have }) => stopSteps(scope, key, have.found),
};

/** Whether one that has ended is to run: where its policy says so and nobody is about to start it, and without one where it was killed or could not be run. */
function endedDifference({ code, supervisor, gaveUp, unhealthy }: EndedProcess, restart: string): readonly Difference[] {
  const lacking = (have: string) => [{ field: "", want: "running", have }];
  if (supervisor !== undefined || unhealthy === true || (gaveUp === true && restart.startsWith("on-failure"))) return [];
  if (restart !== "no" && (code !== 0 || !restart.startsWith("on-failure")))
    return lacking(`ended (code ${code ?? "unknown"}), and nobody starts it anew`);
  if (code !== null && code > 128) return lacking(`ended by signal ${code - 128}`);
  return code !== null && code >= 125 ? lacking(`could not be run (code ${code})`) : [];
}
