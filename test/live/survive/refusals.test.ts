import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../../support/needs.ts";
import { withSite } from "../../support/site.ts";
import { until } from "../../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

const cases = [
  ["host/read-only", 1, 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; shift; exec "$@"'],
  [
    "host/no-cgroups",
    6,
    'grep -o "/sys/fs/cgroup[^ ]*" /proc/mounts | sort -ru | while read -r p; do umount -l "$p"; done; shift; exec "$@"',
  ],
  [
    "host/old-tool",
    6,
    't=$(mktemp); printf "#!/bin/sh\\necho --help\\n" >"$t"; chmod 755 "$t"; mount --bind "$t" "$(command -v setpriv)"; rm "$t"; shift; exec "$@"',
  ],
] as const;

for (const [code, exit, script] of cases) {
  live(`${code} is told before anything is made`, () =>
    withSite(async (site) => {
      site.declare({ web: { overlay: "ephemeral" } });
      const command = ["sh", "-c", script, "sh", join(site.rig.stateDir, "..", "state"), ...site.rig.command("apply", "--yes")];
      const result = await site.rig.start(["unshare", "--mount", "--propagation", "private", ...command], {});
      assert.is(result.code, exit, `${result.stdout}${result.stderr}`);
      assert.match(result.stderr, new RegExp(`error ${code}: `));
      // The shim that was begun beside it sees that it has ended, and holds its mount namespace so long.
      await until("nothing is left", () => site.left().length === 0, 5_000);
    }),
  );
}

test.run();
