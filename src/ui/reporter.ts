import type { Reporter } from "../model/event.ts";
import { jsonReporter } from "./json.ts";
import { plainReporter } from "./plain.ts";

/** How progress is wished for, and what it is shown on. */
export interface ReporterWish {
  readonly mode: "auto" | "tty" | "plain" | "json" | "quiet";
  readonly isTerminal: boolean;
  readonly color: boolean;
  readonly verbose: boolean;
  readonly write: (text: string) => void;
  /** The texts of manifests, for the frames of errors in them. */
  readonly sources?: ReadonlyMap<string, string>;
}

/** The reporter for a wish. On a terminal lines that move, unless each command is to be read (`verbose`); else lines that stay. */
export async function reporterFor(wish: ReporterWish): Promise<Reporter> {
  if (wish.mode === "json") return jsonReporter(wish.write);
  const moves = wish.isTerminal && (wish.mode === "tty" || (wish.mode === "auto" && !wish.verbose));
  if (!moves) return plainReporter({ ...wish, quiet: wish.mode === "quiet" });
  const { liveReporter } = await import("./live.ts");
  return liveReporter(wish);
}
