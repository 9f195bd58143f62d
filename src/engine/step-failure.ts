import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import { refusedCall } from "../model/errno.ts";

/** What is told of a step that failed: `where` before its words, `hint` behind its own. Throws what is a bug of ours. */
export function diagnosticsOf(error: unknown, where: string, hint: string): readonly Diagnostic[] {
  if (error instanceof CloisterError)
    return error.diagnostics.map((one) => ({
      ...one,
      message: `${where}${one.message}`,
      hint: one.hint === undefined ? hint : `${one.hint} (${hint})`,
    }));
  // A system call's failure is the machine's; anything else that is thrown is a bug of ours and goes up.
  if (
    !(error instanceof Error) ||
    !("syscall" in error || "errno" in error || error.message.startsWith("rm ") || error.message.startsWith("process "))
  )
    throw error;
  const remedy = refusedCall(error)?.hint ?? null;
  const message = `${where}${error.message}`;
  return [{ code: "engine/step-failed", severity: "error", message, hint: remedy === null ? hint : `${remedy} (${hint})` }];
}

/** What an error says, in one line. */
export function wordsOf(error: unknown): string {
  if (error instanceof CloisterError) return error.diagnostics.map(({ message }) => message).join("; ");
  return error instanceof Error ? error.message : String(error);
}
