import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { readUsage } from "../host/usage.ts";
import type { Scope } from "../model/resource.ts";
import type { EnvironmentRate } from "../model/usage.ts";
import { usageRates } from "../model/usage.ts";

/** How often usage is looked at, and whether until a signal says that it is enough. */
export interface UsageWish {
  readonly intervalMs: number;
  readonly follow: boolean;
}

/** Tells what environments use, by two looks or by one more after each interval. Whether it was told to end. `running` is asked at each look. */
export async function followUsage(
  running: () => readonly Scope[],
  { intervalMs, follow }: UsageWish,
  tell: (environments: readonly EnvironmentRate[]) => void,
): Promise<boolean> {
  const ending = new AbortController();
  const signals = (["SIGINT", "SIGTERM"] as const).map((signal) => once(process, signal, { signal: ending.signal }));
  const ended = Promise.race(signals).then(
    () => true,
    () => true,
  );
  try {
    let before = readUsage(running());
    do {
      if (await Promise.race([ended, delay(intervalMs, false)])) return true;
      const now = readUsage(running());
      tell(usageRates(before, now));
      before = now;
    } while (follow);
    return false;
  } finally {
    ending.abort();
  }
}
