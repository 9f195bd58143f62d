import type { Context } from "./context.ts";
import type { Engine } from "./engine.ts";

/** The engine for the manifests and directories that the flags name. */
export function openEngine(_context: Context): Promise<Engine> {
  return Promise.reject(new Error("the engine is not wired in"));
}
