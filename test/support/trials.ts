import { test } from "uvu";
import type { Trial } from "../torture/trial.ts";
import type { Need } from "./needs.ts";
import { needs } from "./needs.ts";
import { randomFrom } from "./random.ts";

/** A test for each trial, with the share that CI has time for; one that fails tells the seed that it had. */
export function testTrials(trials: readonly Trial[], ...wanted: readonly Need[]): void {
  const live = needs(test, "root", "busybox", "catatonit", ...wanted);
  for (const { id, what, run } of trials) {
    live(`${id}: ${what}`, async () => {
      const random = randomFrom(Date.now() % 2 ** 32);
      try {
        await run({ share: "ci", oneIn: 1, random });
      } catch (error) {
        throw new Error(`with seed ${random.seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      }
    });
  }
  test.run();
}
