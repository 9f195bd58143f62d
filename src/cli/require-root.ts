import { CloisterError } from "../model/diagnostic.ts";

/** Throws `host/no-root` where the caller is not root. */
export function requireRoot(): void {
  if (process.geteuid?.() === 0) return;
  throw new CloisterError({
    code: "host/no-root",
    severity: "error",
    message: "this verb works on namespaces and mounts, which takes root",
    hint: "run it with sudo; validate, config and help need no root",
  });
}
