import { execFileSync, spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { until } from "./until.ts";

/** A network namespace of a test's own, with lo up, that stands for the host's. */
export interface TestNetwork {
  /** The file that names it. */
  readonly file: string;
  /** A command as it runs in there. */
  command(...words: readonly [string, ...string[]]): readonly [string, ...string[]];
  /** Runs one there that must succeed, and returns what it printed. */
  run(...words: readonly [string, ...string[]]): string;
  /** Everything that somebody could have left in it: interfaces but lo, routes, the nft rules, and what is set for all interfaces. */
  seen(): string;
}

/** Runs `body` with a network of its own; afterwards nothing may be in it that was not there before. */
export async function withNetwork(body: (network: TestNetwork) => Promise<void>): Promise<void> {
  const holder = spawn("unshare", ["--net", "--", "sleep", "1000000"], { stdio: "ignore" });
  const pid = holder.pid ?? 0;
  try {
    const own = readlinkSync("/proc/self/ns/net");
    await until("a network namespace", () => readlinkSync(`/proc/${pid}/ns/net`) !== own);
    const network = enter(pid);
    network.run("ip", "link", "set", "lo", "up");
    // A new one begins with what the host's has, which is another one's to change.
    network.run("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward");
    const before = network.seen();
    await body(network);
    const after = network.seen();
    if (after !== before) throw new Error(`left behind in the network:\n${after}\ninstead of\n${before}`);
  } finally {
    holder.kill("SIGKILL");
  }
}

function enter(pid: number): TestNetwork {
  const command = (...words: readonly [string, ...string[]]) => ["nsenter", `--net=/proc/${pid}/ns/net`, "--", ...words] as const;
  const run = (...words: readonly [string, ...string[]]) => {
    const [file, ...args] = command(...words);
    return execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  };
  const seen = () =>
    [
      run("ip", "-oneline", "address", "show"),
      run("ip", "route", "show", "table", "all"),
      run("nft", "list", "ruleset"),
      run(
        "bash",
        "-c",
        "grep . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/{all,default,lo}/* /proc/sys/net/ipv6/conf/all/* 2>/dev/null || :",
      ),
    ].join("\n");
  return { file: `/proc/${pid}/ns/net`, command, run, seen };
}

const client = `require("http").get("http://" + process.argv[1], { timeout: 2000 }, (answer) => answer.pipe(process.stdout))
  .on("error", () => process.exit(1)).on("timeout", () => process.exit(1))`;

/** A cable between two networks: 192.0.2.1 and 2001:db8::1 are the addresses of `to`. */
export async function join(from: TestNetwork, to: TestNetwork): Promise<void> {
  from.run("ip", "link", "add", "up0", "type", "veth", "peer", "name", "down0", "netns", to.file);
  for (const [network, link, addresses] of [
    [from, "up0", ["192.0.2.2/24", "2001:db8::2/64"]],
    [to, "down0", ["192.0.2.1/24", "2001:db8::1/64"]],
  ] as const) {
    for (const address of addresses) network.run("ip", "address", "add", address, "dev", link, ...(address.includes(":") ? ["nodad"] : []));
    network.run("ip", "link", "set", link, "up");
  }
  // The kernel tells itself of a cable later, a second at the most: before that an address of IPv6 is nobody's.
  for (const [network, link] of [
    [from, "up0"],
    [to, "down0"],
  ] as const)
    await until("the cable", () => {
      const shown = network.run("ip", "address", "show", "dev", link);
      return shown.includes("state UP") && !shown.includes("tentative");
    });
}

/** The page that is served at `HOST:PORT` or `HOST:PORT/PATH`, asked for from a network; null where nobody answers. */
export function pageAt(network: TestNetwork, place: string): string | null {
  try {
    return network.run(process.execPath, "-e", client, place).trim();
  } catch {
    return null;
  }
}
