import type { Healthcheck, Process } from "../model/environment.ts";
import type { Process as WrittenProcess } from "../model/manifest.gen.ts";
import { readDuration } from "./duration.ts";
import { formatDuration } from "./quantity.ts";
import type { Reading } from "./reading.ts";
import { textAt } from "./reading.ts";
import type { Pointer, Value } from "./tree.ts";
import { inside } from "./tree.ts";

type Written = NonNullable<WrittenProcess["healthcheck"]>;

/** Each check starts several programs: more often than this is a load of its own. */
const leastSeconds = 0.1;

/** How it is asked whether a process is well; absent where it is not. */
export function readHealthcheck(reading: Reading, written: WrittenProcess["healthcheck"]): Pick<Process, "healthcheck"> {
  if (written === undefined) return {};
  const at = inside(reading.at, "healthcheck");
  const test = readTest(reading, inside(at, "test"), written.test);
  const seconds = (key: "interval" | "timeout" | "start_period" | "start_interval", otherwise: string) =>
    readDuration(reading, inside(at, key), { written: written[key] ?? otherwise, least: key === "start_period" ? 0 : leastSeconds });
  const healthcheck: Omit<Healthcheck, "test"> = {
    interval: seconds("interval", "30s"),
    timeout: seconds("timeout", "30s"),
    retries: written.retries ?? 3,
    start_period: seconds("start_period", "0s"),
    start_interval: seconds("start_interval", "5s"),
    on_failure: written.on_failure ?? "none",
  };
  return test === null ? {} : { healthcheck: { test, ...healthcheck } };
}

/** The check in its list form; null where there is none. */
function readTest(reading: Reading, at: Pointer, written: Written["test"]): Healthcheck["test"] | null {
  if (written === undefined) return null;
  if (typeof written === "string") return written === "NONE" ? null : ["CMD-SHELL", textAt(reading, at, written)];
  const [kind, ...words] = written.map((word, index) => textAt(reading, inside(at, index), word));
  if (kind === "NONE" && words.length === 0) return null;
  if (kind === "CMD" && words.length > 0 && words[0] !== "") return ["CMD", ...words];
  const [text = ""] = words;
  if (kind === "CMD-SHELL" && words.length === 1) return ["CMD-SHELL", text];
  if (!reading.findings.marked(at)) {
    const message = "healthcheck.test is neither [CMD, WORD...] nor [CMD-SHELL, TEXT] nor NONE";
    const hint = "write [CMD, pg_isready], or a text for the shell";
    reading.findings.report({ code: "manifest/wrong-format", at, message, hint });
  }
  return null;
}

/** As it is written. */
export function writtenHealthcheck({ test, retries, on_failure, ...durations }: Healthcheck): Readonly<Record<string, Value>> {
  const texts = Object.entries(durations).map(([key, seconds]) => [key, formatDuration(seconds)] as const);
  return { test: [...test], ...Object.fromEntries(texts), retries, on_failure };
}
