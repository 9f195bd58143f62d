import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ProcessorShare } from "../support/processor-time.ts";
import type { Site } from "../support/site.ts";
import { groupOf, withSite } from "../support/site.ts";
import { withWatch } from "../support/watching.ts";
import { furnish, gone } from "./subjects.ts";
import type { Effort, Trial } from "./trial.ts";

/** Many at once, again and again, and things that hang or are broken on purpose. */
export const crowd: readonly Trial[] = [
  { id: "R09", what: "20 runs at once, 20 times: apply, destroy, exec", run: together },
  { id: "R13", what: "a frozen environment is destroyed, or that it cannot be is told; another one is unaffected", run: frozen },
  { id: "R23", what: "somebody inside undoes a mount again and again beside a watch", run: adversary },
  { id: "R25", what: "apply and destroy beside a watch: memory, descriptors, what is left", run: cycles },
];

const sleeper = { overlay: "ephemeral", command: ["sleep", "1000"] };
const cached = { ...sleeper, mounts: { "/cache": { type: "tmpfs", size: "1M" } } };

async function together({ share, random }: Effort): Promise<number> {
  const [rounds, runs] = share === "whole" ? [20, 20] : [2, 10];
  const verbs = [
    ["apply", "--yes"],
    ["destroy", "--yes", "--volumes"],
    ["exec", "-T", "web", "--", "true"],
  ];
  // Done, failed because it was not there or ended meanwhile, locked, something else by now; 125: exec could not enter.
  const allowed = [0, 1, 5, 7, 125, 137, 143];
  await withSite(async (site) => {
    site.declare({ web: sleeper });
    for (let round = 0; round < rounds; round++) {
      const results = await Promise.all(
        Array.from({ length: runs }, async () => {
          const verb = verbs[random.below(verbs.length)] ?? [];
          const flags = verb[0] === "exec" ? [] : ["--lock-timeout", "60s"];
          return { verb, result: await site.rig.cloister(...flags, ...verb) };
        }),
      );
      for (const { verb, result } of results) {
        if (!allowed.includes(result.code)) throw new Error(`${verb.join(" ")}: ${result.code}\n${result.stdout}\n${result.stderr}`);
      }
      await site.apply();
      const lives = readdirSync(join(groupOf(site.rig, await site.seen(), "pids"), "..")).filter((name) => name.startsWith("web-"));
      if (lives.length !== 1) throw new Error(`more than one life: ${lives.join(", ")}`);
    }
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    gone(site, "after all");
  });
  return rounds * runs;
}

async function frozen(): Promise<number> {
  await withSite(async (site) => {
    site.declare({ web: sleeper, db: sleeper });
    await site.apply();
    const { identity } = await site.seen("db");
    const seen = await site.seen("web");
    const first = join(groupOf(site.rig, seen, "freezer"), "freezer.state");
    const group = existsSync(first) ? first : join(groupOf(site.rig, seen, "pids"), "cgroup.freeze");
    writeFileSync(group, group === first ? "FROZEN" : "1");
    const { code, stdout } = await site.rig.cloister("destroy", "--yes", "--volumes", "web");
    if (code !== 0 && !(code === 1 && /does not end/.test(stdout))) throw new Error(`${code}: ${stdout}`);
    if ((await site.seen("db")).identity !== identity) throw new Error("another one was affected");
    if (existsSync(group)) writeFileSync(group, group === first ? "THAWED" : "0");
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    gone(site, "thawed");
  });
  return 1;
}

async function adversary({ share }: Effort): Promise<number> {
  const seconds = share === "whole" ? 20 : 8;
  let broken = 0;
  await withSite(async (site) => {
    await site.stand(cached);
    const { pid, identity } = await site.seen();
    await withWatch(site, [], async (watching) => {
      const [begun, used] = [performance.now(), new ProcessorShare(watching.pid)];
      while (performance.now() - begun < seconds * 1000) {
        try {
          execFileSync("nsenter", ["-t", String(pid), "-m", "--", "umount", "/cache"], { stdio: "ignore" });
          broken += 1;
        } catch {
          // It is not back yet.
        }
        await delay(20);
      }
      const share = used.now();
      await watching.told({ condition: "Flapping", status: true });
      if (share >= 0.25) throw new Error(`the watch used ${(share * 100).toFixed(0)} % of a core`);
    });
    if ((await site.seen()).identity !== identity) throw new Error("it was made anew");
  });
  return broken;
}

function memoryOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}

async function cycles({ share, oneIn }: Effort): Promise<number> {
  // What Node takes until it has compiled what it runs again and again is no growth: 61 MB after 50 times, 66 after 200, 71 after 350, 68 after 400.
  const [warm, count] = share === "whole" ? [200, Math.max(400, Math.round(2_000 / oneIn))] : [10, 40];
  await withSite(async (site: Site) => {
    furnish(site);
    site.declare({ web: cached, db: sleeper });
    await site.apply();
    await withWatch(site, ["--no-repair"], async (watching) => {
      const descriptors = () => readdirSync(`/proc/${watching.pid}/fd`).length;
      let [memory, open] = [0, 0];
      for (let cycle = 0; cycle < count; cycle++) {
        await site.rig.expect(0, "destroy", "--yes", "--volumes", "web");
        await site.rig.expect(0, "apply", "--yes", "--lock-timeout", "60s");
        if (cycle === warm) {
          await watching.calm();
          [memory, open] = [memoryOf(watching.pid), descriptors()];
        }
      }
      await watching.calm();
      const grown = memoryOf(watching.pid) - memory;
      if (grown >= 10) throw new Error(`it has grown by ${grown.toFixed(1)} MB`);
      if (descriptors() !== open) throw new Error(`${open} descriptors became ${descriptors()}`);
    });
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    gone(site, "after all cycles");
  });
  return count;
}
