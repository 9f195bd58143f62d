import type { Diagnostic, Place, Problem } from "../model/diagnostic.ts";

/** Problems with the places of what they are about. */
export function placed(problems: readonly Problem[], origins: ReadonlyMap<string, Place>): readonly Diagnostic[] {
  return problems.map(({ about = "", ...diagnostic }) => {
    const at = origins.get(about);
    return at === undefined ? diagnostic : { ...diagnostic, at };
  });
}
