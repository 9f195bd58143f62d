import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Rig } from "./rig.ts";
import { until } from "./until.ts";

/** A window of a tmux of its own, of 24 lines and 80 columns: a terminal that understands what programs draw with. */
export interface Window {
  /** Presses keys, each by its name of tmux (`Enter`, `C-c`, `F10`), or types a text. */
  press(...keys: readonly string[]): void;
  /** Waits until a line of the screen holds this, and returns the screen. */
  shows(what: string, pattern: RegExp): Promise<string>;
  /** The screen now. */
  screen(): string;
  resize(columns: number, rows: number): void;
}

/** Has a command run in a window until the body has ended; what ended leaves its last screen there. */
export async function inWindow(rig: Rig, command: readonly string[], body: (window: Window) => Promise<void>): Promise<void> {
  // The server of the window before may be about to end.
  const socket = join(mkdtempSync(join(rig.directory, "tmux-")), "socket");
  const tmux = (...args: readonly string[]) =>
    execFileSync("tmux", ["-S", socket, "-f", "/dev/null", ...args], {
      cwd: rig.directory,
      encoding: "utf8",
      env: { ...rig.env, LC_ALL: "C.UTF-8", TERM: "xterm", SHELL: "/bin/sh" },
    });
  tmux(
    "new-session",
    "-d",
    "-x",
    "80",
    "-y",
    "24",
    "sh",
    "-c",
    'printf "began\\n"; "$@"; echo "ended with $?"; exec sleep 600',
    "sh",
    ...command,
  );
  try {
    const screen = () => tmux("capture-pane", "-p");
    await body({
      press: (...keys) => void tmux("send-keys", ...keys),
      async shows(what, pattern) {
        const shown = () => pattern.test(screen());
        await until(`${what} (${pattern})`, shown, 30_000).catch((error: unknown) => {
          throw new Error(`${error instanceof Error ? error.message : String(error)}; the screen:\n${screen()}`);
        });
        return screen();
      },
      screen,
      resize: (columns, rows) => void tmux("resize-window", "-x", String(columns), "-y", String(rows)),
    });
  } finally {
    tmux("kill-server");
  }
}
