import { renderHelp, renderVerbHelp } from "./help.ts";
import { terminal } from "./terminal.ts";
import { verbNamed } from "./verb-names.ts";
import { verbs } from "./verbs.ts";
import { cloisterVersion } from "./version.ts";

const [first = "", second = ""] = process.argv.slice(2);

// A bundle of its own, which the loader takes for what `isQuick` knows: `--version` and `--help` need nothing of the rest.
terminal.out(first === "--version" || first === "-V" ? `cloister ${cloisterVersion}\n` : helpText());

function helpText(): string {
  const name = verbNamed(first === "help" ? second : first);
  const verb = verbs.find((each) => each.name === name && each.name !== "help");
  return verb === undefined ? renderHelp(verbs) : renderVerbHelp(verb);
}
