import { execFileSync } from "node:child_process";
import { readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { DriftDocument } from "../support/drift-document.ts";
import { driftOf } from "../support/drift-document.ts";
import { needs } from "../support/needs.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("extra_hosts and dns: written, changed and taken away in place, with the names before and after", () =>
  withSite(async (site) => {
    await site.stand({ extra_hosts: { db: "10.0.0.5", "www.example.org": ["192.0.2.1", "2001:db8::1"] }, dns: ["192.0.2.53"] });
    const { identity } = await site.seen();
    const hosts =
      "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n127.0.1.1 web\n10.0.0.5 db\n192.0.2.1 www.example.org\n2001:db8::1 www.example.org";
    assert.is(await site.inside("cat", "/etc/hosts"), hosts);
    assert.is(await site.inside("cat", "/etc/resolv.conf"), "nameserver 192.0.2.53");
    await site.inside("sh", "-c", "sed -i s/10.0.0.5/6.6.6.6/ /etc/hosts; echo nameserver 6.6.6.6 >/etc/resolv.conf");
    assert.equal(
      (await driftOf(site, 2)).findings.map(({ address, wanted, found, evidence }) => [address, wanted, found, evidence?.slice(0, 23)]),
      [
        ["web.extra_hosts.db", "10.0.0.5", "6.6.6.6", "/etc/hosts: 6.6.6.6 db"],
        ["web.dns", "192.0.2.53", "6.6.6.6", "/etc/resolv.conf: file,"],
      ],
    );
    await site.apply();
    site.declare({ web: { hostname: "www", extra_hosts: { db: "10.0.0.6" }, dns: ["2001:db8::53"] } });
    const { stdout } = await site.rig.expect(0, "plan");
    for (const line of [
      / db +10\.0\.0\.5 -> 10\.0\.0\.6/,
      / web +127\.0\.1\.1 -> nothing/,
      / www +nothing -> 127\.0\.1\.1/,
      / 192\.0\.2\.53 -> 2001:db8::53/,
    ])
      assert.match(stdout, line);
    await site.apply();
    site.declare({ web: {} });
    assert.equal(await site.changes(), ["update web.hostname", "destroy web.extra_hosts", "destroy web.dns"]);
    await site.apply();
    assert.is((await site.exec(["cat", "/etc/hosts"])).code, 1);
    assert.is((await site.seen()).identity, identity);
  }),
);

live(
  "the host's resolv.conf is followed: pending when it changes, drift when it is changed inside, applied by a watch when it is renamed over",
  () =>
    withSite(async (site) => {
      const etc = join(site.rig.directory, "etc");
      execFileSync("cp", ["-a", "/etc", etc]);
      const resolver = join(etc, "resolv.conf");
      const say = (server: string) => {
        writeFileSync(`${resolver}.new`, `# of the host\nnameserver ${server}\n`);
        renameSync(`${resolver}.new`, resolver);
      };
      // Nothing of the machine is changed: these command lines see another /etc.
      const through = [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "--",
        "sh",
        "-c",
        'mount --bind "$0" /etc && exec "$@"',
        etc,
      ] as const;
      const run = async (...args: readonly string[]) => (await site.rig.start([...through, ...site.rig.command(...args)], {})).stdout;
      symlinkSync("../run/systemd/resolve/stub-resolv.conf", join(site.root, "etc/resolv.conf"));
      site.declare({ web: { dns: "host" } });
      say("192.0.2.1");
      await run("apply", "-y");
      assert.is(await site.inside("cat", "/etc/resolv.conf"), "# of the host\nnameserver 192.0.2.1", "in the place of the root's link");
      const { pid } = await site.seen();
      say("192.0.2.2");
      const { pending, findings }: DriftDocument = JSON.parse(await run("drift", "--json"));
      assert.equal([pending, findings], [["web.dns.host"], []]);
      assert.match(await run("plan"), /192\.0\.2\.1 -> 192\.0\.2\.2/);
      await withWatch({ ...site, through }, [], async () => {
        const shows = (server: string) => readFileSync(`/proc/${pid}/root/etc/resolv.conf`, "utf8").includes(server);
        await until("what changed before", () => shows("192.0.2.2"));
        say("192.0.2.3");
        await until("what is renamed over", () => shows("192.0.2.3"));
      });
      await site.inside("sh", "-c", "echo >/etc/resolv.conf");
      const drifted: DriftDocument = JSON.parse(await run("drift", "--json"));
      assert.equal([drifted.findings[0]?.address, drifted.findings[0]?.found, drifted.pending], ["web.dns", "no name servers", []]);
    }),
);

test.run();
