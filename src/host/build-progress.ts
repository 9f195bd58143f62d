import type { BuildTool } from "../model/step.ts";

/** How far a build is, by what its tool printed last. */
export interface BuildProgress {
  readonly stage: string;
  /** 0..1 of this stage, counted; null where there is nothing to count. */
  readonly fraction: number | null;
  /** What it works on right now: `libc6 (2 of 60)`, or "". */
  readonly detail: string;
}

/** Takes the tool's output line by line; returns where it is now, or null where the line says nothing of it. */
export type ProgressReader = (line: string) => BuildProgress | null;

/** A reader for one run of the tool. */
export function buildProgress(tool: BuildTool): ProgressReader {
  switch (tool) {
    case "mmdebstrap":
      return reader(mmdebstrapRules);
    case "debootstrap":
      return reader(debootstrapRules);
    case "tar":
      return reader([{ pattern: /^cloister: unpacking$/, stage: "unpacking" }]);
    case "packages":
      return reader([{ pattern: /^cloister: resolving packages$/, stage: "updating lists" }, ...mmdebstrapRules]);
    case "files":
    case "setup":
      return reader([{ pattern: /^cloister: the layer$/, stage: tool === "files" ? "files" : "setup" }]);
    case "oci":
      return reader([
        { pattern: /^cloister: layer \d+$/, stage: "checking layers" },
        { pattern: /^cloister: unpacking layer \d+$/, stage: "unpacking" },
      ]);
  }
}

interface Rule {
  readonly pattern: RegExp;
  readonly stage: string;
  /** Each such line is one of the stage's packages, named by the first group. */
  readonly counts?: true;
  /** So many packages are to come, the sum of the numbers in the groups; every count starts anew. */
  readonly totals?: true;
  /** What this stage counts is how many there are in the stages after it. */
  readonly findsTotal?: true;
  /** Its last two groups are a size and its unit: of all that is to come, or of this one package. */
  readonly weighs?: "all" | "one";
}

function reader(own: readonly Rule[]): ProgressReader {
  const rules = [...own, ...common];
  let stage = "";
  let total: number | null = null;
  // By stage, for a stage may go on after another one, until a new total is named.
  const counts = new Map<string, number>();
  const bytes = { got: 0, all: 0 };
  return (line) => {
    for (const rule of rules) {
      const match = rule.pattern.exec(line);
      if (match === null) continue;
      stage = rule.stage;
      if (rule.totals === true) {
        total = match.slice(1).reduce((sum, digits) => sum + Number(digits), 0);
        counts.clear();
        bytes.all = 0;
      }
      if (rule.weighs === "all") Object.assign(bytes, { got: 0, all: bytesOf(match) });
      if (rule.weighs === "one") bytes.got += bytesOf(match);
      if (rule.counts !== true) return { stage, fraction: null, detail: "" };
      const count = (counts.get(stage) ?? 0) + 1;
      counts.set(stage, count);
      if (rule.findsTotal === true) total = count;
      // Before any total is known: a package that the tool makes for itself.
      if (total === null) return null;
      const weight = rule.weighs === "one" && bytes.all > 0 ? bytes : null;
      return describe({ stage, name: match[1] ?? "", count, total: rule.findsTotal === true ? null : total, weight });
    }
    return null;
  };
}

interface Counted {
  readonly stage: string;
  readonly name: string;
  readonly count: number;
  readonly total: number | null;
  /** Bytes of how many, where these are known: packages differ much in size. */
  readonly weight: { readonly got: number; readonly all: number } | null;
}

const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/** As apt writes sizes: `2,759 kB`. */
function bytesOf(match: RegExpExecArray): number {
  const [number = "", unit = ""] = match.slice(-2);
  return Math.round(Number(number.replaceAll(",", "")) * (units[unit] ?? 0));
}

function describe({ stage, name, count, total, weight }: Counted): BuildProgress {
  if (total === null) return { stage, fraction: null, detail: `${name} (${count})` };
  // More than were announced: dpkg went over one a second time.
  const known = Math.max(total, count);
  if (weight === null) return { stage, fraction: count / known, detail: `${name} (${count} of ${known})` };
  const { all } = weight;
  // apt rounds each.
  const got = Math.min(weight.got, all);
  const unit = all < 1e6 ? "kB" : "MB";
  const shown = [got, all].map((bytes) => (bytes / (units[unit] ?? 1)).toFixed(1)).join(" of ");
  return { stage, fraction: got / all, detail: `${name} (${count} of ${known}, ${shown} ${unit})` };
}

/** Our own words, whatever the tool. */
const common: readonly Rule[] = [
  { pattern: /^cloister: the tree does not fit into memory/, stage: "starting again on disk" },
  { pattern: /^cloister: cleaning up$/, stage: "cleaning up" },
  { pattern: /^cloister: making the image$/, stage: "making the image" },
];

/** What apt and dpkg print below `mmdebstrap --verbose`. */
const mmdebstrapRules: readonly Rule[] = [
  { pattern: /^cloister: fetching /, stage: "updating lists" },
  { pattern: /^Get:\d+ \S+ \S+ (?:In)?Release /, stage: "updating lists" },
  { pattern: /^I: downloading packages/, stage: "resolving" },
  { pattern: /^I: installing remaining packages/, stage: "resolving" },
  { pattern: /^(\d+) upgraded, (\d+) newly installed/, stage: "downloading", totals: true },
  { pattern: /^Need to get ([\d.,]{1,20}) (k?B|MB|GB)(?:\/| of )/, stage: "downloading", weighs: "all" },
  { pattern: /^Get:\d+ \S+ \S+ \S+ (\S+) \S+ \S+ \[([\d.,]{1,20}) (k?B|MB|GB)\]/, stage: "downloading", counts: true, weighs: "one" },
  { pattern: /^I: extracting archives/, stage: "extracting" },
  { pattern: /^Unpacking (\S+?)(?::\w+)? \(/, stage: "unpacking", counts: true },
  { pattern: /^Setting up (\S+?)(?::\w+)? \(/, stage: "configuring", counts: true },
  { pattern: /^I: cleaning package lists/, stage: "cleaning up" },
];

/** debootstrap says how many there are only by fetching them. */
const debootstrapRules: readonly Rule[] = [
  { pattern: /^cloister: fetching /, stage: "updating lists" },
  { pattern: /^I: Retrieving (?:In)?Release\b/, stage: "updating lists" },
  { pattern: /^I: Retrieving Packages\b/, stage: "updating lists" },
  { pattern: /^I: Resolving dependencies/, stage: "resolving" },
  { pattern: /^I: Retrieving (\S+) \S/, stage: "downloading", counts: true, findsTotal: true },
  { pattern: /^I: Extracting (\S+?)(?::\w+)?\.\.\./, stage: "extracting", counts: true },
  { pattern: /^I: Unpacking (?:required packages|the base system)\.\.\./, stage: "unpacking" },
  { pattern: /^I: Unpacking (\S+?)(?::\w+)?\.\.\./, stage: "unpacking", counts: true },
  { pattern: /^I: Configuring (?:required packages|the base system)\.\.\./, stage: "configuring" },
  { pattern: /^I: Configuring (\S+?)(?::\w+)?\.\.\./, stage: "configuring", counts: true },
  { pattern: /^I: Base system installed/, stage: "cleaning up" },
];
