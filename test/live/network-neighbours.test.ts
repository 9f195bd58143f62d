import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { withSite } from "../support/site.ts";
import { withNetwork } from "../support/test-network.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft");

live("an environment that switches IPv6 off for itself has no address of that, and its neighbours know none", () =>
  withNetwork((network) =>
    withSite(
      async (site) => {
        const nat = { network: { mode: "nat" } };
        site.declare({ web: nat, four: { ...nat, sysctls: { "net.ipv6.conf.all.disable_ipv6": "1" } } });
        await site.apply();
        const addresses = async (name: string) =>
          (await site.rig.expect(0, "exec", "-T", name, "--", "ip", "address", "show", "dev", "eth0")).stdout;
        assert.match(await addresses("web"), /inet6 fd/);
        assert.not.match(await addresses("four"), /inet6 fd/);
        assert.match(await site.inside("cat", "/etc/hosts"), /^fd\S+\s+web$/m);
        assert.not.match(await site.inside("cat", "/etc/hosts"), /^fd\S+\s+four$/m);
      },
      { network },
    ),
  ),
);

live("an environment that is made anew is reached at once by one that has spoken with it before", () =>
  withNetwork((network) =>
    withSite(
      async (site) => {
        const served = { "/srv/index.html": { content: "from db\n" } };
        site.declare({
          web: { network: { mode: "nat" } },
          db: { network: { mode: "nat" }, files: served, command: ["busybox", "httpd", "-f", "-p", "80", "-h", "/srv"] },
        });
        await site.apply();
        const address = /^([\d.]+)\s+db$/m.exec(await site.inside("cat", "/etc/hosts"))?.[1] ?? "";
        const asking = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 1 ${address} 80`;
        const fetched = () => site.rig.cloister("exec", "-T", "web", "--", "sh", "-c", asking);
        const isThere = () => until("the page", async () => (await fetched()).stdout.endsWith("from db\n"));
        await isThere();
        await site.rig.expect(0, "destroy", "-y", "db");
        await site.apply();
        // What its neighbours know of it holds for it still: else they ask for half a minute where nobody is.
        await isThere();
      },
      { network },
    ),
  ),
);

test.run();
