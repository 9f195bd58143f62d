import { helpVerb } from "./commands/help.ts";
import { version } from "./commands/version.ts";
import type { Verb } from "./verb.ts";

/** Every verb. A verb is light until it runs: it imports what it needs then. */
export const verbs: readonly Verb[] = [version, helpVerb(() => verbs)];
