import { Command, CommanderError, Option } from "commander";
import { CloisterError } from "../model/diagnostic.ts";
import { nearestName } from "../model/nearest-name.ts";
import type { Flag } from "./flag.ts";
import { flagsOfVerb, globalFlags, spelled } from "./flag.ts";
import type { Flags } from "./flags.ts";
import type { Verb } from "./verb.ts";
import { foreignVerbs, verbAliases, verbNamed, verbNames } from "./verb-names.ts";

/** A command line, taken apart. `verb` is null where only flags were given. */
export interface Arguments {
  readonly verb: Verb | null;
  readonly operands: readonly string[];
  readonly flags: Flags;
}

/** Takes a command line apart; throws `usage/...` with what is meant instead, where that can be guessed. */
export function parseArguments(argv: readonly string[], verbs: readonly Verb[]): Arguments {
  let parsed: Arguments | null = null;
  const program = command("cloister", globalFlags, argv).enablePositionalOptions().argument("[verb]").argument("[rest...]");
  program.action((word: string | undefined, _rest: readonly string[], options: Record<string, unknown>) => {
    if (word !== undefined) throw unknownVerb(word);
    parsed = { verb: null, operands: [], flags: flagsOf([options]) };
  });
  // Only the verbs whose names occur are made known: making all of them costs more than the rest of the parsing.
  for (const verb of verbs.filter(({ name }) => argv.some((word) => verbNamed(word) === name))) {
    const sub = command(verb.name, verbFlags(verb), argv)
      .argument("[operands...]")
      .passThroughOptions(verb.runs === "command");
    sub.aliases(Object.keys(verbAliases).filter((alias) => verbAliases[alias] === verb.name));
    sub.action((operands: readonly string[], options: Record<string, unknown>) => {
      parsed = { verb, operands, flags: flagsOf([program.opts(), options]) };
    });
    program.addCommand(sub);
  }
  try {
    program.parse(withBareValues(argv, verbs), { from: "user" });
  } catch (error) {
    throw error instanceof CommanderError ? usageError(error, argv, verbs) : error;
  }
  if (parsed === null) throw new Error("no action ran");
  return parsed;
}

/** Gives those flags their value that have one where none is given; none of a verb that passes flags on to a command. */
function withBareValues(argv: readonly string[], verbs: readonly Verb[]): readonly string[] {
  const name = argv.map(verbNamed).find((each) => each !== null);
  const bare = verbs.find((verb) => verb.name === name)?.flags.filter((flag) => flag.bare !== undefined) ?? [];
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
  return argv.map((word, index) => {
    const flag = index < end ? bare.find((each) => word === `--${spelled(each).name}`) : undefined;
    return flag === undefined ? word : `${word}=${flag.bare}`;
  });
}

function verbFlags(verb: Verb): readonly Flag[] {
  const { own, global } = flagsOfVerb(verb.flags);
  return [...own, ...global];
}

/** Of the flags, too, only those that may occur are made known. */
function command(name: string, flags: readonly Flag[], argv: readonly string[]): Command {
  const made = new Command(name).exitOverride().helpOption(false).helpCommand(false).allowExcessArguments();
  made.configureOutput({ writeErr: () => {}, writeOut: () => {} });
  for (const flag of flags.filter((one) => mayOccur(one, argv))) made.addOption(option(flag));
  return made;
}

/** Short ones can stand together, and before their value: `-yv`, `-fFILE`. */
function mayOccur(flag: Flag, argv: readonly string[]): boolean {
  const { short, name } = spelled(flag);
  return argv.some((word) => word.startsWith(`--${name}`) || (short !== null && /^-[^-]/.test(word) && word.includes(short.slice(1))));
}

const options = new Map<Flag, Option>();

/** Global flags stand before the verb and behind it: making one costs as much as the rest of its parsing. */
function option(flag: Flag): Option {
  const known = options.get(flag);
  if (known !== undefined) return known;
  const { short, name, value } = spelled(flag);
  const made = new Option(`${short === null ? "" : `${short}, `}--${name}${value === null ? "" : ` <${value}>`}`);
  if (flag.choices !== undefined) made.choices(flag.choices);
  if (flag.repeatable === true) made.argParser((given: string, before: readonly string[] | undefined) => [...(before ?? []), given]);
  options.set(flag, made);
  return made;
}

function flagsOf(given: readonly Record<string, unknown>[]): Flags {
  const key = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const all = (name: string) => given.map((options) => options[key(name)]).filter((value) => value !== undefined);
  return {
    // commander keeps `--no-x` as `x: false`
    has: (name) => (name.startsWith("no-") ? all(name.slice(3)).includes(false) : all(name).includes(true)),
    value: (name) => {
      const last = all(name).at(-1);
      return typeof last === "string" ? last : null;
    },
    values: (name) =>
      all(name)
        .flat()
        .filter((value) => typeof value === "string"),
  };
}

function unknownVerb(word: string): CloisterError {
  const meant = foreignVerbs.get(word) ?? nearestName(word, [...verbNames, ...Object.keys(verbAliases)]);
  const looksLikeFile = word.includes("/") || /\.ya?ml$/.test(word);
  return new CloisterError({
    code: "usage/unknown-verb",
    severity: "error",
    message: `there is no verb "${word}"`,
    hint: looksLikeFile
      ? `a manifest is given with -f: cloister plan -f ${word}`
      : `${meant === null ? "" : `did you mean "${meant}"? `}the verbs are ${verbNames.join(", ")}`,
  });
}

// commander says in words what it found; the words are quoted in its messages.
function usageError({ code, message }: CommanderError, argv: readonly string[], verbs: readonly Verb[]): CloisterError {
  const name = argv.map(verbNamed).find((each) => each !== null) ?? null;
  const verb = verbs.find((each) => each.name === name);
  const flags = verb === undefined ? globalFlags : verbFlags(verb);
  const [quoted = "", value = ""] = [...message.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? "");
  const flag = flags.find((each) => `--${spelled(each).name}` === /--[a-z-]+/.exec(quoted)?.[0]);
  const spelling = flag === undefined ? quoted : `--${spelled(flag).name}`;
  switch (code) {
    case "commander.unknownOption":
      return unknownFlag(quoted, { flags, where: verb === undefined ? "cloister" : verb.name });
    case "commander.optionMissingArgument":
      return invalidValue(`${spelling} needs a value`, `write ${spelling} ${flag === undefined ? "VALUE" : spelled(flag).value}`);
    case "commander.invalidArgument":
      return invalidValue(`${spelling} is "${value}", which it does not take`, `it takes ${flag?.choices?.join(", ") ?? "other values"}`);
    default:
      return invalidValue(message.replace(/^error: /, ""), "see cloister --help");
  }
}

function unknownFlag(word: string, { flags, where }: { readonly flags: readonly Flag[]; readonly where: string }): CloisterError {
  const names = flags.map((flag) => `--${spelled(flag).name}`);
  const meant = nearestName(word, names);
  return new CloisterError({
    code: "usage/unknown-flag",
    severity: "error",
    message: `${where} has no flag ${word}`,
    hint: `${meant === null ? "" : `did you mean ${meant}? `}the flags are ${names.join(", ")}`,
  });
}

function invalidValue(message: string, hint: string): CloisterError {
  return new CloisterError({ code: "usage/invalid-value", severity: "error", message, hint });
}
