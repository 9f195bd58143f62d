import type { Context } from "./context.ts";
import type { Execution } from "./engine.ts";
import { executeInside } from "./execute-inside.ts";
import { enterableScope } from "./kept-scope.ts";
import type { Opening } from "./open-project.ts";
import { openProject } from "./open-project.ts";
import { lastApplied } from "./records.ts";
import { oneOf } from "./subject.ts";

/**
 * Runs a command in an environment of the project that the flags name; resolves with its exit code. It needs no engine, which has what changes things as
 * well. Throws `engine/not-running`, `engine/kept`, `usage/unknown-environment`, and what opening a project throws.
 */
export async function executeIn(context: Context, execution: Execution, opening: Opening = { makesNothing: true }): Promise<number> {
  const opened = openProject(context, { ...opening, enters: execution.terminal ? "terminal" : "process" });
  const { host, manifest, record } = opened;
  const last = lastApplied(record, [...manifest.environments.values()][0]);
  const scope = await enterableScope(host, oneOf(opened, last, execution.environment));
  return executeInside(execution, { ...opened, scope });
}
