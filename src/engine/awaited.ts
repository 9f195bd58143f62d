import { environmentsBefore } from "../model/dependency.ts";
import type { LookingHost } from "../model/host.ts";
import type { Target } from "../plan/plan-request.ts";
import type { SeenKinds } from "./kinds.ts";
import { observe } from "./observe.ts";
import type { Subject } from "./subject.ts";

/** What a plan is for, and beside it the environments that only their processes wait for. */
interface Seen {
  readonly targets: readonly Target[];
  readonly beside: readonly Target[];
}

/** What is looked at, and which of it is to end: that waits for nobody. */
interface Asked extends Subject {
  readonly destroy: ReadonlySet<string>;
}

/** As `observe`, and of what the processes of the environments depend on as well. */
export async function observeAwaited(host: LookingHost, kinds: SeenKinds, asked: Asked): Promise<Seen> {
  const { only, manifest, destroy } = asked;
  const staying = [...(only ?? [])].filter((name) => !destroy.has(name)).flatMap((name) => manifest?.environments.get(name) ?? []);
  const others = staying.flatMap(environmentsBefore).filter((name) => only?.has(name) !== true);
  if (only === null || others.length === 0) return { targets: await observe(host, kinds, asked), beside: [] };
  const seen = await observe(host, kinds, { ...asked, only: new Set([...only, ...others]) });
  const isBeside = ({ scope }: Target) => !only.has(scope.name);
  return { targets: seen.filter((target) => !isBeside(target)), beside: seen.filter(isBeside) };
}
