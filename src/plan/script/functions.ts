import { files } from "./functions/files.ts";
import { groups } from "./functions/groups.ts";
import { keeper } from "./functions/keeper.ts";
import { network } from "./functions/network.ts";
import { premises } from "./functions/premises.ts";
import { processes } from "./functions/processes.ts";
import { speech } from "./functions/speech.ts";
import { store } from "./functions/store.ts";

/**
 * What the steps of a script call, as POSIX shell: each function once, with a line on what it is for. They do what the host does for the same steps (src/host), and
 * nothing of a plan stands in them. `$at` is what the script is at, for whoever reads why it ended.
 */
export const shellFunctions: Readonly<Record<string, string>> = {
  ...speech,
  ...processes,
  ...files,
  ...groups,
  ...keeper,
  ...store,
  ...network,
  ...premises,
};

/** The names of the functions that a text calls, and that these call, in the order of the list. */
export function neededFunctions(body: string): readonly string[] {
  const names = Object.keys(shellFunctions);
  const needed = new Set<string>();
  const visit = (text: string) => {
    for (const name of names) {
      if (needed.has(name) || !new RegExp(`(^|[();|&!{]|\\b(?:if|then|do|while|else)) *${name}(?=[ ;)]|$)`, "m").test(text)) continue;
      needed.add(name);
      visit(shellFunctions[name] ?? "");
    }
  };
  visit(body);
  return names.filter((name) => needed.has(name));
}
