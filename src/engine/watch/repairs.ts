import type { Change } from "../../model/change.ts";

/** So many repairs of one address within this time are flapping. */
const mostRepairs = 3;
const windowMs = 60_000;
/** How long it is then left alone: at first, and at the most; doubled each time that it breaks again. */
const firstPauseMs = 10_000;
const longestPauseMs = 300_000;
/** How long after a failure the next try is. */
const firstRetryMs = 1_000;

interface History {
  readonly times: readonly number[];
  /** How often it was left alone since it was last in order for a while. */
  readonly pauses: number;
  readonly until: number;
  readonly why: "repaired" | "failed" | null;
}

const blank: History = { times: [], pauses: 0, until: 0, why: null };

/** How often each address was repaired of late, and which are left alone for a while: what breaks again and again is not mended again and again. Times in ms. */
export class Repairs {
  readonly #histories = new Map<string, History>();

  /** An address was repaired; returns for how long it is left alone, where it breaks too often, else null. */
  repaired(address: string, now: number): number | null {
    const had = this.#histories.get(address) ?? blank;
    const times = [...had.times.filter((time) => time > now - windowMs), now];
    if (times.length < mostRepairs) {
      this.#histories.set(address, { ...had, times, why: had.pauses > 0 ? had.why : null });
      return null;
    }
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** had.pauses);
    this.#histories.set(address, { times, pauses: had.pauses + 1, until: now + pauseMs, why: "repaired" });
    return pauseMs;
  }

  /** What was to be done failed; returns for how long it is not tried again. */
  failed(address: string, now: number): number {
    const had = this.#histories.get(address) ?? blank;
    const pauseMs = Math.min(longestPauseMs, firstRetryMs * 2 ** had.pauses);
    this.#histories.set(address, { times: had.times, pauses: had.pauses + 1, until: now + pauseMs, why: "failed" });
    return pauseMs;
  }

  /** Whether a change is to be left alone now, itself or because of what it stands on. */
  isPaused({ address, environment }: Pick<Change, "address" | "environment">, now: number): boolean {
    return [...this.#histories].some(([broken, { until }]) => until > now && concerns(broken, { address, environment }));
  }

  /** Whether something in an environment is left alone now. */
  isAnyPaused(environment: string, now: number): boolean {
    return [...this.#histories].some(
      ([address, { until }]) => until > now && (address === environment || address.startsWith(`${environment}.`)),
    );
  }

  /** The next moment at which something is tried again; null where nothing is left alone. */
  nextTry(now: number): number | null {
    const times = [...this.#histories.values()].map(({ until }) => until).filter((until) => until > now);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Those that have stood for as long as they were left alone, and a minute: they are forgotten and returned. */
  recovered(now: number): readonly string[] {
    const over = [...this.#histories].filter(([, { times, until }]) => Math.max(until, ...times) + windowMs <= now);
    for (const [address] of over) this.#histories.delete(address);
    return over.filter(([, { why }]) => why !== null).map(([address]) => address);
  }

  /** A try went well; whether it had failed before. How often is remembered as long as for what was repaired: what fails every other time is tried less and less often, too. */
  succeeded(address: string, now: number): boolean {
    const had = this.#histories.get(address);
    if (had?.why !== "failed") return false;
    this.#histories.set(address, { ...had, until: now, why: null });
    return true;
  }

  /** Somebody has changed the manifest: everything is tried again at once. */
  clear(): void {
    this.#histories.clear();
  }
}

// A mount below one that keeps going away cannot be put on it.
function concerns(broken: string, { address, environment }: Pick<Change, "address" | "environment">): boolean {
  return address === broken || environment === broken || (broken.endsWith('"]') && address.startsWith(`${broken.slice(0, -2)}/`));
}
