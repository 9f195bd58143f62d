import type { Diagnostic } from "../model/diagnostic.ts";
import type { LookingHost } from "../model/host.ts";
import { diffResource } from "../plan/diff.ts";
import type { Kinds, SeenKinds } from "./kinds.ts";
import { observe } from "./observe.ts";
import type { Subject } from "./subject.ts";

/** What looking at an environment that was just assembled works with. */
interface Observing<Shared> {
  readonly host: LookingHost;
  readonly kinds: Kinds<Shared>;
}

/** What is not as wanted, of what belongs to the assembly: asked before an environment is committed. */
export async function unassembled<Shared>(
  engine: Observing<Shared>,
  subject: Subject,
  environment: string,
): Promise<readonly Diagnostic[]> {
  const targets = await observe(engine.host, assemblyOf(engine.kinds), { ...subject, only: new Set([environment]) });
  const target = targets.find(({ scope }) => scope.name === environment);
  if (target?.scope.keeper?.assembled !== true)
    return [{ code: "engine/not-converged", severity: "error", message: "the keeper is not the reaper on a root of its own" }];
  const changes = engine.kinds
    .resources({ visit: (resource) => (resource.stage === "assembly" ? diffResource(resource, target) : []) })
    .flat();
  return changes.map(({ change }) => ({
    code: "engine/not-converged",
    severity: "error",
    message: `${change.address} is not as wanted: ${change.differences.map((one) => `${one.field} ${one.want}, found ${one.have}`).join("; ") || change.action}`,
  }));
}

/** The addresses of what is not as wanted in an environment, of what confines the processes in it. */
export async function unconfined<Shared>(engine: Observing<Shared>, subject: Subject, environment: string): Promise<readonly string[]> {
  const targets = await observe(engine.host, assemblyOf(engine.kinds), { ...subject, only: new Set([environment]) });
  const changes = engine.kinds.resources({
    visit: (resource) => (resource.confines === true ? targets.flatMap((target) => diffResource(resource, target)) : []),
  });
  return changes.flat().map(({ change }) => change.address);
}

/** What looking needs for the kinds that belong to the assembly, and for nothing else. */
function assemblyOf<Shared>({ resources, isInside }: Kinds<Shared>): SeenKinds {
  return {
    factsOf: (scope) => [
      ...new Set(resources({ visit: (resource) => (resource.stage === "assembly" ? resource.facts(scope) : []) }).flat()),
    ],
    isInside,
    describe: () => ({ uptimeSeconds: null, root: null, memoryBytes: null, processes: {} }),
    warnings: () => [],
  };
}
