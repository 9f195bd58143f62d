import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Site } from "../site.ts";
import { startOf } from "../site.ts";
import { until } from "../until.ts";
import type { DriftKind } from "./place.ts";
import { busyboxInMounts, doing, fromOutside } from "./place.ts";

const noDrift = { from: "outside", found: [], repaired: "nothing" } as const;
const restarted = { from: "outside", found: ["processes.main"], repaired: "restart of the process" } as const;

const runOf = ({ rig }: Site, ...names: readonly string[]) => join(rig.stateDir, "run", rig.project, ...names);
const stateOf = ({ rig }: Site, ...names: readonly string[]) => join(rig.stateDir, "state", rig.project, ...names);

/** What is done to records, which are no truth, and to what runs: these last, as what follows is another process or environment. */
export const recordKinds: readonly DriftKind[] = [
  {
    ...{ name: "id map written again (the kernel refuses)", ...noDrift },
    inject: doing(({ seen }) => {
      try {
        writeFileSync(`/proc/${seen.pid}/uid_map`, "0 0 1\n");
      } catch {
        return;
      }
      throw new Error("an id map could be written twice");
    }),
  },
  {
    ...{ name: "lock file removed", ...noDrift },
    inject: doing(({ site: { rig } }) => rmSync(join(rig.stateDir, "locks", `${rig.project}.lock`))),
  },
  {
    ...{ name: "record of what was applied removed", ...noDrift },
    inject: doing(({ site }) => rmSync(stateOf(site, "generations"), { recursive: true })),
  },
  { name: "record of a recycled pid", ...noDrift, inject: doing(({ site }) => writeRecycled(runOf(site))) },
  {
    ...{ name: "record of an end that did not happen", ...noDrift },
    inject: doing(({ site }) => {
      const [file = ""] = readdirSync(runOf(site, "web")).filter((name) => name.endsWith(".end"));
      writeFileSync(runOf(site, "web", file), "137 0123456789abcdef\n");
    }),
  },
  { name: "run directory gone", ...noDrift, inject: doing(({ site }) => rmSync(runOf(site), { recursive: true })) },
  {
    ...{ name: "umount, run directory gone", ...fromOutside, found: ['mounts["/cache"]'] },
    inject: (place) => {
      rmSync(runOf(place.site), { recursive: true, force: true });
      return busyboxInMounts("umount", "/cache")(place);
    },
  },
  { name: "state directory gone", ...noDrift, inject: doing(({ site }) => rmSync(stateOf(site), { recursive: true })) },
  { name: "main process killed", ...restarted, inject: ({ main }) => killed(main) },
  {
    ...{ name: "main process killed, run directory gone", ...restarted },
    inject: ({ site, main }) => {
      rmSync(runOf(site), { recursive: true, force: true });
      return killed(main);
    },
  },
  {
    ...{ name: "first process killed", from: "outside", found: [""], repaired: "new environment" },
    inject: ({ seen }) => killed(seen.pid),
  },
];

async function killed(pid: number): Promise<undefined> {
  process.kill(pid, "SIGKILL");
  await until("its end", () => startOf(pid) === null);
}

/** As a watch leaves its word behind that was killed, when its number is another process's by now. */
function writeRecycled(directory: string): void {
  mkdirSync(directory, { recursive: true });
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const condition = { condition: "Degraded", environment: "web", status: true, reason: "R", message: "m", since: "2020-01-01T00:00:00Z" };
  const record = { schema: "cloister/conditions/v1", pid: process.pid, start: "1", boot, conditions: [condition] };
  writeFileSync(join(directory, "conditions.json"), JSON.stringify(record));
}
