import { fileEvents } from "../engine/watch/files.ts";
import { Watch } from "../engine/watch.ts";
import { removeEmptyDirectory } from "../host/files.ts";
import type { Hint } from "../host/hints.ts";
import { hintsAt } from "../host/hints.ts";
import type { Directories } from "../host/linux.ts";
import { takeLock } from "../host/lock.ts";
import { CloisterError, diagnosticCodes } from "../model/diagnostic.ts";
import type { Event } from "../model/event.ts";
import type { Host } from "../model/host.ts";
import { watchLockPath } from "./project-places.ts";
import type { ProjectRequest } from "./watched-project.ts";
import { WatchedProject } from "./watched-project.ts";

/** What a watch is run with. */
export interface WatchRequest extends ProjectRequest {
  readonly host: Host;
  readonly directories: Pick<Directories, "locks" | "run">;
}

/**
 * Watches a project until SIGTERM or SIGINT, or once; SIGHUP makes it look at everything. One at a time: throws `engine/locked` with the pid of the other.
 * Returns 0; of `--once` what is left: 2 without repairs or where drift is only told, 5 where it takes a restart, else what failed.
 */
export async function runWatch(request: WatchRequest): Promise<number> {
  const { context, wish, manifest, directories } = request;
  if (context.settings.files.includes("-")) throw standardInput();
  const lock = await takeLock({
    path: watchLockPath(directories, manifest.project),
    verb: "watch",
    timeoutMs: context.settings.lockTimeoutMs,
  });
  const forget: (() => void)[] = [];
  try {
    let notice: Watch["notice"] = () => undefined;
    const files = wish.once ? null : await fileEvents(() => notice("files"));
    const kernel = wish.once ? null : request.host.listen(({ environment }) => notice("kernel", environment));
    forget.push(
      () => kernel?.close(),
      () => void files?.close(),
    );
    const report = noting(request, forget);
    const watched = new WatchedProject({ ...request, report }, { files, kernel });
    const watch = new Watch(watched, { ...wish, yes: context.settings.yes }, { report });
    notice = (sign, environment) => watch.notice(sign, environment);
    for (const [signal, sign] of [
      ["SIGHUP", "resync"],
      ["SIGTERM", "stop"],
      ["SIGINT", "stop"],
    ] as const) {
      const heed = () => notice(sign);
      process.on(signal, heed);
      forget.push(() => process.off(signal, heed));
    }
    const { held, warned, failed } = await watch.run();
    if (!wish.once) return 0;
    const [first] = failed;
    if (first !== undefined) return diagnosticCodes[first.code].exit;
    if (held.length > 0 && wish.repair) return 5;
    return held.length + warned.length === 0 ? 0 : 2;
  } finally {
    for (const each of forget) each();
    lock.remove();
  }
}

/** What is told is written down for `status` while this process lives; of what keeps breaking only what does. */
function noting({ report, directories, wish, manifest }: WatchRequest, forget: (() => void)[]): (event: Event) => void {
  if (wish.once) return report;
  const run = `${directories.run}/${manifest.project}`;
  const hints = hintsAt(run);
  const told = new Map<string, Hint>();
  forget.push(() => {
    hints.remove();
    removeEmptyDirectory(run);
  });
  return (event) => {
    if (event.type === "watch-started") hints.write([]);
    if (event.type === "condition") {
      const { condition, environment, status, reason, message, since, generation } = event;
      const key = `${condition} ${environment}`;
      told.delete(key);
      if (status || condition !== "Flapping") told.set(key, { condition, environment, status, reason, message, since, generation });
      hints.write([...told.values()]);
    }
    report(event);
  };
}

function standardInput(): CloisterError {
  const message = "a manifest from standard input cannot be watched";
  return new CloisterError({ code: "usage/invalid-value", severity: "error", message, hint: "name a file with -f" });
}
