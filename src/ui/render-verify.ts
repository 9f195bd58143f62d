import type { Finding, FindingResult } from "../model/isolation.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { styleFor } from "./style.ts";
import { pad, width } from "./width.ts";

/** The findings about one environment, or one process. */
export interface Verified {
  /** Null: a process that is none of ours. */
  readonly environment: string | null;
  readonly pid: number;
  /** What its manifest marks as unsafe: nothing of that is judged. */
  readonly unsafe: readonly string[];
  readonly findings: readonly Finding[];
}

/** How the table is to look. */
export interface VerifyLook {
  readonly color: boolean;
  /** Evidence of what passed is cut to this many columns; null: not at all. */
  readonly columns: number | null;
}

const words: Readonly<Record<FindingResult, string>> = { pass: "pass", fail: "FAIL", "not-applicable": "n/a" };

/** What verify found, as a table by area, each claim with its evidence; at the end the sum in one line. Ends in a line break. */
export function renderVerify(verified: Verified, look: VerifyLook): string {
  const style = styleFor(look.color);
  const titleWidth = Math.max(0, ...verified.findings.map(({ title }) => width(title)));
  const lines: string[] = [];
  let area = "";
  for (const finding of verified.findings) {
    const next = finding.id.split("/")[0] ?? "";
    if (next !== area) lines.push(...(area === "" ? [] : [""]), style.bold(next));
    area = next;
    lines.push(...findingLines(finding, { titleWidth, style, columns: look.columns }));
  }
  return `${[...lines, "", summary(verified, style)].join("\n")}\n`;
}

/** How many findings of each result there are. */
export function countResults(findings: readonly Finding[]): Readonly<Record<FindingResult, number>> {
  const count = (result: FindingResult) => findings.filter((finding) => finding.result === result).length;
  return { pass: count("pass"), fail: count("fail"), "not-applicable": count("not-applicable") };
}

interface Layout {
  readonly titleWidth: number;
  readonly style: Style;
  readonly columns: number | null;
}

const indent = "          ";

function findingLines(finding: Finding, { titleWidth, style, columns }: Layout): readonly string[] {
  const { result, title, rule, hint } = finding;
  const evidence = printable(finding.evidence);
  const word = pad(words[result], 4);
  const ruleText = pad(rule, 8);
  if (result === "fail") {
    return [
      `  ${style.red(style.bold(word))}  ${pad(title, titleWidth)}  ${style.dim(ruleText.trimEnd())}`,
      `${indent}${style.red("found:")} ${evidence}`,
      ...(hint === null ? [] : [`${indent}${style.dim("mend: ")} ${printable(hint)}`]),
    ];
  }
  const painted = result === "pass" ? style.green(word) : style.dim(word);
  const room = columns === null ? Number.POSITIVE_INFINITY : columns - 2 - 4 - 2 - titleWidth - 2 - 8 - 2;
  return [`  ${painted}  ${pad(title, titleWidth)}  ${style.dim(`${ruleText}  ${cut(evidence, Math.max(room, 0))}`.trimEnd())}`];
}

function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  const characters = [...text];
  while (characters.length > 0 && width(characters.join("")) > columns - 1) characters.pop();
  return characters.length === 0 ? "" : `${characters.join("").trimEnd()}…`;
}

function summary({ environment, pid, unsafe, findings }: Verified, style: Style): string {
  const { pass, fail, "not-applicable": rest } = countResults(findings);
  const subject = environment === null ? `process ${pid}` : `${printable(environment)} (pid ${pid})`;
  const counts = `${pass} passed, ${rest} not applicable`;
  if (fail === 0 && unsafe.length > 0)
    return `${style.yellow(style.bold(`${subject} is isolated but for unsafe ${unsafe.join(", ")}:`))} ${counts}`;
  if (fail === 0) return `${style.green(style.bold(`${subject} is isolated:`))} ${counts}`;
  return `${style.red(style.bold(`${subject} is NOT isolated: ${fail} ${fail === 1 ? "finding" : "findings"}`))}, ${counts}`;
}
