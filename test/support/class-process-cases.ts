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
  const hooks = (name: string) => ofWorker(`hooks.${name}`, { hooks: { [name]: ["true"] } }, { hooks: { [name]: ["true", "again"] } });
  return {
    ...reactions("files"),
    ...reactions("secrets"),
    ...reactions("config"),
    "processes.*.depends_on": { before: depending([]), after: depending(["other"]) },
    "processes.*.depends_on.*.condition": {
      before: depending({ other: { condition: "process_started" } }),
      after: depending({ other: { condition: "process_completed" } }),
    },
    "processes.*.depends_on.*.timeout": {
      before: depending({ other: { timeout: "1m" } }),
      after: depending({ other: { timeout: "2m" } }),
    },
    ...hooks("pre_start"),
    ...hooks("post_start"),
    ...hooks("pre_stop"),
    ...hooks("post_stop"),
    ...ofWorker("hooks.timeout", { hooks: { pre_stop: ["true"], timeout: "10s" } }, { hooks: { pre_stop: ["true"], timeout: "20s" } }),
    ...ofWorker("env_file.*.path", { env_file: [{ path: "./first.env" }] }, { env_file: [{ path: "./second.env" }] }),
    ...ofWorker(
      "env_file.*.required",
      { env_file: [{ path: "./empty.env", required: true }] },
      { env_file: [{ path: "./empty.env", required: false }] },
    ),
    ...ofWorker("tty", {}, { tty: true }),
    ...ofWorker("stdin_open", { stdin_open: true }, { stdin_open: false }),
    ...healthCases(),
    ...ofWorker("logging", { logging: {} }, { logging: { times: true } }),
    ...ofWorker("logging.times", { logging: { times: false } }, { logging: { times: true } }),
    ...ofWorker("logging.max_size", { logging: { max_size: "1M" } }, { logging: { max_size: "2M" } }),
    ...ofWorker("logging.max_files", { logging: { max_size: "1M" } }, { logging: { max_size: "1M", max_files: 2 } }),
  };
}

function healthCases(): Cases {
  const test = ["CMD", "true"];
  const of = (key: string, before: unknown, after: unknown) =>
    ofWorker(`healthcheck.${key}`, { healthcheck: { test, [key]: before } }, { healthcheck: { test, [key]: after } });
  return {
    ...ofWorker("healthcheck", {}, { healthcheck: { test } }),
    ...of("test", test, ["CMD", "true", "again"]),
    ...of("interval", "30s", "20s"),
    ...of("timeout", "30s", "20s"),
    ...of("retries", 3, 4),
    ...of("start_period", "0s", "1s"),
    ...of("start_interval", "5s", "1s"),
    ...of("on_failure", "none", "restart"),
  };
}

function ofWorker(field: string, before: object, after: object): Cases {
  const declared = (more: object): Declared => ({ processes: { worker: { command: ["sleep", "1000"], ...more } } });
  return { [`processes.*.${field}`]: { before: declared(before), after: declared(after) } };
}

function depending(depends_on: unknown): Declared {
  const command = ["sleep", "1000"];
  return { processes: { worker: { command, depends_on }, other: { command } } };
}
