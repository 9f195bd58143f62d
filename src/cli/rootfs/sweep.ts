import { existsSync } from "node:fs";
import { removeTree } from "../../host/files.ts";
import type { Garbage } from "../../host/store-sweep.ts";
import { garbageIn, sweepStore } from "../../host/store-sweep.ts";
import { lockStore } from "../../host/store-users.ts";
import type { SweepReport } from "../../ui/render-sweep.ts";
import { renderSweep, sweepDocument } from "../../ui/render-sweep.ts";
import type { Context } from "../context.ts";
import { durationMs } from "../flags.ts";
import type { RootStore } from "../root-store.ts";
import { openStore } from "../root-store.ts";
import type { RootfsAction } from "./action.ts";
import type { StandingUpper } from "./uppers.ts";
import { currentUppers } from "./uppers.ts";

/** `rootfs prune`: removes the roots that nothing needs. */
export const pruneAction: RootfsAction = {
  name: "prune",
  operands: [],
  flags: ["dry-run"],
  run: (context) => sweep(context, { verb: "rootfs", olderMs: null }),
};

/** What is to be swept. */
export interface SweepWish {
  readonly verb: string;
  /** Overlays that were set aside longer ago than this, in ms; null: none of them. */
  readonly olderMs: number | null;
}

/** As the flag `--older-than` says it, in ms. Throws `usage/invalid-value`. */
export function olderThan(text: string | null): number | null {
  const days = /^(\d{1,5})d$/.exec(text ?? "")?.[1];
  if (days !== undefined) return Number(days) * 86_400_000;
  return text === null ? null : durationMs("older-than", text);
}

/** Removes from the store what nothing needs, under its lock; with --dry-run only says what that would be. Returns the exit code. */
export async function sweep(context: Context, { verb, olderMs }: SweepWish): Promise<number> {
  const { settings, terminal, flags } = context;
  const store = openStore(context);
  const dry = flags.has("dry-run");
  const tell = (report: SweepReport) => {
    if (settings.json) terminal.out(`${JSON.stringify(sweepDocument(report))}\n`);
    else if (!settings.quiet) terminal.out(renderSweep(report, { color: settings.color.out }));
  };
  if (dry || !existsSync(store.path)) {
    tell({ ...lookFor(store, olderMs), store: store.path, removed: false });
    return 0;
  }
  const lock = await lockStore(store.path, { verb, timeoutMs: settings.lockTimeoutMs });
  try {
    // Looked for under the lock: what was needed a moment ago may not be any more, and the other way round.
    const found = lookFor(store, olderMs);
    await sweepStore(store.path, found.garbage);
    for (const { path } of found.uppers) await removeTree(path);
    tell({ ...found, store: store.path, removed: true });
  } finally {
    lock.remove();
  }
  return 0;
}

function lookFor(store: RootStore, olderMs: number | null): { readonly garbage: Garbage; readonly uppers: readonly StandingUpper[] } {
  const now = Date.now();
  // What a reset that was killed had begun to throw away, and what was set aside long enough ago.
  const uppers = currentUppers(store).filter(
    ({ standing, path, changedMs }) =>
      path.endsWith(".gone") || (olderMs !== null && standing === "set-aside" && now - changedMs > olderMs),
  );
  const gone = new Set(uppers.map(({ path }) => path));
  const used = store.uses(({ path }) => !gone.has(path));
  return { garbage: garbageIn(store.path, (root) => used(root).length > 0), uppers };
}
