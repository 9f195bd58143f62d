// timeout: 900 s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lackingTool } from "../support/lacking-tool.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import type { TestNetwork } from "../support/test-network.ts";
import { withNetwork } from "../support/test-network.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft");

const declared: Declared = {
  // What a persistent one wrote would bind it to its range of ids, which other tests at the same time may be given.
  overlay: "ephemeral",
  network: { mode: "nat", ports: { "8080": 80 }, egress: { allow: ["dns"] }, ingress: { allow: ["host:80"] } },
  command: ["sleep", "1000"],
};

/** Does something that is killed behind its first step, its second, and so on, until it is done before it would be. Returns how many were cut. */
async function killedEverywhere(site: Site, args: readonly string[], after: (cut: boolean) => Promise<void>): Promise<number> {
  for (let step = 1; ; step++) {
    const { code, stderr } = await site.rig.run(args, { env: { CLOISTER_FAILPOINT: `kill:after:${step}` } });
    assert.ok(code === 137 || code === 0, `${args.join(" ")}, killed after ${step}: ${code}\n${stderr}`);
    await after(code === 137);
    if (code === 0) return step - 1;
  }
}

function withNat(body: (site: Site, network: TestNetwork) => Promise<void>, lacking = (): string | null => null): Promise<void> {
  return withNetwork((network) => withSite((site) => body(site, network), { network: lackingTool(network, lacking) }));
}

const destroy = ["destroy", "--yes", "--volumes"] as const;

live("a start that is killed behind any of its steps leaves nothing after a destroy, and is done by the next apply", () =>
  withNat(async (site, network) => {
    site.declare({ web: declared });
    const before = network.seen();
    const cut = await killedEverywhere(site, ["apply", "--yes"], async () => {
      await site.rig.expect(0, ...destroy);
      assert.is(network.seen(), before);
    });
    assert.ok(cut > 20, `only ${cut} were cut`);
    await killedEverywhere(site, ["apply", "--yes"], async () => {
      await site.apply();
      await site.rig.expect(0, ...destroy);
      assert.is(network.seen(), before);
    });
  }),
);

live("an end that is killed behind any of its steps is done by the next one", () =>
  withNat(async (site, network) => {
    site.declare({ web: declared });
    const before = network.seen();
    await site.apply();
    const cut = await killedEverywhere(site, destroy, async (isCut) => {
      await site.rig.expect(0, ...destroy);
      assert.is(network.seen(), before);
      if (isCut) await site.apply();
    });
    assert.ok(cut > 3, `only ${cut} were cut`);
  }),
);

for (const program of ["pasta", "slirp4netns"] as const)
  needs(
    test,
    "root",
    "busybox",
    "catatonit",
    "ip",
    "nft",
    program,
  )(`a start with mode user that is killed behind any of its steps leaves nothing, no ${program} either`, () =>
    withNat(
      async (site, network) => {
        site.declare({ web: { ...declared, network: { mode: "user", ports: { "127.0.0.1:8080": 80 }, egress: { allow: ["dns"] } } } });
        const before = network.seen();
        const listening = () => network.run("busybox", "netstat", "-ltun");
        const free = listening();
        const cut = await killedEverywhere(site, ["apply", "--yes"], async () => {
          await site.rig.expect(0, ...destroy);
          assert.is(network.seen(), before);
          assert.is(listening(), free);
        });
        assert.ok(cut > 15, `only ${cut} were cut`);
        site.declare({ web: declared });
        await site.apply();
        const { identity } = await site.seen();
        site.declare({ web: { ...declared, network: { mode: "user", ports: { "127.0.0.1:8080": 80 } } } });
        await killedEverywhere(site, ["apply", "--yes"], async () => undefined);
        assert.equal(await site.changes(), []);
        assert.is((await site.seen()).identity, identity);
        await site.rig.expect(0, ...destroy);
        assert.is(network.seen(), before);
        assert.is(listening(), free);
      },
      () => (program === "pasta" ? null : "pasta"),
    ),
  );

test.run();
