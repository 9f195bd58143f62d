import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import type { Subject } from "./subjects.ts";
import { furnish, gone, stands, subjects } from "./subjects.ts";
import type { Effort, Trial } from "./trial.ts";

/** Killed at any moment, not only between steps. CI has that in test/live/crash. */
export const moments: readonly Trial[] = subjects.map((subject) => ({
  id: "R01",
  what: `${subject.name}: apply, change and destroy, killed at random moments`,
  run: (effort) => killedAtMoments(subject, effort),
}));

/** Kills of each environment's three runs; of six environments about a thousand. */
const rounds = 56;

async function killedAtMoments(subject: Subject, { oneIn, random }: Effort): Promise<number> {
  const { first, second } = subject;
  let count = 0;
  await withSite(async (site) => {
    furnish(site);
    const runs = [
      { declared: first, verb: ["apply", "--yes"] },
      { declared: second, verb: ["apply", "--yes"] },
      { declared: second, verb: ["destroy", "--yes", "--volumes"] },
    ];
    const whole: number[] = [];
    for (let round = 0; round <= Math.ceil(rounds / oneIn); round++) {
      for (const [index, { declared, verb }] of runs.entries()) {
        site.declare(declared);
        // The first round tells how long each of them takes.
        if (round === 0) whole[index] = await ranMs(site, verb, null);
        else {
          const moment = random.next() * (whole[index] ?? 0);
          if ((await ranMs(site, verb, moment)) < (whole[index] ?? 0)) count += 1;
        }
        await site.rig.expect(0, ...verb);
        if (verb[0] === "apply") await stands(site, declared);
        else gone(site, `round ${round}`);
      }
    }
  });
  return count;
}

/** Runs a verb and kills it, alone, after so many milliseconds; how long it ran. */
async function ranMs({ rig }: Site, verb: readonly string[], killAfterMs: number | null): Promise<number> {
  const [program, ...args] = rig.command(...verb);
  const begun = performance.now();
  const child = spawn(program, args, { cwd: rig.directory, env: { ...rig.env }, stdio: "ignore" });
  const timer = killAfterMs === null ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  await once(child, "exit");
  clearTimeout(timer);
  return performance.now() - begun;
}
