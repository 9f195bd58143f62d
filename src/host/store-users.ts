import * as fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../model/clock.ts";
import { CloisterError } from "../model/diagnostic.ts";
import { liveClaims, releaseClaims, writeClaim } from "./claims.ts";
import type { Lock } from "./lock.ts";
import { isLocked, takeLock } from "./lock.ts";
import { realDirectory } from "./owned.ts";

/** Runs that may be about to use a root of some store, one file each, in one place for the whole machine, whatever --state-dir says. */
const directory = "/run/cloister/.stores";

/** How long a sweep of a store may take, in ms: its files are only unlinked. */
const sweepMs = 30_000;

const sweepLock = (store: string) => `${store}/sweep.lock`;

/**
 * Says that this run may use roots of the store from now on: nothing is swept meanwhile. Waits for a sweep that has begun. The one writes its claim and looks for
 * the other's lock, the other takes its lock and looks for claims: both cannot go on.
 */
export async function useStore(store: string, verb: string): Promise<void> {
  uses += 1;
  writeClaim(directory, "store", realDirectory(store));
  const path = sweepLock(store);
  if (isLocked(path)) (await takeLock({ path, verb, timeoutMs: sweepMs })).release();
}

/** Gives it up, once for each time that it was said. */
export function leaveStore(): void {
  uses -= 1;
  if (uses === 0) releaseClaims(directory);
}

/** One part of a run may use it within another. */
let uses = 0;

/** Takes the lock under which a store is swept, when no other run uses it. Throws `engine/locked`. */
export async function lockStore(store: string, { verb, timeoutMs }: { readonly verb: string; readonly timeoutMs: number }): Promise<Lock> {
  const lock = await takeLock({ path: sweepLock(store), verb, timeoutMs });
  for (const until = monotonicMs() + timeoutMs; ; await delay(20)) {
    const [user] = usersOf(realDirectory(store));
    if (user === undefined) return lock;
    if (monotonicMs() < until) continue;
    lock.remove();
    throw new CloisterError({
      code: "engine/locked",
      severity: "error",
      message: `the store is in use by another run of cloister, pid ${user}`,
      hint: "wait for it with --lock-timeout 30s; nothing was removed",
    });
  }
}

/** The other processes that live and use a store. */
function usersOf(store: string): readonly number[] {
  return liveClaims(directory).flatMap(({ own, pid, file }) => (own || textOf(file) !== store ? [] : [pid]));
}

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
