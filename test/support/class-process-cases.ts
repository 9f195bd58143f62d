import type { Declared } from "./site.ts";

type Cases = Record<string, { readonly before: Declared; readonly after: Declared }>;

/** The cases of what a process follows, of its variables' files and of how its log is kept. */
export function processCases(): Cases {
  const reactions = (kind: string): Cases => ({
    ...ofWorker(`on_change.${kind}`, { on_change: { [kind]: "restart" } }, { on_change: { [kind]: "signal SIGHUP" } }),
    ...ofWorker(
      `on_change.${kind}.exec`,
      { on_change: { [kind]: { exec: ["true"] } } },
      { on_change: { [kind]: { exec: ["true", "again"] } } },
    ),
  });
  return {
    ...reactions("files"),
    ...reactions("secrets"),
    ...ofWorker("env_file.*.path", { env_file: [{ path: "./first.env" }] }, { env_file: [{ path: "./second.env" }] }),
    ...ofWorker(
      "env_file.*.required",
      { env_file: [{ path: "./empty.env", required: true }] },
      { env_file: [{ path: "./empty.env", required: false }] },
    ),
    ...ofWorker("logging", { logging: {} }, { logging: { times: true } }),
    ...ofWorker("logging.times", { logging: { times: false } }, { logging: { times: true } }),
    ...ofWorker("logging.max_size", { logging: { max_size: "1M" } }, { logging: { max_size: "2M" } }),
    ...ofWorker("logging.max_files", { logging: { max_size: "1M" } }, { logging: { max_size: "1M", max_files: 2 } }),
  };
}

function ofWorker(field: string, before: object, after: object): Cases {
  const declared = (more: object): Declared => ({ processes: { worker: { command: ["sleep", "1000"], ...more } } });
  return { [`processes.*.${field}`]: { before: declared(before), after: declared(after) } };
}
