/** A process that uses a mount, as /proc shows it. Its texts are untrusted. */
export interface Holder {
  readonly pid: number;
  /** Its command line, or its name where it has none. */
  readonly command: string;
  /** What of the mount it uses, as the kernel shows the path: `/data/log`, `/data/log (deleted)`. */
  readonly path: string;
  /** `fd 3`, `working directory`, `root directory`, `program`, `mapped`. */
  readonly by: string;
}

/** A use of one of the mounts at a target: of that on top (0), of the next below it (1) ... */
export interface Use extends Holder {
  readonly depth: number;
}

/** The most of them that are listed one by one. */
const listed = 4;

/** `pid 412 (nginx: worker) uses /data/log (fd 3)`: who uses a mount, in one line; untrusted text. */
export function holdersInWords(holders: readonly Holder[]): string {
  const byProcess = new Map<number, Holder[]>();
  for (const holder of holders) byProcess.set(holder.pid, [...(byProcess.get(holder.pid) ?? []), holder]);
  const words = [...byProcess.values()].map(processInWords);
  const rest = words.length > listed ? [`${words.length - listed} more processes`] : [];
  return [...words.slice(0, listed), ...rest].join(", ");
}

function processInWords(holders: readonly Holder[]): string {
  const [first] = holders;
  if (first === undefined) return "";
  const more = holders.length > 1 ? ` and ${holders.length - 1} more` : "";
  return `pid ${first.pid} (${first.command}) uses ${first.path} (${first.by})${more}`;
}
