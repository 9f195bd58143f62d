import type { Verb } from "../verb.ts";

export const events: Verb = {
  name: "events",
  summary: "show what was changed when, by whom, from what to what",
  description:
    "Prints the record of changes: each run that changed something, with its verb, user, git commit, duration and every address before and after. The record lies in the state directory as events.jsonl and only grows; it goes with the last environment of the project.",
  operands: [],
  flags: [],
  examples: [
    { command: "cloister events", shows: "everything that was changed in the project" },
    { command: "cloister events --json | jq 'select(.changed[].origin == \"drift\")'", shows: "the runs that mended drift" },
  ],
  needsRoot: true,
  async run(context) {
    const { openRecord } = await import("../records.ts");
    const { settings, terminal } = context;
    const recorded = openRecord(context).record.events();
    if (settings.json) {
      terminal.out(recorded.map((event) => `${JSON.stringify(event)}\n`).join(""));
    } else {
      const { isRecordedEvent, renderRecordedEvents } = await import("../../ui/render-events.ts");
      terminal.out(renderRecordedEvents(recorded.filter(isRecordedEvent), { color: settings.color.out }));
    }
    return 0;
  },
};
