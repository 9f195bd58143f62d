import type { Reporter } from "../model/event.ts";
import { eventRecord } from "./event-json.ts";

/** Tells each event as one line of JSON. */
export function jsonReporter(write: (text: string) => void): Reporter {
  return {
    report: (event) => write(`${JSON.stringify(eventRecord(event))}\n`),
    close: () => Promise.resolve(),
  };
}
