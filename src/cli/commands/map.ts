import type { Verb } from "../verb.ts";

export const map: Verb = {
  name: "map",
  summary: "list the namespaces of this machine, who is in each and whose it is",
  description:
    "Lists every namespace of the machine in which a process lives, or that a mount keeps: its kind, its number as in /proc/PID/ns, the environment that it was made for, of any project, and the processes in it. Needs no manifest and changes nothing.",
  operands: [],
  flags: [],
  examples: [
    { command: "cloister map", shows: "every namespace, of each kind the host's first" },
    {
      command: "cloister map --json | jq '.namespaces[] | select(.owner == null and (.host | not))'",
      shows: "those that are nobody's of ours",
    },
  ],
  needsRoot: true,
  async run({ settings, terminal }) {
    const { namespaceMap } = await import("../../host/namespace-map.ts");
    const { mapDocument, renderMap } = await import("../../ui/render-map.ts");
    const found = namespaceMap();
    terminal.out(settings.json ? `${JSON.stringify(mapDocument(found))}\n` : renderMap(found, { color: settings.color.out }));
    return 0;
  },
};
