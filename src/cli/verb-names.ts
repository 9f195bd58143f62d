/** Every verb, in the order of the help. */
export const verbNames = [
  "validate",
  "config",
  "build",
  "plan",
  "apply",
  "status",
  "inspect",
  "logs",
  "exec",
  "shell",
  "verify",
  "doctor",
  "destroy",
  "version",
  "help",
] as const;

export type VerbName = (typeof verbNames)[number];

/** Second names, for hands that know compose. */
export const verbAliases: Readonly<Record<string, VerbName>> = { up: "apply", down: "destroy", ps: "status" };

/** The verb that a word means; null when it is none. */
export function verbNamed(word: string): VerbName | null {
  return verbNames.find((name) => name === word) ?? verbAliases[word] ?? null;
}
