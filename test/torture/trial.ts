import type { Random } from "../support/random.ts";

/** How much of a trial is done: what CI has time for, or all of it. */
export interface Effort {
  readonly share: "ci" | "whole";
  /** Of the whole of what is tried at every place: one place in so many, by chance. 1: all of them. */
  readonly oneIn: number;
  readonly random: Random;
}

/** Something that goes wrong at a bad moment, again and again, and how often it did. Throws where what must hold did not. */
export interface Trial {
  /** The row of docs/reliability.md that it shows. */
  readonly id: string;
  readonly what: string;
  readonly run: (effort: Effort) => Promise<number>;
}

/** Whether a place is among those that are tried: one in so many is. */
export function isTried({ oneIn, random }: Effort): boolean {
  return oneIn === 1 || random.below(oneIn) === 0;
}
