import type { Verified } from "./render-verify.ts";
import { countResults } from "./render-verify.ts";

/** What verify found, as one JSON document, `cloister/verify/v1` (schemas/output/verify-v1.json). Results are `pass`, `fail` and `not_applicable`. */
export function verifyDocument(verified: readonly Verified[]): Record<string, unknown> {
  return {
    schema: "cloister/verify/v1",
    isolated: verified.every(({ findings }) => countResults(findings).fail === 0),
    environments: verified.map(({ environment, pid, unsafe, findings }) => {
      const { pass, fail, "not-applicable": rest } = countResults(findings);
      return {
        name: environment,
        pid,
        unsafe,
        counts: { pass, fail, not_applicable: rest },
        checks: findings.map((finding) => ({ ...finding, result: finding.result.replace("-", "_") })),
      };
    }),
  };
}
