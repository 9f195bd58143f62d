/** Every verb, in the order of the help. */
export const verbNames = [
  "validate",
  "config",
  "build",
  "lock",
  "plan",
  "apply",
  "watch",
  "pause",
  "resume",
  "rollback",
  "reset",
  "drift",
  "history",
  "events",
  "status",
  "inspect",
  "graph",
  "map",
  "logs",
  "stats",
  "exec",
  "shell",
  "attach",
  "run",
  "cp",
  "start",
  "stop",
  "restart",
  "kill",
  "wait",
  "freeze",
  "thaw",
  "verify",
  "doctor",
  "rootfs",
  "gc",
  "destroy",
  "unit",
  "version",
  "help",
] as const;

export type VerbName = (typeof verbNames)[number];

/** Second names, for hands that know compose. */
export const verbAliases: Readonly<Record<string, VerbName>> = { up: "apply", down: "destroy", ps: "status", top: "stats" };

/** What hands that know compose mean by other words; a near name would be another thing: `pause` holds watch, not processes. */
export const foreignVerbs: ReadonlyMap<string, string> = new Map([
  ["unpause", "thaw"],
  ["images", "rootfs ls"],
  ["rm", "destroy"],
]);

/** The verb that a word means; null when it is none. */
export function verbNamed(word: string): VerbName | null {
  const alias = Object.hasOwn(verbAliases, word) ? verbAliases[word] : undefined;
  return verbNames.find((name) => name === word) ?? alias ?? null;
}
