import { execFileSync } from "node:child_process";
import { lackingTool } from "./lacking-tool.ts";
import type { Declared, Site } from "./site.ts";
import { withSite } from "./site.ts";
import type { TestNetwork } from "./test-network.ts";
import { withNetwork } from "./test-network.ts";

/** A site on a host without a way out of its own, on whose network is another host with 198.51.100.1; the host has 198.51.100.2, and lacks a program as long as one is named. */
export function withUser(
  body: (site: Site, network: TestNetwork, beyond: TestNetwork) => Promise<void>,
  lacking = (): string | null => null,
): Promise<void> {
  return withNetwork((beyond) =>
    withNetwork(async (network) => {
      network.run("ip", "link", "add", "up0", "type", "veth", "peer", "name", "down0", "netns", beyond.file);
      network.run("ip", "address", "add", "198.51.100.2/24", "dev", "up0");
      network.run("ip", "link", "set", "up0", "up");
      beyond.run("ip", "address", "add", "198.51.100.1/24", "dev", "down0");
      beyond.run("ip", "link", "set", "down0", "up");
      try {
        await withSite((site) => body(site, network, beyond), {
          network: lackingTool(network, lacking),
        });
      } finally {
        network.run("ip", "link", "del", "up0");
      }
    }),
  );
}

/** An environment with mode user, on whose port 80 is a page. */
export function user(declared: Declared = {}): Declared {
  return {
    network: { mode: "user", ...declared },
    files: { "/www/index.html": { content: "from inside\n" } },
    command: ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"],
  };
}

interface Page {
  readonly site: Site;
  readonly at: string;
  readonly page: string;
}

/** Serves a page with a text at an address and a port of a network while `body` runs. */
export async function serving(network: TestNetwork, { site, at, page }: Page, body: () => Promise<void>): Promise<void> {
  site.rig.write(`${page}/index.html`, `${page}\n`);
  const [program, ...words] = network.command(
    "sh",
    "-c",
    'busybox httpd -p "$1" -h "$2" && pgrep -f -n -- "-h $2"',
    "sh",
    at,
    `${site.rig.directory}/${page}`,
  );
  const pid = Number(execFileSync(program, words, { encoding: "utf8" }));
  try {
    await body();
  } finally {
    process.kill(pid, "SIGKILL");
  }
}

// The input of nc does not end: it would end its half of the connection with that.
const asking = `f=/tmp/f$$; mkfifo "$f"; exec 3<>"$f"; rm "$f"
printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3
timeout 2 nc "$1" "$2" <&3`;

/** What a page says, asked for inside; null where nobody answers. */
export async function fetched(site: Site, address: string, port: number): Promise<string | null> {
  const { stdout } = await site.exec(["sh", "-c", asking, "sh", address, String(port)]);
  return /\r?\n\r?\n([^\r\n]+)/.exec(stdout)?.[1] ?? null;
}

/** The numbers of the processes behind eth0, of whoever is in the keeper's control group. */
export async function uplinks(site: Site): Promise<readonly number[]> {
  const { pid } = await site.seen();
  const found = execFileSync("pgrep", ["--ns", String(pid), "--nslist", "user", "^(pasta|slirp4netns)"], { encoding: "utf8" }).trim();
  return found.split("\n").map(Number);
}
