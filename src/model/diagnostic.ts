import { lockCodes } from "./lock-codes.ts";
import { manifestCodes } from "./manifest-codes.ts";
import { planCodes } from "./plan-codes.ts";
import { rootfsCodes } from "./rootfs-codes.ts";
import { secretCodes } from "./secret-codes.ts";

/** How bad it is: an error stops, a warning is told and goes on. */
export type Severity = "error" | "warning";

/** A place in a text file. Lines and columns count from 1; `length` is in UTF-16 units on that line. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length?: number;
}

/** One thing to tell the user: what is wrong, where, and what to do about it. */
export interface Diagnostic {
  /** `area/slug`, listed in docs/errors.md. */
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** Lower case, no full stop. */
  readonly message: string;
  readonly at?: Place;
  /** Other places that take part, with a word on each. */
  readonly also?: readonly { readonly message: string; readonly at: Place }[];
  readonly hint?: string;
  /** The lines of a tool's own words (stderr), untrusted. */
  readonly cause?: string;
}

/** What throws when one thing was to be done and could not be. Everything else that is thrown is a bug of ours. */
export class CloisterError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: Diagnostic | readonly Diagnostic[]) {
    const list: readonly Diagnostic[] = "code" in diagnostics ? [diagnostics] : diagnostics;
    super(list.map((diagnostic) => diagnostic.message).join("; "));
    this.name = "CloisterError";
    this.diagnostics = list;
  }
}

/** The exit code of the command line that each family of errors ends in (see product documentation: exit codes). */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 64 | 70 | 130;

interface CodeEntry {
  readonly exit: ExitCode;
  /** One sentence for docs/errors.md: when it is shown. */
  readonly when: string;
  /** One sentence for docs/errors.md: what to do. */
  readonly fix: string;
}

