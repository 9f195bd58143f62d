import type { Change } from "../model/change.ts";
import type { Step } from "../model/step.ts";
import type { Target } from "./plan-request.ts";

/** What was known under another name until now: in place, because the kernel's objects keep the name that they were born with. */
export function renaming({ scope, origins }: Target): readonly Change[] {
  if (scope.renaming === undefined || scope.renaming.moves.length === 0) return [];
  const { from, moves } = scope.renaming;
  const address = `${scope.name}.moved_from`;
  const because = origins.get(address);
  const change: Change = {
    ...{ address, environment: scope.name, resource: "environment", action: "update", description: `renamed from ${from}` },
    ...{ differences: [{ field: "", want: scope.name, have: from }], liveUpdate: "in-place", pids: [] },
    steps: moves.flatMap(({ replaces, title, ...move }): readonly Step[] => [
      ...(replaces ? [{ type: "remove", title: `earlier ${title}`, path: move.to, how: "tree" } as const] : []),
      { type: "move", title, ...move },
    ]),
    ...(because === undefined ? {} : { because }),
  };
  return [change];
}
