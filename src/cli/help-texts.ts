import { renderExitCodes, renderHelp, renderVerbHelp } from "./help.ts";
import { verbAliases, verbNames } from "./verb-names.ts";
import { verbs } from "./verbs.ts";
import { cloisterVersion } from "./version.ts";

/** What help and version print, by topic: the build writes a file for each, which the launcher shows without starting Node. */
export function helpTexts(): ReadonlyMap<string, string> {
  const texts = new Map([
    ["cloister", renderHelp(verbs)],
    ["exit-codes", renderExitCodes()],
    ["--version", `cloister ${cloisterVersion}\n`],
  ]);
  for (const word of [...verbNames, ...Object.keys(verbAliases)]) {
    const verb = verbs.find(({ name }) => name === (verbAliases[word] ?? word));
    // The help of help is the list of verbs.
    if (verb !== undefined) texts.set(word, word === "help" ? renderHelp(verbs) : renderVerbHelp(verb));
  }
  return texts;
}
