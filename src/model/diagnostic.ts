import type { Address } from "./address.ts";
import { dependsCodes } from "./depends-codes.ts";
import { engineCodes } from "./engine-codes.ts";
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

/** What a machine lacks for an environment. */
export interface Problem extends Diagnostic {
  /** What of the manifest it is about, which says where that stands. */
  readonly about?: Address;
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
  ...engineCodes,
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
  "network/forwarding-blocked": {
    exit: 0,
    when: "a firewall of this host (nftables, iptables, ufw, firewalld) drops what the bridge of network mode nat would have forwarded, so that environments reach the host and one another, and nothing else",
    fix: "let the bridge's packets through: the message names table, chain and command",
  },
  "network/not-there": {
    exit: 1,
    when: "an environment names a bridge, an interface or the file of a namespace that this host does not have, or that is of another kind; or an address of IPv6 that mode user has not here",
    fix: "make what the message names, or name another one",
  },
  "network/port-privileged": {
    exit: 4,
    when: "a port of the host is to be published with network mode user that only who has a privilege of the host may open",
    fix: "publish one from `net.ipv4.ip_unprivileged_port_start` on, most often 1024, or write `mode: nat`",
  },
  "network/port-taken": {
    exit: 4,
    when: "a port of the host that is to lead into an environment is in use by a process, or leads into another environment",
    fix: "end what has it, or publish another port",
  },
  ...planCodes,
  ...dependsCodes,
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
