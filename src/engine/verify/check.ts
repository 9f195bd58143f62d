import type { Attempt, Finding, Isolation, IsolationClaim } from "../../model/isolation.ts";

/** One claim and how it is judged; pure. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly rule: string;
  judge(seen: Isolation, claim: IsolationClaim): Verdict;
}

/** The part of a finding that depends on what was seen. */
export type Verdict = Pick<Finding, "result" | "evidence" | "hint">;

/** The claim holds; `evidence` is what shows it. */
export function pass(evidence: string): Verdict {
  return { result: "pass", evidence, hint: null };
}

/** The claim does not hold; `hint` says what would mend it. */
export function fail(evidence: string, hint: string): Verdict {
  return { result: "fail", evidence, hint };
}

/** There is nothing to prove here. */
export function skip(reason: string): Verdict {
  return { result: "not-applicable", evidence: reason, hint: null };
}

/** Passes where there are no faults, else fails with the first of them. */
export function none(faults: readonly string[], otherwise: { readonly evidence: string; readonly hint: string }): Verdict {
  return faults.length === 0 ? pass(otherwise.evidence) : fail(listed(faults), otherwise.hint);
}

/** At most four of a list, and how many more there are. */
export function listed(items: readonly string[]): string {
  const shown = items.slice(0, 4).join(", ");
  return items.length > 4 ? `${shown} and ${items.length - 4} more` : shown;
}

/** What the probes of that name came to. */
export function attempts(seen: Isolation, probe: string): readonly Attempt[] {
  return seen.attempts.filter((attempt) => attempt.probe === probe);
}

/** Passes where everything that these probes tried was refused. A probe that did not report is a finding: somebody inside can end it. */
export function refused(seen: Isolation, probe: string, hint: string): Verdict {
  const tried = attempts(seen, probe);
  if (tried.length === 0) return unreported(probe);
  const allowed = tried.filter((attempt) => attempt.outcome === "");
  return none(
    allowed.map((attempt) => `allowed: ${attempt.detail || probe}`),
    { evidence: listed(tried.map((attempt) => `${attempt.detail}${attempt.detail === "" ? "" : ": "}${attempt.outcome}`)), hint },
  );
}

/** The text that a probe read inside, handed to `judge`; a probe that read nothing is a finding. */
export function reported(seen: Isolation, probe: string, judge: (text: string) => Verdict): Verdict {
  const [attempt] = attempts(seen, probe);
  if (attempt === undefined) return unreported(probe);
  if (attempt.outcome !== "") return skip(`${probe} cannot be read inside: ${attempt.outcome}`);
  return judge(attempt.detail);
}

/** The same, but for environments whose root is the host's own, by their manifest: there is nothing to prove of what follows from that. */
export function unlessHostUsers(judge: Check["judge"]): Check["judge"] {
  return (seen, claim) => (claim.users === "host" ? skip("the manifest says `users: {mode: host}` (unsafe)") : judge(seen, claim));
}

function unreported(probe: string): Verdict {
  return fail(
    `the probe "${probe}" did not report`,
    "something ended the probes from inside, or they took longer than 20 s; run verify again and look at what runs there",
  );
}
