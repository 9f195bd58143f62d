import { spawnSync } from "node:child_process";
import { stdout } from "node:process";
import { until } from "./until.ts";

/** Milliseconds that something took, again and again. */
export interface Latencies {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** How many times slower this machine was meanwhile than an idle one; 1 or more. */
  readonly slowness: number;
}

/** Milliseconds that an idle machine takes to start a process and to see it end, at the most. */
const idleSpawnMs = 3;

function slownessNow(): number {
  const took = Array.from({ length: 9 }, () => {
    const begun = performance.now();
    spawnSync("/bin/true");
    return performance.now() - begun;
  }).sort((a, b) => a - b);
  return Math.max(1, (took[4] ?? 0) / idleSpawnMs);
}

/** Milliseconds until something is so; printed. */
export async function timed(what: string, look: () => Promise<boolean> | boolean): Promise<number> {
  const begun = performance.now();
  await until(what, look, 10_000);
  const took = performance.now() - begun;
  stdout.write(`\n  ${what}: ${took.toFixed(0)} ms\n`);
  return took;
}

/** Does something `times` times (0 ...), each time until it says so, and tells how long that took; printed. */
export async function latencies(
  what: string,
  times: number,
  act: (time: number) => Promise<() => Promise<boolean> | boolean>,
): Promise<Latencies> {
  const took: number[] = [];
  let slowness = slownessNow();
  for (let time = 0; time < times; time++) {
    const isDone = await act(time);
    const begun = performance.now();
    await until(`${what}, time ${time}`, isDone, 10_000);
    took.push(performance.now() - begun);
  }
  took.sort((a, b) => a - b);
  slowness = Math.max(slowness, slownessNow());
  const [min = 0, median = 0, max = 0] = [took[0], took[Math.floor(took.length / 2)], took.at(-1)];
  stdout.write(
    `\n  ${what}, ${times} times: ${[min, median, max].map((ms) => ms.toFixed(0)).join(" / ")} ms (min / median / max), machine ${slowness.toFixed(1)} times slower than idle\n`,
  );
  return { min, median, max, slowness };
}
