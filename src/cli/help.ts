import { pad, width } from "../ui/width.ts";
import { exitCodes } from "./exit.ts";
import type { Flag } from "./flag.ts";
import { flagsOfVerb, globalFlags } from "./flag.ts";
import { usageLine } from "./operands.ts";
import type { Verb } from "./verb.ts";
import type { VerbName } from "./verb-names.ts";
import { verbAliases } from "./verb-names.ts";

const textColumns = 96;

const groups: readonly { readonly title: string; readonly verbs: readonly VerbName[] }[] = [
  { title: "Write a manifest", verbs: ["validate", "config"] },
  { title: "Make it so", verbs: ["plan", "apply", "watch", "pause", "resume", "build", "lock", "rollback", "reset", "destroy"] },
  { title: "Look", verbs: ["status", "drift", "inspect", "logs", "stats", "history", "events", "graph", "map"] },
  { title: "Work inside", verbs: ["exec", "shell", "attach", "run", "cp"] },
  { title: "Processes", verbs: ["start", "stop", "restart", "kill", "wait", "freeze", "thaw"] },
  { title: "Prove", verbs: ["verify", "doctor"] },
  { title: "Roots", verbs: ["rootfs", "gc"] },
  { title: "About", verbs: ["unit", "version", "help"] },
];

/** The help of the whole: every verb with one line, the flags that all of them take. */
export function renderHelp(verbs: readonly Verb[]): string {
  const sections = groups.map(({ title, verbs: names }) => {
    const rows = names.map((name) => [withAliases(name), verbs.find((verb) => verb.name === name)?.summary ?? ""] as const);
    return `${title}\n${table(rows, 16)}`;
  });
  return [
    "cloister: YAML manifests become running, isolated Linux environments, and stay so\n",
    "Usage: cloister VERB [FLAGS] [OPERANDS]\n",
    ...sections,
    `Flags of every verb\n${table(flagRows(globalFlags))}`,
    "More\n  cloister VERB --help      flags and examples of a verb\n  cloister help exit-codes  what a run can end with\n",
  ].join("\n");
}

/** The help of one verb, with its examples. */
export function renderVerbHelp(verb: Verb): string {
  const { own, global } = flagsOfVerb(verb.flags);

  const examples = verb.examples.map(({ command, shows }) => `  ${command}\n      ${shows}\n`).join("");
  return [
    `cloister ${withAliases(verb.name)}: ${verb.summary}\n`,
    `Usage: ${usageLine(verb)}\n`,
    `${wrap(verb.description, textColumns).join("\n")}\n`,
    ...(verb.operands.length === 0
      ? []
      : [`Operands\n${table(verb.operands.map(({ spelling, description }) => [spelling, description]))}`]),
    ...(own.length === 0 ? [] : [`Flags\n${table(flagRows(own))}`]),
    `Examples\n${examples}`,
    `Flags of every verb\n${table(flagRows(global))}`,
  ].join("\n");
}

/** The table of exit codes. */
export function renderExitCodes(): string {
  const rows = Object.entries(exitCodes).map(([code, meaning]) => [code, meaning] as const);
  return `What a run of cloister ends with\n${table(rows)}\nexec, shell and run end with the command's own code: 125 is a failure of cloister, 126 a command that\ncannot be run, 127 one that is not there, 128+N one that signal N ended.\n`;
}

function withAliases(name: VerbName): string {
  const aliases = Object.keys(verbAliases).filter((alias) => verbAliases[alias] === name);
  return aliases.length === 0 ? name : `${name} (${aliases.join(", ")})`;
}

function flagRows(flags: readonly Flag[]): (readonly [string, string])[] {
  return flags.map((flag) => {
    const notes = [flag.choices?.join(", ") ?? "", flag.repeatable === true ? "may be repeated" : ""].filter((note) => note !== "");
    const spelling = flag.spelling.startsWith("--") ? `    ${flag.spelling}` : flag.spelling;
    return [spelling, notes.length === 0 ? flag.description : `${flag.description} (${notes.join("; ")})`];
  });
}

function table(rows: readonly (readonly [string, string])[], least = 0): string {
  const first = Math.max(least, ...rows.map(([left]) => width(left)));
  return rows
    .map(([left, right]) => {
      const lines = wrap(right, textColumns - first - 4);
      return lines.map((line, index) => `  ${pad(index === 0 ? left : "", first)}  ${line}\n`).join("");
    })
    .join("");
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
