import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import type { TestNetwork } from "../support/test-network.ts";
import { join, pageAt, withNetwork } from "../support/test-network.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft");

/** Rules that somebody has for the host, each of which lets nothing of ours through. */
const firewalls: Readonly<Record<string, { readonly rules: string; readonly where: string }>> = {
  "a policy": {
    rules:
      "add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }; add rule ip filter FORWARD ct state established accept",
    where: "table ip filter, chain FORWARD (policy drop)",
  },
  "a last rule": {
    rules: `add table inet own; add chain inet own forward { type filter hook forward priority 10; policy accept; }; add rule inet own forward ct state established accept; add rule inet own forward iifname "up7" accept; add rule inet own forward counter reject`,
    where: "table inet own, chain forward (reject)",
  },
};

const serve = 'mkdir -p /www; echo "from web" >/www/index.html; exec busybox httpd -f -p 80 -h /www';

for (const [what, { rules, where }] of Object.entries(firewalls))
  live(
    `a firewall of the host that drops by ${what} what is forwarded is named by plan and doctor, and the command that they name mends it`,
    () =>
      withNetwork((network) =>
        withSite(
          async (site) => {
            site.declare({ web: { command: ["sh", "-c", serve], network: { mode: "nat", ports: { "8080": 80 } } } });
            await site.apply();
            await until("the server", () => pageAt(network, "127.0.0.1:8080"));
            await withNetwork(async (outside) => {
              await join(outside, network);
              assert.is(pageAt(outside, "192.0.2.1:8080"), "from web");
              assert.equal(await warnings(site), []);
              network.run("nft", rules);
              assert.is(pageAt(outside, "192.0.2.1:8080"), null, "the control: it is dropped");
              const [warning, ...others] = await warnings(site);
              assert.equal(others, []);
              assert.ok(warning);
              assert.is(warning.code, "network/forwarding-blocked");
              assert.ok(warning.message.endsWith(`: ${where}`), warning.message);
              assert.is(warning.at?.line, 1);
              const applied = await site.rig.expect(0, "apply", "--yes");
              assert.ok(applied.stdout.includes(where), applied.stdout);
              const told = doctor(network);
              assert.ok(told.includes(where), told);
              if (warning.hint.startsWith("nft ")) network.run("sh", "-c", warning.hint);
              else network.run("nft", `insert rule ip filter FORWARD oifname "${bridgeOf(warning.message)}" accept`);
              assert.is(pageAt(outside, "192.0.2.1:8080"), "from web");
              assert.equal(await warnings(site), []);
              assert.not(doctor(network).includes(where));
              network.run("nft", "delete", "table", ...where.slice("table ".length).replace(/,.*/, "").split(" "));
              outside.run("ip", "link", "del", "up0");
            });
          },
          { network },
        ),
      ),
  );

test.run();

interface Warning {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly at?: { readonly line: number };
}

async function warnings({ rig }: Site): Promise<readonly Warning[]> {
  const { warnings: told }: { readonly warnings: readonly Warning[] } = JSON.parse((await rig.expect(0, "plan", "--json")).stdout);
  return told;
}

function bridgeOf(message: string): string {
  return /clb-[0-9a-f]{6}/.exec(message)?.[0] ?? "no bridge";
}

function doctor(network: TestNetwork): string {
  const [file, ...args] = network.command(resolve("dist/cloister"), "doctor");
  return spawnSync(file, args, { encoding: "utf8", env: { PATH: process.env.PATH } }).stdout;
}
