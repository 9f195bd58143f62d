/** The resource limits of getrlimit(2) by the names of limits.conf(5) and compose: their number, and their label in /proc/PID/limits. */
export const resourceLimits: Readonly<Record<string, { readonly number: number; readonly label: string }>> = {
  cpu: { number: 0, label: "Max cpu time" },
  fsize: { number: 1, label: "Max file size" },
  data: { number: 2, label: "Max data size" },
  stack: { number: 3, label: "Max stack size" },
  core: { number: 4, label: "Max core file size" },
  rss: { number: 5, label: "Max resident set" },
  nproc: { number: 6, label: "Max processes" },
  nofile: { number: 7, label: "Max open files" },
  memlock: { number: 8, label: "Max locked memory" },
  as: { number: 9, label: "Max address space" },
  locks: { number: 10, label: "Max file locks" },
  sigpending: { number: 11, label: "Max pending signals" },
  msgqueue: { number: 12, label: "Max msgqueue size" },
  nice: { number: 13, label: "Max nice priority" },
  rtprio: { number: 14, label: "Max realtime priority" },
  rttime: { number: 15, label: "Max realtime timeout" },
};
