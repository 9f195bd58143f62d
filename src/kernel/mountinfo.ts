/** One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)), escapes undone. */
export interface MountLine {
  readonly id: number;
  readonly parent: number;
  /** `major:minor` of the file system. */
  readonly device: string;
  /** The path inside the file system that is mounted here. */
  readonly root: string;
  readonly target: string;
  /** Per-mount options: ro, nosuid, idmapped ... */
  readonly options: readonly string[];
  /** `shared:N`, `master:N`, `propagate_from:N`, `unbindable`; empty when private. */
  readonly propagation: readonly string[];
  readonly fstype: string;
  readonly source: string;
  /** Per-superblock options. */
  readonly superOptions: readonly string[];
  /** The kernel's own line. */
  readonly line: string;
}

/** Parses a whole mountinfo, in the kernel's order (a later line at the same target lies on top). Lines that are not understood are left out. */
export function parseMountinfo(text: string): readonly MountLine[] {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const mounts = text.split("\n").flatMap((line) => parseLine(line) ?? []);
  if (parsed.size === remembered) parsed.clear();
  parsed.set(text, mounts);
  return mounts;
}

/** One table is asked for by every kind of resource that stands in it. */
const parsed = new Map<string, readonly MountLine[]>();
const remembered = 8;

function parseLine(line: string): MountLine | null {
  const [before, after] = line.split(" - ", 2);
  if (before === undefined || after === undefined) return null;
  const [id, parent, device, root, target, options, ...propagation] = before.split(" ");
  const [fstype, source, superOptions] = after.split(" ");
  if (device === undefined || root === undefined || target === undefined || options === undefined || fstype === undefined) return null;
  return {
    id: Number(id),
    parent: Number(parent),
    device,
    root: unescapeOctal(root),
    target: unescapeOctal(target),
    options: options.split(","),
    propagation,
    fstype,
    source: unescapeOctal(source ?? ""),
    superOptions: (superOptions ?? "").split(",").map(unescapeOctal),
    line,
  };
}

/** The kernel writes space, tab, newline, `\` and (in some fields) `#` as three octal digits. */
function unescapeOctal(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/**
 * Mounts of one target in the order in which they lie there, the lowest first. The kernel lists them in the order in which they were made, and one that
 * was put beneath another was made later.
 */
export function stacked<Line extends Pick<MountLine, "id" | "parent">>(lines: readonly Line[]): readonly Line[] {
  if (lines.length < 2) return lines;
  const byId = new Map(lines.map((line) => [line.id, line]));
  const height = (line: Line | undefined): number => (line === undefined ? 0 : 1 + height(byId.get(line.parent)));
  return [...lines].sort((a, b) => height(a) - height(b));
}

/** The value of `name=` among options, or null. */
export function option(options: readonly string[], name: string): string | null {
  const found = options.find((one) => one.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1);
}

/** The lower directories of an overlay from the lowest on, without the `l/` under which ours lie. */
export function overlayLayers(options: readonly string[]): readonly string[] {
  const lowers = options.flatMap((one) => /^lowerdir\+?=(.*)$/s.exec(one)?.[1]?.split(":") ?? []);
  return lowers.reverse().map((one) => one.replace(/^l\//, ""));
}

/**
 * How mountinfo will show a bind of an absolute, real `path`: device and path inside the file system.
 * Null when no mount of the table holds it.
 */
export function locate(mounts: readonly MountLine[], path: string): { readonly device: string; readonly root: string } | null {
  const longest = mounts.reduce((length, { target }) => (isBelow(target, path) ? Math.max(length, target.length) : length), 0);
  const best = stacked(mounts.filter(({ target }) => target.length === longest && isBelow(target, path))).at(-1);
  if (best === undefined) return null;
  const rest = best.target === "/" ? path : path.slice(best.target.length);
  const root = best.root === "/" ? rest || "/" : best.root + (rest === "/" ? "" : rest);
  return { device: best.device, root };
}

/** Whether `path` is `directory` or lies in it. */
export function isBelow(directory: string, path: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
}
