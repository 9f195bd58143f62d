import type { Site } from "./site.ts";

/** What `drift --json` says. */
export interface DriftDocument {
  readonly basis: string;
  readonly generation: number | null;
  readonly findings: readonly {
    readonly address: string;
    readonly wanted: string;
    readonly found: string;
    readonly evidence: string | null;
    readonly ignored: boolean;
    readonly ignored_by: string | null;
  }[];
  readonly pending: readonly string[];
  readonly warnings: readonly { readonly code: string }[];
}

/** `drift --json`, which must end with this code: 0 in sync, 2 drifted. */
export async function driftOf({ rig }: Site, code: 0 | 2, ...flags: readonly string[]): Promise<DriftDocument> {
  const document: DriftDocument = JSON.parse((await rig.expect(code, "drift", "--json", ...flags)).stdout);
  return document;
}
