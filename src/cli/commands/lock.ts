import { CloisterError } from "../../model/diagnostic.ts";
import { offlineFlag } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const lock: Verb = {
  name: "lock",
  summary: "write down what each root is made of, to the bit",
  description:
    "Resolves the roots from releases that cloister.lock, beside the manifest, does not describe yet: builds them from what the mirror has, keeps their packages in the store, and writes every package with its version and digest, the release file and its keys, the builder and what must come of it. What is described stays as it is, until --update. From then on plan, apply, build and watch take each root from the lock. `lock diff A B` says in what two locks differ. Tars and directories are not locked. --check and diff need no root.",
  operands: [
    { spelling: "[PACKAGE...]", description: "with --update: only these packages move, and those of the same source" },
    { spelling: "[diff A B]", description: "compare two locks" },
  ],
  flags: [
    { spelling: "--check", description: "end with 2 where the lock does not describe every root of the manifest, and write nothing" },
    { spelling: "--update", description: "resolve anew what is described already: all of it, or the named packages" },
    offlineFlag,
  ],
  examples: [
    { command: "cloister lock", shows: "resolve what is missing, and write cloister.lock" },
    { command: "cloister lock --check", shows: "for CI: exit code 2 where the manifest moved on" },
    { command: "cloister lock --update curl", shows: "curl and what is built of the same source, and nothing else" },
    { command: "cloister lock diff old.lock cloister.lock", shows: "what moved: ~ curl 7.88.1-10+deb12u5 -> u12" },
    { command: "cloister lock diff <(git show main:cloister.lock) cloister.lock", shows: "the same, against a branch (in bash)" },
  ],
  async run(context) {
    const { runLock, runLockDiff } = await import("../run-lock.ts");
    const [word, a, b, ...more] = context.operands;
    if (context.flags.has("check") && (context.flags.has("update") || word !== undefined)) {
      const [message, hint] = ["--check looks whether something is missing, and resolves nothing", "leave out --check, or all else"];
      throw new CloisterError({ code: "usage/invalid-value", severity: "error", message, hint });
    }
    if (word === "diff" && a !== undefined && b !== undefined && more.length === 0 && !context.flags.has("update"))
      return runLockDiff(context, [a, b]);
    return runLock(context);
  },
};
