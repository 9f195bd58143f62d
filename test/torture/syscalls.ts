import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import type { Fault } from "./refusal.ts";
import { clear, withFault } from "./refusal.ts";
import type { Subject } from "./subjects.ts";
import { furnish, stands, subjects } from "./subjects.ts";
import type { Effort, Trial } from "./trial.ts";

/** What the kernel may refuse, and how. */
const faults: Readonly<Record<string, readonly string[]>> = {
  mount: ["EIO", "EPERM"],
  umount2: ["EBUSY"],
  pivot_root: ["EPERM"],
  setns: ["EPERM"],
  unshare: ["ENOSPC", "EPERM"],
  open_tree: ["EPERM"],
  move_mount: ["EINVAL"],
  mount_setattr: ["EPERM"],
  "mkdir,mkdirat": ["ENOSPC", "EROFS"],
  "rename,renameat,renameat2": ["ENOSPC"],
  "rmdir,unlink,unlinkat": ["EBUSY"],
  "clone,vfork": ["EAGAIN"],
  execve: ["ENOMEM"],
  fsync: ["EIO"],
  "chown,fchown,fchownat": ["EPERM"],
  ftruncate: ["EIO"],
};

/** The most that a thread makes of one of these calls. */
const mostCalls = 80;

/** Each call that makes, moves or ends something, refused in a whole run. */
export const syscalls: readonly Trial[] = Object.entries(faults).flatMap(([calls, errors]) =>
  errors.map((error) => ({
    id: "R21",
    what: `${calls.replaceAll(",", ", ")} refused (${error}) in an apply and a destroy`,
    run: (effort: Effort) => refused(calls, error, effort),
  })),
);

/** CI has time for the fullest environment, at some of its calls; else each one, at each of its calls. */
async function refused(calls: string, error: string, { share, oneIn, random }: Effort): Promise<number> {
  const chosen = share === "whole" ? subjects : subjects.filter(({ name }) => name === "everything");
  let count = 0;
  for (const subject of chosen) {
    await withSite(async (site) => {
      furnish(site);
      site.declare(subject.first);
      const each = async (command: readonly string[]) => {
        for (let when = 1; when <= mostCalls; when += 1 + random.below(share === "whole" ? 2 * oneIn - 1 : 4 * when)) {
          const injected = await refusedOnce(site, subject, { calls, error, when, command });
          if (!injected) break;
          count += 1;
        }
      };
      await each(["apply", "--yes"]);
      await each(["destroy", "--yes", "--volumes"]);
    });
  }
  return count;
}

/** One run in which each thread's call number `when` is refused: it ends with a clear error or as if nothing had been, and the next one finishes it. */
async function refusedOnce(site: Site, subject: Subject, fault: Fault): Promise<boolean> {
  const story = `${subject.name}: ${fault.command[0] ?? ""} with ${fault.calls} number ${fault.when} refused (${fault.error})`;
  if (fault.command[0] === "destroy") await site.rig.expect(0, "apply", "--yes");
  const { result, injected } = await withFault(site, fault);
  try {
    clear(result);
    await site.rig.expect(0, ...fault.command);
    if (fault.command[0] === "apply") {
      await stands(site, subject.first);
      await site.rig.expect(0, "destroy", "--yes", "--volumes");
    }
    // The tracer itself ends a moment after the last that it traces.
    await until("nothing is left", () => site.left().length === 0).catch(() => {
      throw new Error(`left behind:\n${site.left().join("\n")}`);
    });
  } catch (cause) {
    throw new Error(`${story}: ${String(cause)}\n${result.code}: ${result.stdout.slice(-2000)}\n${result.stderr}\n${injected.join("\n")}`);
  }
  return injected.length > 0;
}
