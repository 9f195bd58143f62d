// S02, S03: root inside is nobody outside, in a range of 65,536 ids that nothing else on the machine has.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { IdMapLine } from "../../../src/kernel/idmap.ts";
import { parseIdMap } from "../../../src/kernel/idmap.ts";
import { needs } from "../../support/needs.ts";
import { processesOf, withSite } from "../../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("every process has ids of a range that is private and unprivileged", () =>
  withSite(async (site) => {
    const secret = join(site.rig.directory, "secret");
    writeFileSync(secret, "secret\n", { mode: 0o600 });
    await site.stand({ command: ["sleep", "1000"], mounts: { "/secret": { type: "bind", source: "./secret", idmap: "none" } } });
    const { pid } = await site.seen();
    const map = mapsOf(pid);
    for (const lines of Object.values(map)) {
      assert.is(lines.length, 1);
      const [{ inside, outside, count }] = [lines[0] ?? { inside: -1, outside: 0, count: 0 }];
      assert.equal([inside, outside % 65536, count], [0, 0, 65536]);
      assert.ok(outside >= 0x70000000 && outside < 0x7ffe0000, String(outside));
    }
    const processes = processesOf(site.rig);
    assert.ok(processes.length >= 2);
    for (const one of processes)
      assert.equal(
        idsOf(one).filter((id) => !isIn(id, map.uid)),
        [],
        `process ${one}`,
      );
    assert.is.not((await site.exec(["cat", "/secret"])).code, 0);
    // The control: root of the tutorial's environment is the host's.
    const naive = spawnSync("unshare", ["--user", "--map-root-user", "sh", "-c", 'cat /proc/self/uid_map "$0"', secret], {
      encoding: "utf8",
    });
    assert.match(naive.stdout, /^\s+0\s+0\s+1\nsecret\n$/);
  }),
);

live("the host's own ids need a word in the manifest, and the plan shows it", () =>
  withSite(async (site) => {
    for (const users of [
      { users: "host" },
      {
        users: {
          mode: "map",
          uid_mappings: [{ inside: 0, outside: 0, count: 10 }],
          gid_mappings: [{ inside: 0, outside: 100000, count: 10 }],
        },
      },
    ]) {
      site.declare({ web: users });
      const refused = await site.rig.cloister("apply", "--yes");
      assert.is(refused.code, 3);
      assert.match(refused.stderr, /host-user/);
      site.declare({ web: { ...users, unsafe: ["host-user"] } });
      const { stdout, stderr } = await site.rig.expect(0, "plan");
      assert.match(`${stdout}${stderr}`, /host-user: root inside is root on the host/);
    }
    // The control: that it is so.
    site.declare({ web: { users: "host", unsafe: ["host-user"] } });
    await site.apply();
    assert.equal(idsOf((await site.seen()).pid), [0]);
  }),
);

live("projects that start at the same moment never get the same range; what is there keeps its own", () =>
  withSite((first) =>
    withSite((second) =>
      withSite(async (third) => {
        const sites = [first, second, third];
        for (let round = 0; round < 4; round++) {
          for (const site of sites) site.declare({ web: { overlay: "ephemeral" }, db: { overlay: "none" } });
          await Promise.all(sites.map((site) => site.rig.expect(0, "apply", "--yes")));
          const seen = await Promise.all(sites.flatMap((site) => ["web", "db"].map((name) => site.seen(name))));
          const bases = seen.map(({ pid }) => mapsOf(pid).uid[0]?.outside);
          assert.is(new Set(bases).size, bases.length, bases.join(" "));
          for (const base of bases) for (const taken of takenElsewhere()) assert.is.not(base, taken);
          if (round < 3) for (const site of sites) await site.rig.expect(0, "destroy", "--yes");
        }
        // The control: whoever takes the lowest free range without telling anybody takes the same as the next.
        const lowest = () => lowestFree(sites.flatMap((site) => processesOf(site.rig)));
        assert.is(lowest(), lowest());
      }),
    ),
  ),
);

test.run();

function mapsOf(pid: number): { readonly uid: readonly IdMapLine[]; readonly gid: readonly IdMapLine[] } {
  const read = (name: string) => parseIdMap(readFileSync(`/proc/${pid}/${name}`, "utf8"));
  return { uid: read("uid_map"), gid: read("gid_map") };
}

/** The different user and group ids of a process, as the host counts. */
function idsOf(pid: number): number[] {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return [...new Set([...status.matchAll(/^[UG]id:\s+(.*)$/gm)].flatMap(([, ids = ""]) => ids.split("\t").map(Number)))];
}

function isIn(id: number, lines: readonly IdMapLine[]): boolean {
  return lines.some(({ outside, count }) => id >= outside && id < outside + count);
}

/** First ids of the blocks that users and subordinate ids of the host have. */
function takenElsewhere(): number[] {
  const users = execFileSync("cut", ["-d:", "-f3", "/etc/passwd"], { encoding: "utf8" }).split("\n").map(Number);
  return users.map((id) => Math.floor(id / 65536) * 65536);
}

function lowestFree(processes: readonly number[]): number {
  const taken = new Set(processes.flatMap((pid) => mapsOf(pid).uid.map(({ outside }) => outside)));
  let base = 0x70000000;
  while (taken.has(base)) base += 65536;
  return base;
}
