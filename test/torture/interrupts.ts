import { withSite } from "../support/site.ts";
import { startTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";
import { stateOf, stoppedAt } from "./stopped.ts";
import { furnish, gone, stands, subjects } from "./subjects.ts";
import type { Effort, Trial } from "./trial.ts";

/** Told to end, or left alone by its terminal, while it stands still at a step. */
export const interrupts: readonly Trial[] = [
  { id: "R18", what: "SIGINT and SIGTERM at each step: 130, and the next run goes on", run: interrupted },
  { id: "R19", what: "the terminal goes away at a step: what runs lives on, and the next run goes on", run: hungUp },
];

const [, everything] = subjects;

async function interrupted({ share, oneIn, random }: Effort): Promise<number> {
  let count = 0;
  await withSite(async (site) => {
    furnish(site);
    if (everything === undefined) return;
    site.declare(everything.first);
    for (let step = 1; ; step += 1 + random.below(share === "whole" ? 2 * oneIn - 1 : 15)) {
      const signal = step % 2 === 0 ? "SIGINT" : "SIGTERM";
      const { code, output } = await stoppedAt(site, { place: `before:${step}`, verb: ["apply", "--yes"] }, (pid) =>
        process.kill(pid, signal),
      );
      if (code === 0) break;
      if (code !== 130 || !/interrupted/.test(output)) throw new Error(`${signal} before step ${step}: ${code}\n${output}`);
      count += 1;
      await site.rig.expect(0, "apply", "--yes");
      await stands(site, everything.first);
      await site.rig.expect(0, "destroy", "--yes", "--volumes");
      gone(site, `${signal} before step ${step}`);
    }
  });
  return count;
}

async function hungUp({ share, random }: Effort): Promise<number> {
  let count = 0;
  await withSite(async (site) => {
    furnish(site);
    if (everything === undefined) return;
    for (let time = 0; time < (share === "whole" ? 30 : 3); time++) {
      site.declare({ db: { overlay: "ephemeral" } });
      await site.rig.expect(0, "apply", "--yes");
      const { identity } = await site.seen("db");
      site.declare({ db: { overlay: "ephemeral" }, ...everything.first });
      const place = `stop:before:${1 + random.below(60)}`;
      const terminal = startTerminal(site.rig, ["env", `CLOISTER_FAILPOINT=${place}`, ...site.rig.command("apply", "--yes")]);
      const [, pid = ""] = await terminal.shows(/PID (\d+)/);
      await until("it stops", () => stateOf(Number(pid)) === "T", 60_000);
      terminal.close();
      await until("its end", () => ["", "Z"].includes(stateOf(Number(pid))), 60_000);
      count += 1;
      await site.rig.expect(0, "apply", "--yes");
      await stands(site, everything.first);
      if ((await site.seen("db")).identity !== identity) throw new Error(`${place}: what ran before was made anew`);
      await site.rig.expect(0, "destroy", "--yes", "--volumes");
      gone(site, place);
    }
  });
  return count;
}
