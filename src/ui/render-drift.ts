import type { Diagnostic } from "../model/diagnostic.ts";
import type { Drift } from "../model/drift.ts";
import type { LeftBy } from "../model/drift-rules.ts";
import { printable } from "./printable.ts";
import { styleFor } from "./style.ts";

/** What asks for drift to be ignored, in words. */
export const leftByWords: Readonly<Record<LeftBy, string>> = { flag: "--ignore", list: "drift.ignore", policy: "drift policy" };

/** What `drift` found, and what it was compared with. */
export interface DriftReport extends Drift {
  readonly project: string;
  /** The number of the generation that was last applied; null where that is not known. */
  readonly generation: number | null;
  readonly warnings: readonly Diagnostic[];
}

/** What has drifted, for people: each finding with what was wanted, what was found and the kernel's line. Ends in a line break. */
export function renderDrift(report: DriftReport, options: { readonly color: boolean }): string {
  const style = styleFor(options.color);
  const counted = report.findings.filter(({ ignored }) => !ignored);
  const findings = report.findings.map(({ address, wanted, found, evidence, ignored, ignoredBy }) => {
    const name = style.bold(printable(address));
    return [
      ignored ? `${name} ${style.dim(`(ignored${ignoredBy === null ? "" : `: ${leftByWords[ignoredBy]}`})`)}` : style.yellow(name),
      `  wanted  ${printable(wanted)}`,
      `  found   ${printable(found)}`,
      ...(evidence === null ? [] : [`  seen    ${style.dim(printable(evidence))}`]),
      "",
    ].join("\n");
  });
  const warnings = report.warnings.map(({ code, message }) => style.yellow(`warning ${code}: ${printable(message)}`));
  const basis =
    report.generation === null
      ? "what was last applied is not known: compared with the manifest, so an edit of it may be among these"
      : `compared with generation ${report.generation}, what was last applied`;
  const edited = "the manifest, its lock or a file that it names was edited, not applied";
  const pending = report.pending.map((address) => `${style.cyan("pending")} ${printable(address)}: ${edited}`);
  const ignored = report.findings.length - counted.length;
  const count = counted.length === 0 ? style.green("in sync") : style.yellow(`drifted in ${counted.length}`);
  const closing = `${count}${ignored === 0 ? "" : `, ${ignored} ignored`} ${style.dim(`(${basis})`)}`;
  return [...warnings, ...findings, ...pending, closing, ""].join("\n");
}
