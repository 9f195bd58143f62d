import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";

/** What one command did to the machine, as strace saw it: in all of its threads and processes. */
export interface Trace {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The system calls that change something outside the process, one line each: the call with its arguments and its result. */
  readonly mutations: readonly string[];
  /** The programs that it started (execve that succeeded), without itself. */
  readonly processes: readonly string[];
  /** Its forks: new processes (threads are none), whatever they became. */
  readonly forks: readonly string[];
}

/** Calls that change something whatever their arguments are. */
const changing = [
  ...["mount", "umount2", "pivot_root", "move_mount", "mount_setattr", "fsmount", "chroot", "unshare"],
  ...["mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"],
  ...["mknod", "mknodat", "creat", "truncate", "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"],
  ...["utimensat", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"],
  ...["sethostname", "setdomainname", "ptrace", "reboot", "swapon", "swapoff", "init_module", "finit_module", "bpf", "add_key"],
];

/** Calls that change something with some arguments only; `mutates` tells. */
const depending = ["open", "openat", "openat2", "clone", "clone3", "kill", "tkill", "tgkill", "fallocate", "ftruncate"];

/** Opened for writing without any effect on the machine. */
const harmless = /"\/dev\/(null|tty|ptmx|pts\/\d+)"|"\/proc\/(self|thread-self|\d+)\/(fd\/\d+|oom_score_adj|comm)"/;

/** Runs a command under `strace -f` to its end. `except`: what it may write all the same (its cache, the temporary directory). */
export function strace(
  command: readonly string[],
  options: { readonly log: string; readonly env: NodeJS.ProcessEnv; readonly except?: RegExp },
): Trace {
  const calls = ["execve", "fork", "vfork", ...changing, ...depending].map((name) => `?${name}`).join(",");
  const { status, stdout, stderr, error } = spawnSync(
    "strace",
    ["-f", "-qq", "-s", "300", "-e", `trace=${calls}`, "-o", options.log, "--", ...command],
    {
      encoding: "utf8",
      env: options.env,
      timeout: 120_000,
    },
  );
  if (error) throw error;
  const lines = joinUnfinished(readFileSync(options.log, "utf8").split("\n"));
  rmSync(options.log);
  const except = options.except ?? /(?!)/;
  return {
    code: status,
    stdout,
    stderr,
    mutations: lines.filter((line) => mutates(line.call) && !except.test(line.call)).map((line) => line.call),
    processes: lines
      .filter(({ call }) => /^execve\(.* = 0$/.test(call))
      .map(({ call }) => call)
      .slice(1),
    forks: lines.map(({ call }) => call).filter((call) => /^(clone3?|v?fork)\(.* = \d+$/.test(call) && !call.includes("CLONE_THREAD")),
  };
}

/** The same of a command that leaves processes behind, for which strace would wait: `ending` ends them, and is no part of the trace's `processes`. */
export function straceUntil(command: readonly string[], ending: readonly string[], options: Parameters<typeof strace>[1]): Trace {
  const both = "my $words = shift; my @command = splice @ARGV, 0, $words; exit(system(@command) || system(@ARGV) ? 1 : 0)";
  const trace = strace(["perl", "-e", both, String(command.length), ...command, ...ending], options);
  const words = JSON.stringify(ending).slice(1, -1).replaceAll(",", ", ");
  const end = trace.processes.findIndex((call) => call.includes(`", [${words}]`));
  if (end === -1) throw new Error(`no trace of ${ending.join(" ")}:\n${trace.processes.join("\n")}`);
  return { ...trace, processes: trace.processes.slice(0, end) };
}

/** Whether one line of strace's is a call that changed something, or tried to. */
export function mutates(call: string): boolean {
  const name = /^(\w+)\(/.exec(call)?.[1];
  if (name === undefined) return false;
  if (changing.includes(name)) return true;
  switch (name) {
    case "open":
    case "openat":
    case "openat2":
      return /O_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)/.test(call) && !harmless.test(call);
    case "clone":
    case "clone3":
      return /CLONE_NEW[A-Z]+/.test(call);
    case "kill":
    case "tkill":
    case "tgkill":
      return !/, 0\) /.test(call);
    case "fallocate":
    case "ftruncate":
      return true;
    default:
      return false;
  }
}

/** strace splits a call that another thread interrupts into `call(... <unfinished ...>` and `<... call resumed>...`. */
function joinUnfinished(lines: readonly string[]): { readonly pid: string; readonly call: string }[] {
  const open = new Map<string, string>();
  return lines.flatMap((line) => {
    const [, pid = "", rest = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const unfinished = /^(.*) <unfinished \.\.\.>$/.exec(rest)?.[1];
    if (unfinished !== undefined) {
      open.set(pid, unfinished);
      return [];
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
    const call = resumed === undefined ? rest : `${open.get(pid) ?? ""}${resumed}`;
    return /^\w+\(/.test(call) ? [{ pid, call }] : [];
  });
}
