import type { Requirement } from "../model/capabilities.ts";
import { printable } from "./printable.ts";
import { styleFor } from "./style.ts";
import { pad, width } from "./width.ts";

const words: Readonly<Record<Requirement["result"], string>> = { ok: "ok", warn: "warn", fail: "FAIL" };

/** What a machine can do, as a table by area, with what mends each lack; at the end the sum in one line. Ends in a line break. */
export function renderDoctor(requirements: readonly Requirement[], { color }: { readonly color: boolean }): string {
  const style = styleFor(color);
  const paint = { ok: style.green, warn: style.yellow, fail: (text: string) => style.red(style.bold(text)) };
  const titleWidth = Math.max(0, ...requirements.filter(({ result }) => result === "ok").map(({ title }) => width(title)));
  const lines: string[] = [];
  let area = "";
  for (const { id, title, result, found, fix } of requirements) {
    const next = id.split("/")[0] ?? "";
    if (next !== area) lines.push(...(area === "" ? [] : [""]), style.bold(next.replace("-", " ")));
    area = next;
    lines.push(`  ${paint[result](pad(words[result], 4))}  ${pad(title, titleWidth)}  ${style.dim(printable(found))}`.trimEnd());
    if (fix !== null) lines.push(`        ${style.cyan("mend:")} ${printable(fix)}`);
  }
  return `${[...lines, "", summary(requirements)].join("\n")}\n`;
}

function summary(requirements: readonly Requirement[]): string {
  const count = (result: Requirement["result"]) => requirements.filter((one) => one.result === result).length;
  const [warnings, failures] = [count("warn"), count("fail")];
  const rest = `${count("ok")} ok${warnings === 0 ? "" : `, ${warnings} ${warnings === 1 ? "warning" : "warnings"}`}`;
  return failures === 0 ? `this machine can run cloister: ${rest}` : `this machine cannot run cloister yet: ${failures} to mend, ${rest}`;
}
