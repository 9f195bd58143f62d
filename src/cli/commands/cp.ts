import { copyOperands } from "../copy-operands.ts";
import type { Verb } from "../verb.ts";

export const cp: Verb = {
  name: "cp",
  summary: "copy files out of an environment that runs, or into it",
  description:
    "Copies a file or a directory with all that is in it. One side is ENVIRONMENT:/PATH, the other a path of the host, or - for a tar stream. Into a directory that is there it goes by its own name, and with /. behind the source what is in it goes there; else the destination is its new name. Inside, root of the environment reads and writes: no link leads out of the environment, nothing of its root is run. No link below the destination is followed. Owners become root, or with -a stay who they are, by the environment's map of ids. Devices, sockets and named pipes are left out, and named.",
  operands: [
    { spelling: "SOURCE", description: "what is copied: ENVIRONMENT:/PATH, PATH or -" },
    { spelling: "DESTINATION", description: "where to: PATH or -, or ENVIRONMENT:/PATH" },
  ],
  flags: [{ spelling: "-a, --archive", description: "keep owners" }],
  examples: [
    { command: "cloister cp web:/var/log/nginx ./logs", shows: "a directory, as ./logs, or in it where that is there" },
    { command: "cloister cp ./site/. web:/srv", shows: "what is in ./site, into /srv" },
    { command: "cloister cp web:/etc - | tar -t", shows: "as a tar stream" },
  ],
  needsRoot: true,
  async run(context) {
    const { operands, flags, terminal } = context;
    const copy = copyOperands(operands[0] ?? "", operands[1] ?? "");
    const { openEngine } = await import("../open-engine.ts");
    const engine = await openEngine(context, { makesNothing: true });
    await engine.copy({ ...copy, keepsOwners: flags.has("archive") }, (text) => terminal.error(text));
    return 0;
  },
};
