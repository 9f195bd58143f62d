import type { IoRates } from "../kernel/io-limit.ts";
import { ioRates, parseIoMax, parseThrottles } from "../kernel/io-limit.ts";
import { child } from "../model/address.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Fact, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Resource, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { cgroupsAddress, memberFact } from "./cgroups.ts";
import type { Controlled } from "./group-files.ts";
import { groupFiles, groupWrite, isGrouped } from "./group-files.ts";
import { namespacesAddress } from "./keeper.ts";

/** What an environment may do to one disk in a second. */
export interface IoState {
  /** `MAJOR:MINOR`; null where there is none at the path that was written. */
  readonly disk: string | null;
  readonly rates: IoRates;
  /** The kernel's own text; absent on the wanted side. */
  readonly line?: string;
}

const controlled: Controlled = {
  v1: { controller: "blkio", files: ioRates.map(({ file }) => file) },
  v2: { controller: "io", files: ["io.max"] },
};

/** Limits of reading from and writing to disks, by the path that the manifest names; what nobody named is known by the disk's number. */
export const ioLimits: Resource<IoState> = {
  name: "io",
  stage: "assembly",
  confines: true,
  path: (key) => `resources.limits.io[${JSON.stringify(key)}]`,
  facts: (scope) => [
    memberFact,
    ...(groupFiles(scope, controlled)?.files ?? []).map(({ fact }) => fact),
    ...(isVersion1(scope) ? [rootFact] : []),
    ...Object.keys(written(scope)).map((path) => `disk/${path}`),
  ],
  want(scope, facts) {
    const limited = Object.entries(written(scope)).filter(([, rates]) => isLimited(rates));
    if (limited.length === 0 || !isEnforceable(scope, facts)) return new Map();
    return new Map(limited.map(([path, rates]) => [path, { disk: diskAt(facts, path), rates }]));
  },
  have(scope, facts) {
    const paths = new Map(Object.keys(written(scope)).map((path) => [diskAt(facts, path), path]));
    return new Map([...found(scope, facts)].map(([disk, state]) => [paths.get(disk) ?? disk, state]));
  },
  needs: (scope) => [namespacesAddress(scope.name), cgroupsAddress(scope.name)],
  compare: (want, have) =>
    ioRates
      .filter(({ name }) => want.rates[name] !== have.rates[name])
      .map(({ name }) => ({
        ...{ field: name, want: shown(want.rates[name]), have: shown(have.rates[name]) },
        ...(have.line === undefined ? {} : { evidence: have.line }),
      })),
  describe: ({ disk, rates }) =>
    [
      ...(disk === null ? [] : [`disk ${disk}`]),
      ...ioRates.flatMap(({ name }) => (rates[name] === null ? [] : [`${name}=${rates[name]}`])),
    ].join(" "),
  evidence: ({ line }) => line,
  create: ({ scope, key, want }) => write(scope, key, { ...want, before: null }),
  update: ({ scope, key, want, have }) => write(scope, key, { ...want, before: have.rates }),
  remove: ({ scope, key, have }) => write(scope, key, { disk: have.disk, rates: unlimited, before: have.rates }),
};

/** Whether limits of disks were asked for that no controller here can enforce. */
export function isIoUnenforceable(scope: Scope, facts: Facts): boolean {
  return Object.keys(written(scope)).length > 0 && !isEnforceable(scope, facts);
}

/** Paths that are (on) no disk, or twice the same. */
export function ioProblems(scope: Scope, facts: Facts): readonly Diagnostic[] {
  const first = new Map<string, string>();
  return Object.keys(written(scope)).flatMap((path): readonly Diagnostic[] => {
    const fact = facts.get(`disk/${path}`);
    const disk = diskAt(facts, path);
    const before = disk === null ? undefined : first.get(disk);
    if (disk !== null && before === undefined) {
      first.set(disk, path);
      return [];
    }
    const address = child(child(child(child(scope.name, "resources"), "limits"), "io"), path);
    const why = before === undefined ? whyNone(fact) : `is the same disk as ${before} (${disk})`;
    return [{ code: "limits/not-there", severity: "error", message: `${address}: ${path} ${why}`, hint: "lsblk lists the disks" }];
  });
}

const unlimited: IoRates = { read_bps: null, write_bps: null, read_iops: null, write_iops: null };
const rootFact = `hierarchy/blkio/${ioRates[0].file}`;

function whyNone(fact: Fact): string {
  const absent = "absent" in fact ? fact.absent : "";
  return absent === "ENOENT"
    ? "is not there"
    : absent === "no disk"
      ? "lies on no disk that could be limited"
      : `cannot be read: ${absent}`;
}

function written({ environment }: Scope) {
  return environment?.resources.limits.io ?? {};
}

function diskAt(facts: Facts, path: string): string | null {
  return text(facts, `disk/${path}`);
}

function isVersion1(scope: Scope): boolean {
  return groupFiles(scope, controlled)?.hierarchy.version === 1;
}

// A kernel may have the controller without its throttling.
function isEnforceable(scope: Scope, facts: Facts): boolean {
  const grouped = groupFiles(scope, controlled);
  const [first] = grouped?.files ?? [];
  if (first === undefined) return false;
  if (isGrouped(scope, grouped?.hierarchy, facts)) return text(facts, first.fact) !== null;
  return !isVersion1(scope) || text(facts, rootFact) !== null;
}

function isLimited(rates: IoRates): boolean {
  return ioRates.some(({ name }) => rates[name] !== null);
}

/** By disk. */
function found(scope: Scope, facts: Facts): ReadonlyMap<string, IoState> {
  const files = groupFiles(scope, controlled)?.files ?? [];
  const texts = files.map(({ fact }) => text(facts, fact) ?? "");
  const rates = isVersion1(scope) ? parseThrottles(texts) : parseIoMax(texts[0] ?? "");
  const limited = [...rates].filter(([, one]) => isLimited(one));
  return new Map(limited.map(([disk, one]) => [disk, { disk, rates: one, line: lineOf(texts, disk) }]));
}

function lineOf(texts: readonly string[], disk: string): string {
  const lines = texts.flatMap((one, index) => {
    const line = one.split("\n").find((candidate) => candidate.startsWith(`${disk} `));
    return line === undefined ? [] : [texts.length === 1 ? `io.max: ${line}` : `${ioRates[index]?.file ?? ""}: ${line}`];
  });
  return lines.join(", ");
}

function shown(rate: number | null): string {
  return rate === null ? "unlimited" : String(rate);
}

interface Setting {
  readonly disk: string | null;
  readonly rates: IoRates;
  /** Null: none. */
  readonly before: IoRates | null;
}

/** Only what changes; v1 has a file for each rate, where 0 is none. */
function write(scope: Scope, key: string, { disk, rates, before }: Setting): readonly Step[] {
  const files = groupFiles(scope, controlled)?.files ?? [];
  const changed = ioRates.filter(({ name }) => rates[name] !== (before ?? unlimited)[name]);
  if (disk === null || changed.length === 0) return [];
  if (!isVersion1(scope)) {
    const values = changed.map(({ name, key: word }) => `${word}=${rates[name] ?? "max"}`);
    return files.map(({ path }) => groupWrite(`io of ${key}`, path, `${disk} ${values.join(" ")}`));
  }
  return changed.flatMap(({ name, file }) =>
    files.filter((one) => one.name === file).map(({ path }) => groupWrite(`${name} of ${key}`, path, `${disk} ${rates[name] ?? 0}`)),
  );
}
