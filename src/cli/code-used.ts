import type { Manifest } from "../model/environment.ts";

const used = new Set<string>();

/** Notes what of a manifest takes code that others do not: V8 compiles a function when it is called first, and a code cache has those alone that a run before has called. */
export function noteCode({ environments }: Manifest): void {
  for (const { network } of environments.values()) used.add(network.mode);
}

/** What was noted. */
export function notedCode(): readonly string[] {
  return [...used];
}
