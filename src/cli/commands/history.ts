import { CloisterError } from "../../model/diagnostic.ts";
import type { Verb } from "../verb.ts";

export const history: Verb = {
  name: "history",
  summary: "show what was applied when and by whom, and what two generations differ in",
  description:
    "Each apply that changes what is wanted writes a generation: a whole description of the environments, which is never changed. Lists them with their date, user, git commit and what each changed; `history diff A B` shows in what two of them differ.",
  operands: [
    { spelling: "[diff]", description: "compare two generations" },
    { spelling: "[A]", description: "the number of one" },
    { spelling: "[B]", description: "the number of the other" },
  ],
  flags: [],
  examples: [
    { command: "cloister history", shows: "every generation of the project" },
    { command: "cloister history diff 3 5", shows: "what was changed from generation 3 to 5" },
    { command: "cloister history --json | jq '.generations[-1].commit'", shows: "the commit that was applied last" },
  ],
  needsRoot: true,
  async run(context) {
    const { generationAt, generationNumber, listGenerations, openRecord } = await import("../records.ts");
    const { settings, terminal, operands } = context;
    const { project, record } = openRecord(context);
    const [word, a, b] = operands;
    if (word === undefined) {
      const generations = listGenerations(record);
      const { historyDocument, renderHistory } = await import("../../ui/render-history.ts");
      if (settings.json) terminal.out(`${JSON.stringify(historyDocument(project, generations))}\n`);
      else terminal.out(renderHistory(generations, { color: settings.color.out }));
      return 0;
    }
    if (word !== "diff" || a === undefined || b === undefined) throw notDiff(operands);
    const { fieldDifferences } = await import("../../engine/generation.ts");
    const [before, after] = [generationAt(record, generationNumber(a)), generationAt(record, generationNumber(b))];
    const differences = fieldDifferences(before.environments, after.environments);
    const { historyDiffDocument, renderDifferences } = await import("../../ui/render-history.ts");
    if (settings.json)
      terminal.out(`${JSON.stringify(historyDiffDocument({ project, from: before.number, to: after.number, differences }))}\n`);
    else terminal.out(renderDifferences(differences, { color: settings.color.out }));
    return 0;
  },
};

function notDiff(operands: readonly string[]): CloisterError {
  return new CloisterError({
    code: "usage/invalid-value",
    severity: "error",
    message: `history does not know "${operands.join(" ")}"`,
    hint: "it takes nothing, or diff and the numbers of two generations: cloister history diff 3 5",
  });
}
