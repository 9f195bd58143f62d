import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LeaseRequest } from "../../../src/engine/leases.ts";
import { leasesOf, overlaps } from "../../../src/engine/leases.ts";
import type { NamedLife } from "../../../src/engine/lives.ts";
import { load } from "../../../src/manifest/load.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";
import { projectNetwork } from "../../../src/model/network.ts";

const { bridge } = projectNetwork("t");

/** Environments by their names, each with the address that stands behind an `@`. */
function manifestOf(...names: readonly string[]): LeaseRequest["manifest"] {
  const environments = Object.fromEntries(
    names.map((written) => {
      const [name, address] = written.split("@");
      return [name, { rootfs: { directory: "/r" }, network: { mode: "nat", address } }];
    }),
  );
  const loaded = load({
    sources: [{ path: "t.yaml", text: JSON.stringify({ api_version: "cloister/v1", name: "t", environments }) }],
    directory: "/",
  });
  if (!("manifest" in loaded)) throw new Error("not valid");
  return loaded.manifest;
}

interface Machine {
  readonly routes?: readonly (readonly [prefix: string, link: string])[];
  readonly running?: Readonly<Record<string, string>>;
  readonly ipv6?: boolean;
}

function leases(names: readonly string[], { routes = [], running = {}, ipv6 = false }: Machine = {}) {
  const pids = Object.keys(running);
  const host = {
    networkSeen: () => ({ routes: routes.map(([prefix, link]) => ({ prefix, interface: link })), ipv6 }),
    addressesOf: (pid: number) => [running[pids[pid - 1] ?? ""] ?? ""],
  };
  const found = pids.map(
    (name, index): NamedLife => ({
      ...{ name, birth: name, former: null, id: "aaaaaaaa", directory: "/" },
      keeper: { pid: index + 1, start: "1", assembled: true, parent: 1, base: 0 },
    }),
  );
  return leasesOf(host, { project: "t", manifest: manifestOf(...names), last: null, found });
}

test("the first range that no route of the host has anything in common with", () => {
  assert.equal(leases(["web"]).get("web")?.gateways, ["10.213.0.1/24"]);
  assert.equal(
    leases(["web"], {
      routes: [
        ["10.213.0.128/25", "eth0"],
        ["10.213.1.0/24", "eth0"],
      ],
    }).get("web")?.gateways,
    ["10.213.2.1/24"],
  );
  assert.equal(leases(["web"], { routes: [["10.0.0.0/8", "vpn"]] }).get("web")?.gateways, ["172.29.0.1/24"]);
  const all = [
    ["10.0.0.0/8", "vpn"],
    ["172.16.0.0/12", "vpn"],
    ["192.168.0.0/16", "vpn"],
  ] as const;
  assert.throws(
    () => leases(["web"], { routes: all }),
    (error: unknown) => error instanceof CloisterError && error.diagnostics[0]?.code === "engine/no-range",
  );
});

test("what stands keeps its range: by the bridge, else by what runs", () => {
  assert.equal(leases(["web"], { routes: [["10.213.7.0/24", bridge]] }).get("web")?.gateways, ["10.213.7.1/24"]);
  assert.equal(leases(["web"], { running: { web: "10.213.9.20" } }).get("web")?.addresses, ["10.213.9.20/24"]);
  const strange = { routes: [["10.8.8.0/24", bridge]] as const, running: { web: "10.213.9.20" } };
  assert.equal(leases(["web"], strange).get("web")?.gateways, ["10.213.9.1/24"]);
});

test("an address each, the same every time, and not the one of what runs", () => {
  const names = Array.from({ length: 253 }, (_, index) => `e${index}`);
  const given = [...leases(names).values()].map(({ addresses }) => addresses[0]);
  assert.is(new Set(given).size, 253);
  assert.equal(leases(["web"]).get("web")?.addresses, leases(["web", "db"]).get("web")?.addresses);
  const own = leases(["web"]).get("web")?.addresses[0]?.replace("/24", "") ?? "";
  const both = leases(["web", "db"], { running: { db: own } });
  assert.is(both.get("db")?.addresses[0], `${own}/24`);
  assert.is.not(both.get("web")?.addresses[0], `${own}/24`);
  assert.throws(() => leases([...names, "one-more"]), /has 253 addresses/);
});

test("IPv6 beside it, where interfaces get such addresses; everybody's names without prefixes", () => {
  const lease = leases(["web", "db"], { ipv6: true }).get("web");
  assert.match(lease?.addresses[1] ?? "", /^fd[0-9a-f]{2}:[0-9a-f]{1,4}:[0-9a-f]{1,4}:1::[0-9a-f]+\/64$/);
  assert.equal([...(lease?.names.keys() ?? [])], ["db", "web"]);
  assert.equal(
    lease?.names.get("web"),
    lease?.addresses.map((address) => address.replace(/\/\d+$/, "")),
  );
});

test("prefixes overlap where one holds the other", () => {
  assert.is(overlaps("10.213.0.0/24", "10.213.0.0/16"), true);
  assert.is(overlaps("10.213.0.0/24", "10.213.1.0/24"), false);
  assert.is(overlaps("10.213.0.0/24", "10.213.0.255/32"), true);
});

test("an address that is asked for decides the range and is nobody else's; who runs elsewhere keeps in mind what it has", () => {
  const found = leases(["web@192.168.7.9", "db"], {
    routes: [["10.213.0.0/24", bridge]],
    running: { db: "10.213.0.9", web: "10.213.0.5" },
    ipv6: true,
  });
  const web = found.get("web");
  assert.equal([web?.addresses[0], web?.gateways[0], web?.earlier?.[0]], ["192.168.7.9/24", "192.168.7.1/24", "10.213.0.5"]);
  assert.is(web?.earlier?.[1]?.endsWith("::5"), true);
  assert.match(found.get("db")?.addresses[0] ?? "", /^192\.168\.7\.(?!9\/)\d+\/24$/);
  const kept = leases(["web@10.213.0.9", "db"], { running: { db: "10.213.0.9", web: "10.213.0.9" } });
  assert.equal([kept.get("web")?.addresses, kept.get("web")?.earlier], [["10.213.0.9/24"], undefined]);
  assert.is.not(kept.get("db")?.addresses[0], "10.213.0.9/24");
});

test("an address to which the host has a way already is refused", () => {
  try {
    leases(["web@192.168.7.9"], { routes: [["192.168.0.0/16", "lan0"]] });
    assert.unreachable();
  } catch (error) {
    assert.ok(error instanceof CloisterError);
    assert.match(error.message, /192\.168\.0\.0\/16 by lan0/);
  }
});

test.run();
