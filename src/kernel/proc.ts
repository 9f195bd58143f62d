/** What /proc/PID/stat says that we use. */
export interface ProcessStat {
  readonly pid: number;
  /** Untrusted: a process chooses its own. */
  readonly comm: string;
  /** R, S, D, Z, T, X ... Z of a process with threads: its first one has ended (pthread_exit). */
  readonly state: string;
  /** It has begun to end, whatever its state is still called (PF_EXITING). */
  readonly ending: boolean;
  /** None of its threads is left; its parent may not have been told yet. */
  readonly ended: boolean;
  readonly parent: number;
  readonly session: number;
  readonly tty: number;
  /** Start time in clock ticks since boot (field 22); with the pid it names one process of this boot. */
  readonly start: string;
}

/** Parses /proc/PID/stat; null when the text is not one (the process went while it was read). `comm` may hold any byte, `)` too. */
export function parseStat(text: string): ProcessStat | null {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 0 || close < open) return null;
  const fields = text.slice(close + 2).split(" ");
  const [state, parent, , session, tty, , flags] = fields;
  const start = fields[19];
  if (state === undefined || start === undefined) return null;
  const livesOn = state === "Z" && Number(fields[17]) > 1;
  return {
    pid: Number(text.slice(0, open)),
    comm: text.slice(open + 1, close),
    state,
    ending: (Number(flags) & 4) !== 0 && !livesOn,
    ended: state === "X" || (state === "Z" && !livesOn),
    parent: Number(parent),
    session: Number(session),
    tty: Number(tty),
    start,
  };
}

/** Parses a NUL-separated environ. A later assignment of a name wins, as getenv(3) never sees it: the first one is kept. */
export function parseEnviron(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const entry of text.split("\0")) {
    const equals = entry.indexOf("=");
    const name = entry.slice(0, equals);
    if (equals > 0 && !variables.has(name)) variables.set(name, entry.slice(equals + 1));
  }
  return variables;
}

/** Parses the `Name:\tvalue` lines of /proc/PID/status or /proc/meminfo. */
export function parseColonLines(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) values.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return values;
}

/** Parses `NAME NUMBER` lines, as of a control group's memory.stat. */
export function parseFlatCounts(text: string): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(/^(\S+) (\d+)$/gm)].map(([, name = "", value]) => [name, Number(value)]));
}

/** `MemTotal` of /proc/meminfo in bytes; null when it is not there. */
export function totalMemory(meminfo: string): number | null {
  const value = parseColonLines(meminfo).get("MemTotal");
  return value === undefined ? null : Number.parseInt(value, 10) * 1024;
}

/** Parses /proc/PID/limits into soft and hard values by the kernel's label; -1 is unlimited. */
export function parseLimits(text: string): ReadonlyMap<string, { readonly soft: number; readonly hard: number }> {
  const limits = new Map<string, { soft: number; hard: number }>();
  for (const line of text.split("\n").slice(1)) {
    const match = /^(.{25,26}?)\s{1,}(\d+|unlimited)\s+(\d+|unlimited)\s/.exec(line);
    const [, label, soft, hard] = match ?? [];
    if (label !== undefined && soft !== undefined && hard !== undefined)
      limits.set(label.trim(), { soft: amount(soft), hard: amount(hard) });
  }
  return limits;
}

function amount(text: string): number {
  return text === "unlimited" ? -1 : Number(text);
}

/** `mnt_id` of /proc/PID/fdinfo/FD: the mount on which the open file is, as mountinfo counts them; null when it is not there. */
export function mountIdOf(fdinfo: string): number | null {
  const id = /^mnt_id:\s*(\d+)$/m.exec(fdinfo)?.[1];
  return id === undefined ? null : Number(id);
}
