import { CloisterError } from "../../model/diagnostic.ts";
import type { Verb } from "../verb.ts";
import { verbNamed, verbNames } from "../verb-names.ts";

/** `verbs` comes as a function: the list of verbs holds this one too. */
export function helpVerb(verbs: () => readonly Verb[]): Verb {
  return {
    name: "help",
    summary: "print help for cloister, a verb, or exit-codes",
    description: "Prints the list of verbs, or the flags and examples of one, or the table of exit codes.",
    operands: [{ spelling: "[TOPIC]", description: "a verb, or exit-codes" }],
    flags: [],
    examples: [
      { command: "cloister help apply", shows: "what apply does, its flags and examples" },
      { command: "cloister help exit-codes", shows: "what a run can end with" },
    ],
    async run({ operands, terminal }) {
      const { renderExitCodes, renderHelp, renderVerbHelp } = await import("../help.ts");
      const [topic] = operands;
      const verb = verbs().find(({ name }) => topic !== undefined && name === verbNamed(topic));
      if (topic === undefined) terminal.out(renderHelp(verbs()));
      else if (topic === "exit-codes") terminal.out(renderExitCodes());
      else if (verb !== undefined) terminal.out(renderVerbHelp(verb));
      else throw unknownTopic(topic);
      return 0;
    },
  };
}

function unknownTopic(topic: string): CloisterError {
  return new CloisterError({
    code: "usage/unknown-verb",
    severity: "error",
    message: `there is no help on "${topic}"`,
    hint: `there is help on ${verbNames.join(", ")} and exit-codes`,
  });
}
