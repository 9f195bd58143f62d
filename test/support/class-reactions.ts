import type { Declared } from "./site.ts";

/** The cases of what a process follows: of one kind, in both of its forms. */
export function reactions(kind: string): Record<string, { readonly before: Declared; readonly after: Declared }> {
  const on = (reaction: unknown): Declared => ({ processes: { worker: { command: ["sleep", "1000"], on_change: { [kind]: reaction } } } });
  return {
    [`processes.*.on_change.${kind}`]: { before: on("restart"), after: on("signal SIGHUP") },
    [`processes.*.on_change.${kind}.exec`]: { before: on({ exec: ["true"] }), after: on({ exec: ["true", "again"] }) },
  };
}
