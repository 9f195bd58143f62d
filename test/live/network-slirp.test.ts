import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { pageAt } from "../support/test-network.ts";
import { until } from "../support/until.ts";
import { fetched, serving, uplinks, user, withUser } from "../support/user-network.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft", "slirp4netns");

const withSlirp = (body: Parameters<typeof withUser>[0]) => withUser(body, "pasta");

live("slirp4netns: a page is fetched from beyond the host, a published port leads in, and the host's loopback cannot be reached", () =>
  withSlirp(async (site, network, beyond) => {
    await site.stand(user({ ports: { "127.0.0.1:8080": 80, "8090-8091": "80-81" } }));
    const [pid = 0] = await uplinks(site);
    const { environments } = JSON.parse((await site.rig.expect(0, "status", "--json")).stdout);
    const published = ["127.0.0.1/8080:80 tcp", "8090:80 tcp", "8091:81 tcp"];
    assert.equal(environments[0].uplink, { program: "slirp4netns", pid, published });
    assert.match(
      (await site.rig.expect(0, "status")).stdout,
      new RegExp(`^ {2}uplink: slirp4netns, pid ${pid}; ${published.join("; ")}$`, "m"),
    );
    assert.match(readFileSync(`/proc/${pid}/comm`, "utf8"), /^slirp4netns/);
    for (const place of ["127.0.0.1:8080", "198.51.100.2:8090"]) await until(place, () => pageAt(network, place) === "from inside");
    assert.is(pageAt(network, "198.51.100.2:8080"), null);
    await serving(beyond, { site, at: "198.51.100.1:8000", page: "beyond" }, async () => {
      assert.is(await fetched(site, "198.51.100.1", 8000), "beyond");
    });
    await serving(network, { site, at: "127.0.0.1:8001", page: "loopback" }, async () => {
      assert.is(pageAt(network, "127.0.0.1:8001"), "loopback");
      for (const address of ["127.0.0.1", "10.0.2.2", "10.0.2.15", "10.0.2.3"])
        assert.is(await fetched(site, address, 8001), null, address);
    });
  }),
);

test.run();
