import type { ListrTaskWrapper } from "listr2";
import { Listr } from "listr2";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Event, Reporter } from "../model/event.ts";
import { unreachable } from "../model/unreachable.ts";
import { renderDiagnostics } from "./code-frame.ts";
import { finishedText, progressText } from "./plain.ts";
import { printable } from "./printable.ts";
import { summarize } from "./render-plan.ts";
import { formatDuration } from "./units.ts";

type Wrapper = ListrTaskWrapper<unknown, typeof import("listr2").DefaultRenderer, typeof import("listr2").SimpleRenderer>;

/** One line of the screen: a group of changes that waits, runs, or has ended. */
interface Line {
  readonly name: string;
  wrapper: Wrapper | null;
  title: string;
  /** What is told of each step that runs, by its title. */
  readonly steps: Map<string, string>;
  /** Listr fails on words about a task that has ended. */
  over: boolean;
  readonly ended: Promise<void>;
  readonly succeed: () => void;
  readonly fail: (error: Error) => void;
}

/**
 * Tells events on a terminal: a line for each environment with what it is doing, and how far it is. What is to be read afterwards
 * (errors, the count at the end) is written when the reporter is closed and the terminal is free again.
 */
export function liveReporter(options: { readonly color: boolean; readonly write: (text: string) => void }): Reporter {
  const screen = new Screen(options.color);
  return {
    report: (event) => screen.show(event),
    close: async () => {
      await screen.end();
      options.write(screen.afterwards());
    },
  };
}

class Screen {
  readonly #color: boolean;
  readonly #lines = new Map<string, Line>();
  readonly #diagnostics: Diagnostic[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #last = "";

  constructor(color: boolean) {
    this.#color = color;
  }

  show(event: Event): void {
    switch (event.type) {
      case "apply-started":
        this.#begin(event.plan.groups.filter((group) => group.changes.length > 0).map((group) => group.name));
        break;
      case "environment-started":
        this.#retitle(event.environment, `${event.environment}: ${summarize(event.changes)}`);
        break;
      case "step-started":
        this.#step(event.environment, event.title, `[${event.done + 1}/${event.total}] ${printable(event.title)}`);
        break;
      case "step-progress":
        this.#detail(event.environment, progressText(event));
        break;
      case "step-finished":
        this.#step(event.environment, event.title, null);
        break;
      case "environment-finished":
      case "environment-failed":
      case "environment-skipped":
        this.#finish(event);
        break;
      case "interrupted":
        for (const name of this.#lines.keys())
          this.#detail(name, "interrupted: the step that runs is finished first, unless it only waits or builds a root");
        break;
      case "apply-finished":
        this.#last = `${finishedText(event)}\n`;
        break;
      case "warning":
        this.#diagnostics.push(event.diagnostic);
        break;
      // A watch goes on for ever: it is told in lines that stay.
      case "watch-started":
      case "condition":
      case "watch-stopped":
        break;
      default:
        unreachable(event);
    }
  }

  /** Frees the terminal; lines that have not ended by now never will. */
  async end(): Promise<void> {
    for (const line of this.#lines.values()) line.succeed();
    await this.#running;
  }

  afterwards(): string {
    return renderDiagnostics(this.#diagnostics, new Map(), { color: this.#color }) + this.#last;
  }

  #begin(names: readonly string[]): void {
    for (const name of names) this.#lines.set(name, lineOf(name));
    const tasks = [...this.#lines.values()].map((line) => ({
      title: line.title,
      task: (_: unknown, wrapper: Wrapper) => {
        line.wrapper = wrapper;
        wrapper.title = line.title;
        return line.ended;
      },
    }));
    const list = new Listr(tasks, {
      concurrent: true,
      exitOnError: false,
      // Ctrl-C belongs to the engine: the step that runs is finished first.
      registerSignalListeners: false,
      rendererOptions: { collapseErrors: true, formatOutput: "truncate" },
    });
    this.#running = list.run();
  }

  #finish(event: Extract<Event, { type: "environment-finished" | "environment-failed" | "environment-skipped" }>): void {
    const line = this.#lines.get(event.environment);
    const name = printable(event.environment);
    if (line !== undefined) line.over = true;
    switch (event.type) {
      case "environment-finished":
        this.#retitle(event.environment, `${event.environment}: ${summarize(event.changes)}, done in ${formatDuration(event.durationMs)}`);
        line?.succeed();
        break;
      case "environment-failed":
        this.#diagnostics.push(...event.diagnostics);
        line?.fail(new Error(`${name}: failed, ${event.done} of ${event.total} steps done`));
        break;
      case "environment-skipped":
        line?.wrapper?.skip(`${name}: skipped, ${printable(event.reason)}`);
        line?.succeed();
        break;
      default:
        unreachable(event);
    }
  }

  #retitle(name: string, title: string): void {
    const line = this.#lines.get(name);
    if (line === undefined) return;
    line.title = printable(title);
    if (line.wrapper !== null) line.wrapper.title = line.title;
  }

  /** What was begun last is told; when that is done, what still goes on beside it. */
  #step(name: string, title: string, text: string | null): void {
    const steps = this.#lines.get(name)?.steps;
    if (text === null) steps?.delete(title);
    else steps?.set(title, text);
    const shown = [...(steps?.values() ?? [])].at(-1);
    if (shown !== undefined) this.#detail(name, shown);
  }

  #detail(name: string, text: string): void {
    const line = this.#lines.get(name);
    if (line !== undefined && line.wrapper !== null && !line.over) line.wrapper.output = text;
  }
}

function lineOf(name: string): Line {
  let succeed = () => {};
  let fail = (_: Error) => {};
  const ended = new Promise<void>((resolve, reject) => {
    succeed = resolve;
    fail = reject;
  });
  // Listr listens once it has started the task; a failure before that must not count as unhandled.
  ended.catch(() => {});
  return { name, wrapper: null, title: `${printable(name)}: waiting`, steps: new Map(), over: false, ended, succeed, fail };
}
