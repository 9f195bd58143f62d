import type { Event } from "../model/event.ts";
import type { Terminal } from "./terminal.ts";

/** Ctrl-C and SIGTERM end the run after the current step; a second one at once (the kernel ends what is not committed). */
export function interruption(report: (event: Event) => void) {
  let happened = false;
  const handle = (signal: NodeJS.Signals) => {
    if (happened) process.exit(130);
    happened = true;
    report({ type: "interrupted", signal: signal === "SIGINT" ? "SIGINT" : "SIGTERM" });
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
  return {
    happened: () => happened,
    forget() {
      process.off("SIGINT", handle);
      process.off("SIGTERM", handle);
    },
  };
}

/** The exit code of a look that a signal has ended. What is typed next begins in a line of its own: a terminal has printed `^C` in this one. */
export function lookInterrupted(terminal: Pick<Terminal, "isTerminal" | "out">): 130 {
  if (terminal.isTerminal("stdout")) terminal.out("\n");
  return 130;
}
