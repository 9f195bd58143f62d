import { printable } from "./printable.ts";
import { styleFor } from "./style.ts";
import { formatDuration } from "./units.ts";

/** One line of events.jsonl, `cloister/events/v1` (schemas/output/events-v1.json): a run that changed something. */
export interface RecordedEvent {
  readonly schema: "cloister/events/v1";
  readonly date: string;
  readonly verb: string;
  readonly uid: number;
  readonly commit: string | null;
  /** The generation that was written; null: what is applied stayed the same. */
  readonly generation: number | null;
  readonly exit_code: number;
  readonly duration_ms: number;
  readonly changed: readonly RecordedChange[];
}

/** One value that was changed, as it was shown to people; null: nothing was, or is, there. */
export interface RecordedChange {
  readonly address: string;
  readonly action: string;
  readonly origin: string | null;
  readonly before: string | null;
  readonly after: string | null;
}

/** Whether a line of the file is one that this version knows. */
export function isRecordedEvent(value: unknown): value is RecordedEvent {
  if (typeof value !== "object" || value === null) return false;
  const { schema, changed }: Partial<RecordedEvent> = value;
  return schema === "cloister/events/v1" && Array.isArray(changed);
}

/** What was changed, for people, oldest first. Ends in a line break. */
export function renderRecordedEvents(events: readonly RecordedEvent[], options: { readonly color: boolean }): string {
  if (events.length === 0) return "nothing was changed yet\n";
  const style = styleFor(options.color);
  const lines = events.flatMap(({ date, verb, uid, commit, generation, exit_code: code, duration_ms: ms, changed }) => {
    const notes = [
      `uid ${uid}`,
      ...(commit === null ? [] : [`commit ${printable(commit.slice(0, 12))}`]),
      ...(generation === null ? [] : [`generation ${generation}`]),
      ...(code === 0 ? [] : [style.red(`ended with ${code}`)]),
      formatDuration(ms),
    ];
    const head = `${style.dim(printable(date))}  ${style.bold(printable(verb))}  ${notes.join(", ")}`;
    return [head, ...changed.map((change) => `  ${changeLine(change)}`)];
  });
  return `${lines.join("\n")}\n`;
}

function changeLine({ address, before, after, origin }: RecordedChange): string {
  const values = `${before === null ? "nothing" : printable(before)} -> ${after === null ? "nothing" : printable(after)}`;
  return `${printable(address)}: ${values}${origin === null ? "" : ` (${printable(origin)})`}`;
}
