import type { Random } from "../support/random.ts";

/** How much of a trial is done: what CI has time for, or all of it. */
export interface Effort {
  readonly share: "ci" | "whole";
  readonly random: Random;
}

/** Something that goes wrong at a bad moment, again and again, and how often it did. Throws where what must hold did not. */
export interface Trial {
  /** The row of docs/reliability.md that it shows. */
  readonly id: string;
  readonly what: string;
  readonly run: (effort: Effort) => Promise<number>;
}
