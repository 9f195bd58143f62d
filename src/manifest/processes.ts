import type { Environment, Process } from "../model/environment.ts";
import type { Environment as WrittenEnvironment, Process as WrittenProcess } from "../model/manifest.gen.ts";
import { readDependsOn } from "./depends-on.ts";
import { readDuration } from "./duration.ts";
import { readEnvironment } from "./env-variables.ts";
import { readHealthcheck } from "./healthcheck.ts";
import { readHooks } from "./hooks.ts";
import { readBounds } from "./limits.ts";
import { checkLogging, readLogging } from "./logging.ts";
import { readOnChange } from "./on-change.ts";
import type { Reading } from "./reading.ts";
import { checkPath, wordsAt } from "./reading.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";
import { checkUser } from "./users.ts";

/** What every process of an environment has that says nothing else, and what is run by `exec`. */
export type ProcessDefaults = Pick<Environment, "working_dir" | "user" | "users">;

/** The processes by name; `command` of the environment is that of `main`. */
export function readProcesses(reading: Reading, written: WrittenEnvironment, defaults: ProcessDefaults): Record<string, Process> {
  const at = inside(reading.at, "processes");
  checkLogging(reading, written.logging);
  const named = Object.entries(written.processes ?? {}).map(([name, process]) => {
    const own = { ...reading, at: inside(at, name) };
    checkLogging(own, process.logging, written.logging);
    return [name, readProcess(own, process, { ...defaults, logging: written.logging })] as const;
  });
  if (written.command === undefined) return Object.fromEntries(named);
  checkMain(reading, written, inside(at, "main"));
  return Object.fromEntries([
    ["main", readProcess(reading, { command: written.command }, { ...defaults, logging: written.logging })],
    ...named,
  ]);
}

/** It is said once: by `command`, which then stands for the whole process, or by `processes.main`. */
function checkMain({ findings, note, at }: Reading, { processes = {} }: WrittenEnvironment, main: Pointer): void {
  const command = inside(at, "command");
  if (processes.main !== undefined) {
    const also = [{ message: "the other one", at: main }];
    const message = "command is the short form of processes.main, and both are there";
    findings.report({ code: "manifest/conflict", at: command, on: "key", message, also, hint: "keep one of them" });
  }
  const place = findings.place(command, "key");
  if (place !== undefined) for (const each of [main, inside(main, "command")]) note(each, place);
}

interface Defaults extends ProcessDefaults {
  readonly logging: WrittenEnvironment["logging"];
}

function readProcess(reading: Reading, written: WrittenProcess, { users, ...defaults }: Defaults): Process {
  const { command, working_dir, user } = written;
  const logging = readLogging(written.logging, defaults.logging);
  return {
    command: wordsAt(reading, inside(reading.at, "command"), command ?? []),
    environment: readEnvironment(reading, written),
    working_dir: working_dir === undefined ? defaults.working_dir : readWorkingDir(reading, working_dir),
    user: user === undefined ? defaults.user : readUser(reading, user, users),
    ...(written.tty === true ? { tty: true } : {}),
    ...(written.stdin_open === true ? { stdin_open: true } : {}),
    restart: written.restart ?? "no",
    ...(logging === undefined ? {} : { logging }),
    stop_signal: written.stop_signal ?? "SIGTERM",
    stop_grace_period: readDuration(reading, inside(reading.at, "stop_grace_period"), { written: written.stop_grace_period ?? "10s" }),
    ulimits: readBounds(reading, written.ulimits),
    ...readDependsOn(reading, written.depends_on),
    ...readHealthcheck(reading, written.healthcheck),
    ...readOnChange(reading, written.on_change),
    ...readHooks(reading, written.hooks),
  };
}

/** The directory in which something starts. */
export function readWorkingDir(reading: Reading, path = "/"): string {
  checkPath(reading, inside(reading.at, "working_dir"), path);
  return path;
}

/** Who runs something. */
export function readUser(reading: Reading, written: string | number | undefined, users: Environment["users"]): string {
  const user = String(written ?? "0");
  checkUser(reading, user, users);
  return user;
}
