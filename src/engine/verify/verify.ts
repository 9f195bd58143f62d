import type { Finding, Isolation, IsolationClaim } from "../../model/isolation.ts";
import { capabilityChecks } from "./capabilities.ts";
import type { Check } from "./check.ts";
import { deviceChecks, networkChecks } from "./devices.ts";
import { escapeChecks } from "./escapes.ts";
import { idChecks } from "./ids.ts";
import { kernelChecks } from "./kernel.ts";
import { limitChecks } from "./limits.ts";
import { mountChecks } from "./mounts.ts";
import { namespaceChecks } from "./namespaces.ts";
import { processChecks } from "./processes.ts";

/** Every check there is, in the order in which they are shown. */
export const checks: readonly Check[] = [
  ...namespaceChecks,
  ...idChecks,
  ...processChecks,
  ...capabilityChecks,
  ...mountChecks,
  ...escapeChecks,
  ...kernelChecks,
  ...deviceChecks,
  ...networkChecks,
  ...limitChecks,
];

/** Judges what was seen of an environment by what it is meant to be: one finding a check, in order. */
export function judgeIsolation(seen: Isolation, claim: IsolationClaim): readonly Finding[] {
  return checks.map(({ id, title, rule, judge }) => ({ id, title, rule, ...judge(seen, claim) }));
}