/** Every diagnostic code there is. `docs/errors.md` is generated from this table. */
export const diagnosticCodes = {
  "engine/assembly-failed": {
    exit: 1,
    when: "the root or a mount of an environment could not be put in its place",
    fix: "see the message; nothing of the unfinished environment is left running",
  },
  "engine/busy": {
    exit: 5,
    when: "a mount that is to be removed or replaced is in use; the rest was done",
    fix: "end the named processes and apply again, or detach it all the same with `cloister apply --lazy`: they keep what they have open",
  },
  "engine/exposed-source": {
    exit: 1,
    when: "what is to be mounted would be chosen from inside: a link on the way to it lies in a directory that an environment can write to, or it leads to what is never shown",
    fix: "name the directory itself, and one that no environment of the project can replace",
  },
  "engine/foreign-project": {
    exit: 1,
    when: "a project of the same name runs from the manifest of another directory",
    fix: "give one of them another name, with `name:` or -p",
  },
  "engine/keeper-failed": {
    exit: 1,
    when: "the namespaces of an environment could not be made",
    fix: "see the cause; `cloister doctor` says what this kernel refuses and how to mend it",
  },
  "engine/locked": {
    exit: 7,
    when: "another run of cloister is changing the same project",
    fix: "wait for it with --lock-timeout; the lock ends with that process, there is nothing to remove",
  },
  "engine/name-taken": {
    exit: 1,
    when: "an environment is to be renamed, and an earlier one of the new name left what was written inside it",
    fix: "move the named directory away, or take another name",
  },
  "engine/no-log": {
    exit: 1,
    when: "the log of an environment is asked for whose process was never started, or it is asked for by time, which is not kept",
    fix: "see the hint: give the environment a command, or set `logging: {times: true}` and start the process anew",
  },
  "engine/no-range": {
    exit: 1,
    when: "the network of a project has no address for an environment, or the host has a route to every range that it could have",
    fix: "take environments to another project, or routes to private ranges away that nobody needs",
  },
  "engine/not-converged": {
    exit: 1,
    when: "after an apply the kernel is not as the manifest wants it: a bug of cloister, or something else changed it meanwhile",
    fix: "run `cloister plan` to see what is left, and report it if it stays",
  },
  "engine/not-runnable": {
    exit: 1,
    when: "a process of an environment could not be started: its command is not there or cannot be run",
    fix: "correct `command:`, `user:` or `working_dir:`; the environment itself runs",
  },
  "engine/not-running": {
    exit: 1,
    when: "a verb needs a running environment and this one does not run",
    fix: "start it with `cloister apply`",
  },
  "engine/orphan": {
    exit: 0,
    when: "an environment of the project runs and is not in the manifest; it is left alone",
    fix: "end it with `cloister apply --prune` or `cloister destroy NAME`, or put it back into the manifest",
  },
  "engine/paused": {
    exit: 0,
    when: "an environment that is to be changed is paused; a watch leaves it alone, what somebody asks for is done (a warning)",
    fix: "end the pause with `cloister resume NAME`, or leave it: it stays",
  },
  "engine/plan-changed": {
    exit: 1,
    when: "between the plan that was shown and the lock, something changed so that more would end than was shown",
    fix: "look at the plan again and repeat the command",
  },
  "engine/range-taken": {
    exit: 1,
    when: "the range of ids to which the files of an environment's overlay belong is being given to another environment",
    fix: "repeat the command when that one is done, or give the overlay up with `cloister destroy --volumes`",
  },
  "engine/step-failed": {
    exit: 1,
    when: "one step of an apply failed",
    fix: "see the step, its command and the cause; what was done before it stays, the next apply goes on from there",
  },
  "engine/timeout": {
    exit: 4,
    when: "what was waited for did not come about in the time that was given",
    fix: "look at it with `cloister status` and `cloister logs`, or give it more time",
  },
  "engine/unsafe-stream": {
    exit: 64,
    when: "a standard stream of `exec` is a directory of the host",
    fix: "give the command a file, a pipe or a terminal",
  },
  "host/call-failed": {
    exit: 1,
    when: "the kernel refused what cloister needed outside of any step: to make a file, to start a process",
    fix: "see what was refused and why; nothing was begun, or the next run goes on from there",
  },
  "host/missing-tool": {
    exit: 6,
    when: "a program of the host that cloister runs is not installed",
    fix: "install the named package",
  },
  "host/no-cgroups": {
    exit: 6,
    when: "no hierarchy of control groups is mounted, without which an environment's processes cannot be told apart",
    fix: "mount one: mount -t cgroup2 none /sys/fs/cgroup",
  },
  "host/no-freezer": {
    exit: 6,
    when: "processes were to be frozen, and the kernel has no control groups v2 that could do it",
    fix: "use a kernel from 5.2 on, with control groups v2 mounted",
  },
  "host/no-node": {
    exit: 6,
    when: "the command was started where no Node.js is in PATH",
    fix: "install Node.js 20.19 or later, or put its directory into PATH",
  },
  "host/no-root": {
    exit: 6,
    when: "a verb that changes or looks into environments was run by someone other than root",
    fix: "run it as root, for example with sudo",
  },
  "host/no-space": {
    exit: 1,
    when: "the disk that holds cloister's state is full",
    fix: "free some space, or name another place with --state-dir or --data-dir",
  },
  "host/old-node": {
    exit: 6,
    when: "the Node.js in PATH is older than 20.19",
    fix: "install a newer one, or put its directory into PATH before the old one's",
  },
  "host/old-tool": {
    exit: 6,
    when: "a program of the host that cloister runs does not know an option that it needs",
    fix: "install a newer version of the named package: Debian 12 or later has one",
  },
  "host/read-only": {
    exit: 1,
    when: "a directory that an apply would write to is on a file system that is read-only",
    fix: "make it writable, or name another place with --state-dir or --data-dir",
  },
  "host/tool-hangs": {
    exit: 1,
    when: "a program of the host that has little to do did not answer for a long time; it was ended",
    fix: "see why it hangs: a disk or a network file system that does not answer, or a program that was put in its place",
  },
  "internal/bug": {
    exit: 70,
    when: "cloister itself failed in a way that it did not foresee",
    fix: "report it with the printed stack; nothing of your manifest is at fault",
  },
  "limits/in-use": {
    exit: 1,
    when: "an environment uses more memory than it is to be allowed from now on, so that processes of it could be ended",
    fix: "free some memory inside first, or accept that with --allow-oom",
  },
  "limits/not-enforced": {
    exit: 0,
    when: "a limit is asked for and no cgroup controller of this machine can enforce it",
    fix: "boot with that controller, or take the limit out",
  },
  "limits/not-there": {
    exit: 1,
    when: "a limit names a processor, a memory node or a disk that this machine does not have",
    fix: "see the message, which names what there is, and correct the manifest",
  },
  ...lockCodes,
  ...manifestCodes,
  "network/not-there": {
    exit: 1,
    when: "an environment names a bridge, an interface or the file of a namespace that this host does not have, or that is of another kind",
    fix: "make what the message names, or name another one",
  },
  "network/port-taken": {
    exit: 4,
    when: "a port of the host that is to lead into an environment is in use by a process, or leads into another environment",
    fix: "end what has it, or publish another port",
  },
  ...planCodes,
  "record/damaged": {
    exit: 0,
    when: "what was last applied cannot be told, because its record was cut or changed; it is not believed",
    fix: "apply once more: a new record is written",
  },
  "record/newer-version": {
    exit: 1,
    when: "a record was written by a newer version of cloister",
    fix: "use that version, or move the named file away",
  },
  "record/no-generation": {
    exit: 1,
    when: "a generation is named that is not there, or there is none to go back to",
    fix: "see `cloister history` for those that are there",
  },
  "record/not-written": {
    exit: 1,
    when: "what was applied could not be noted; the environments are as applied",
    fix: "make the state directory writable and apply again",
  },
  ...rootfsCodes,
  ...secretCodes,
  "store/unsafe-directory": {
    exit: 6,
    when: "a directory of cloister's data, or one above it, belongs to another user or can be written by others",
    fix: "give it back to root with chown and chmod, or name another place with --data-dir or --state-dir",
  },
  "usage/invalid-value": {
    exit: 64,
    when: "a flag was given a value that it does not take, or none",
    fix: "see `cloister VERB --help` for the values",
  },
  "usage/missing-operand": {
    exit: 64,
    when: "a verb was not told what to work on",
    fix: "name it, as the usage line of `cloister VERB --help` shows",
  },
  "usage/not-confirmed": {
    exit: 64,
    when: "something would be recreated or destroyed, and there is no terminal to ask on",
    fix: "look at the plan, then say yes beforehand with -y",
  },
  "usage/too-many-operands": {
    exit: 64,
    when: "a verb was given more words than it takes",
    fix: "see the usage line of `cloister VERB --help`",
  },
  "usage/unknown-environment": {
    exit: 64,
    when: "a verb names an environment that the manifest does not have",
    fix: "use one of the listed names; a manifest is named with -f",
  },
  "usage/unknown-flag": {
    exit: 64,
    when: "a flag does not exist, or not for this verb",
    fix: "use the suggested one, or see `cloister VERB --help`",
  },
  "usage/unknown-process": {
    exit: 64,
    when: "a process was named that neither the manifest nor what was last applied has in that environment",
    fix: "the hint shows which there are",
  },
  "usage/unknown-verb": {
    exit: 64,
    when: "the first word is no verb of cloister",
    fix: "use the suggested one, or see `cloister help`",
  },
  "verify/cannot-enter": {
    exit: 1,
    when: "the process to be verified is there, but its namespaces could not be entered, so nothing could be tried from inside",
    fix: "see the cause; most often the process ended meanwhile, or its user namespace maps no root",
  },
  "verify/no-process": {
    exit: 1,
    when: "the process to be verified is not there, or it ended before it was looked at",
    fix: "name a live process with --pid, or start the environment with `cloister apply`",
  },
} as const satisfies Record<string, CodeEntry>;

export type DiagnosticCode = keyof typeof diagnosticCodes;
