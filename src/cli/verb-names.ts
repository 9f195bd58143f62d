/** Every verb, in the order of the help. */
export const verbNames = [
  "validate",
  "config",
  "build",
  "plan",
  "apply",
  "watch",
  "rollback",
  "drift",
  "history",
  "events",
  "status",
  "inspect",
  "logs",
  "exec",
  "shell",
  "verify",
  "doctor",
  "destroy",
  "unit",
  "version",
  "help",
] as const;

export type VerbName = (typeof verbNames)[number];

/** Second names, for hands that know compose. */
export const verbAliases: Readonly<Record<string, VerbName>> = { up: "apply", down: "destroy", ps: "status" };

/** The verb that a word means; null when it is none. */
export function verbNamed(word: string): VerbName | null {
  const alias = Object.hasOwn(verbAliases, word) ? verbAliases[word] : undefined;
  return verbNames.find((name) => name === word) ?? alias ?? null;
}

/** Whether a command line is answered without being taken apart: `--version`, `--help`, `help VERB`, `VERB --help`. */
export function isQuick(argv: readonly string[]): boolean {
  const [first = "", second = "", ...others] = argv;
  if (others.length > 0) return false;
  const asks = (word: string) => word === "--help" || word === "-h";
  if (second === "") return first === "" || first === "--version" || first === "-V" || first === "help" || asks(first);
  return (first === "help" || asks(second)) && verbNamed(first) !== null && (asks(second) || verbNamed(second) !== null);
}
