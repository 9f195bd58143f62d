import type { TestNetwork } from "../test-network.ts";

/** What kinds may touch of a network, on the host and inside, without numbers that interfaces made anew have others of. */
export function networkPicture(network: TestNetwork, pid: number): readonly string[] {
  const own = (...words: readonly [string, ...string[]]) => network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", ...words);
  return [network.run, own].flatMap((run) => [
    ...lines(run("ip", "-o", "link", "show", "up")),
    ...lines(run("ip", "-o", "address", "show", "scope", "global")),
    ...lines(run("ip", "route")),
    ...lines(run("nft", "--stateless", "list", "ruleset")),
    run("cat", "/proc/sys/net/ipv4/ip_forward"),
    run("sh", "-c", "grep . /proc/sys/net/ipv4/conf/clb-*/route_localnet /proc/sys/net/ipv6/conf/*/disable_ipv6 2>/dev/null || :"),
    ...lines(run("ip", "-6", "route", "show", "table", "local", "::1")),
  ]);
}

function lines(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) =>
      line
        .replace(/^\d+: +/, "")
        .replace(/@if\d+/, "")
        // Whether there is a cable the kernel tells itself later.
        .replace(/,LOWER_UP| state [A-Z]+/g, "")
        .replace(/ link-netns\S* \S+| link\/ether \S+ brd \S+( link-netnsid \d+)?/g, ""),
    )
    .sort();
}
