/** The names in /proc/PID/ns, by the manifest's words. */
export const namespaceFiles = {
  mount: "mnt",
  uts: "uts",
  ipc: "ipc",
  net: "net",
  pid: "pid",
  user: "user",
  cgroup: "cgroup",
  time: "time",
} as const;

/** The inode in a link text such as `net:[4026531840]` (namespaces(7)), or null. */
export function parseNamespaceLink(text: string): string | null {
  return /^[a-z_]+:\[(\d+)\]$/.exec(text)?.[1] ?? null;
}

/** Parses /proc/PID/timens_offsets (time_namespaces(7)) into whole seconds. */
export function parseTimeOffsets(text: string): { readonly monotonic: number; readonly boottime: number } {
  const offsets = { monotonic: 0, boottime: 0 };
  for (const line of text.split("\n")) {
    const [clock, seconds] = line.trim().split(/\s+/);
    if (clock === "monotonic" || clock === "boottime") offsets[clock] = Number(seconds);
  }
  return offsets;
}
