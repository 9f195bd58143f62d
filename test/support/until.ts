import { setTimeout as delay } from "node:timers/promises";

/**
 * What `look` finds, once it finds something (anything but null, undefined and false): for states that no event tells. Looks every few
 * milliseconds, and throws, naming what was awaited, after `withinMs`.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  withinMs = 5_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs / 1000} s`);
    await delay(5);
  }
}
