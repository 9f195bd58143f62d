import type { Diagnostic, ExitCode } from "../model/diagnostic.ts";
import { CloisterError, diagnosticCodes } from "../model/diagnostic.ts";
import { refusedCall } from "../model/errno.ts";
import { mappedStack } from "./mapped-stack.ts";

/** What a run may end with, and what each means; `cloister help exit-codes` prints it. exec, shell and run end with the command's own code. */
export const exitCodes: Readonly<Record<ExitCode, string>> = {
  0: "done, or in sync",
  1: "a step failed",
  2: "there are changes, drift or findings (plan --detailed-exitcode, drift, verify)",
  3: "the manifest is invalid",
  4: "timeout",
  5: "applied in part: the rest needs a restart that was not allowed, or what is in use",
  6: "a privilege or a kernel feature is missing",
  7: "locked by another run",
  64: "wrong usage",
  70: "a bug of cloister",
  130: "interrupted",
};

/** exec, shell and run: what failed was cloister's part, not the command. */
export const ownFailure = 125;

/** The exit code of a run that ended in these: that of the first error. 0 where there are only warnings. */
export function exitCodeOf(diagnostics: readonly Diagnostic[]): ExitCode {
  const first = diagnostics.find((diagnostic) => diagnostic.severity === "error");
  return first === undefined ? 0 : diagnosticCodes[first.code].exit;
}

/** What was thrown, as diagnostics; what is not a CloisterError is our bug and keeps its stack. */
export function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  if (error instanceof CloisterError) return error.diagnostics;
  const refused = refusedCall(error);
  if (refused !== null) {
    const { message, hint } = refused;
    return [{ code: "host/call-failed", severity: "error", message, ...(hint !== null && { hint }) }];
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error && error.stack !== undefined ? mappedStack(error.stack) : undefined;
  return [
    {
      code: "internal/bug",
      severity: "error",
      message: `cloister failed in a way that it did not foresee: ${message}`,
      hint: "please report this, with the lines below and the output of `cloister version`",
      ...(stack !== undefined && { cause: stack }),
    },
  ];
}
