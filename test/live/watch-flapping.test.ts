// timeout: 400 s
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { stdout } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { ProcessorShare, processorSlowness } from "../support/processor-time.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

const cached = { command: ["sleep", "1000"], mounts: { "/cache": { type: "tmpfs", size: "1M" }, "/other": { type: "tmpfs", size: "1M" } } };

function tell(what: string, share: number): void {
  stdout.write(`\n  ${what}: ${(share * 100).toFixed(2)} % of a processor\n`);
}

/** For so long somebody breaks things. */
const seconds = 12;

/** Things that somebody does in the mount namespace, up to 50 times a second. What stands for a moment only is there long enough to be met by a look now and then. */
const attacks: Readonly<Record<string, string>> = {
  "takes a mount away": "umount /cache 2>/dev/null",
  "puts a mount where none is to be, and takes it away": "mount -t tmpfs none /srv; sleep 0.01; umount /srv",
  "puts one more over a mount each time": "mount -t tmpfs none /cache; umount /cache; umount /cache 2>/dev/null",
};

for (const [what, command] of Object.entries(attacks))
  live(`somebody who ${what}, 50 times a second, is told of, and costs less than a quarter of a processor`, () =>
    withSite(async (site) => {
      await site.stand(cached);
      const { pid, identity } = await site.seen();
      await withWatch(site, [], async (watching) => {
        const script = `i=0; while [ $i -lt ${seconds * 50} ]; do ${command}; i=$((i+1)); sleep 0.02; done`;
        const share = new ProcessorShare(watching.pid);
        const attacker = spawn("nsenter", ["-t", String(pid), "-m", "--", "/bin/sh", "-c", script], { stdio: "ignore" });
        await once(attacker, "close");
        const used = share.now();
        tell(`somebody who ${what}`, used);
        assert.ok(used < 0.25 * processorSlowness(), `${used}`);
        assert.ok(used > 0.001, "it was noticed at all");
        await watching.told({ condition: "Flapping", status: true });
        // Something else is repaired all the same.
        const { status } = spawnSync("nsenter", ["-t", String(pid), "-m", "--", "umount", "/other"]);
        assert.is(status, 0);
        await until("another mount is back", () => readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(" /other "), 10_000);
      });
      assert.is((await site.seen()).identity, identity);
    }),
  );

live("a process that crashes as soon as it is started is started less and less often, for less than a hundredth of a processor", () =>
  withSite(async (site) => {
    site.declare({ web: { command: ["sh", "-c", "kill -SEGV $$$$"] } });
    await site.rig.cloister("apply", "--yes");
    await withWatch(site, [], async (watching) => {
      // Where it has crashed before the apply is over, that has failed; else it was repaired: pauses grow by both.
      const isTold = () =>
        watching.lines.some(({ condition, status }) => (condition === "Flapping" || condition === "Degraded") && status === true);
      await until("it is told, and five tries", () => isTold() && watching.applies() >= 5, 60_000);
      const share = new ProcessorShare(watching.pid);
      const [begun, before] = [performance.now(), watching.applies()];
      await until("half a minute", () => performance.now() - begun > 30_000, 40_000);
      const tries = watching.applies() - before;
      assert.ok(tries >= 1 && tries <= 3, `${tries} tries in 30 s`);
      const used = share.now();
      tell("a crash loop, once it is known", used);
      assert.ok(used < 0.01 * processorSlowness(), `${used}`);
    });
  }),
);

test.run();
