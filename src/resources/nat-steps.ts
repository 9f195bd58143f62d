import { hostLink, projectNetwork } from "../model/network.ts";
import type { Lease, Scope } from "../model/resource.ts";
import type { Step, Text } from "../model/step.ts";
import { keeperPid, keeperStart } from "./keeper.ts";

/** The interface of an environment inside. */
export const insideLink = "eth0";

// What several environments of a project have in common is made and taken away under the lock of the host's network namespace, by whoever finds it missing or
// is the last: two that start or end at the same time, of two projects too, are not in each other's way.
const locked = `set -eu
exec 9</proc/self/ns/net
flock 9`;

// $1: a file net/dev of /proc, $2: the name of an interface. Each process that is not started is a millisecond.
const lookFor = `has() {
  while read -r name rest; do if [ "$name" = "$2:" ]; then return 0; fi; done <"$1"
  return 1
}`;

// $1: the process inside, $2: when it started. By now its number may be somebody else's, with the host's network, which nothing of this is for.
const guard = `guard() {
  pid=$1 started=$2
  if read -r line 2>/dev/null <"/proc/$pid/stat" && ! [ "/proc/$pid/ns/net" -ef /proc/self/ns/net ]; then
    set -- \${line##*) }
    if [ "\${20}" = "$started" ]; then return; fi
  fi
  echo "process $pid is not there any more, or is the host's" >&2
  exit 1
}`;

// $1: the process inside, $2: when it started, $3...: a command of the host for its network.
const withinScript = `${guard}
guard "$1" "$2"
shift 2
exec nsenter --net="/proc/$pid/ns/net" -- "$@"`;

/** The beginning of a script that makes eth0: what is left of an earlier one is taken away, $2 on the host, $3 inside, of the process $5 that started at $6. */
export const tidy = `${locked}
${lookFor}
${guard}
guard "$5" "$6"
if has /proc/self/net/dev "$2"; then ip link del dev "$2" 2>/dev/null || :; fi
if has "/proc/$5/net/dev" "$3"; then nsenter --net="/proc/$5/ns/net" -- ip link del dev "$3" 2>/dev/null || :; fi`;

// $1: the interface.
const announcingScript = `echo 1 >"/proc/sys/net/ipv4/conf/$1/arp_notify"
if [ -e "/proc/sys/net/ipv6/conf/$1" ]; then echo 1 >"/proc/sys/net/ipv6/conf/$1/ndisc_notify"; fi`;

// $1: the bridge, or nothing where what all have in common stays, $2: the table, $3...: interfaces on the host. Who is the last takes away what all
// had in common, and puts back what was before.
const leaveScript = `${locked}
bridge=$1 table=$2; shift 2
for link; do ip link del dev "$link" 2>/dev/null || :; done
if [ -z "$bridge" ]; then exit 0; fi
if [ -n "$(ip -o link show master "$bridge" 2>/dev/null)" ]; then exit 0; fi
ip link del dev "$bridge" 2>/dev/null || :
printf 'add table inet %s\\ndelete table inet %s\\n' "$table" "$table" | nft -f -
# Not every kernel has this family.
if nft list table netdev "$table" >/dev/null 2>&1; then nft delete table netdev "$table"; fi
tables=$(nft list tables inet)
case $tables in *" inet cloister_"*) exit 0 ;; esac
case "$tables " in *" inet cloister"[!_a-zA-Z0-9]*) ;; *) exit 0 ;; esac
echo 0 >/proc/sys/net/ipv4/ip_forward
nft delete table inet cloister`;

/** A step of its kind. */
type NetworkStep = Step & { readonly type: "network" };

/** Makes the project's bridge what it is to be; `extra`: addresses that it is not to have. */
export function bridgeStep({ project }: Scope, { gateways, loopback }: Lease, extra: readonly string[]): NetworkStep {
  const { bridge } = projectNetwork(project);
  const range = (gateways[0] ?? "").replace(/\.1\/24$/, ".0/24");
  const lines = [
    `make ${bridge} ${range}`,
    ...(gateways.some(isSix) ? [`set ipv6/conf/${bridge}/disable_ipv6 0`] : []),
    `link set dev ${bridge} up`,
    ...gateways.map((gateway) => addressLine(gateway, bridge)),
    // Another environment of the project may have taken it away already.
    ...extra.map((address) => `drop ${address} ${bridge}`),
    ...(loopback ? [`route replace local ::1 dev ${bridge} table local metric 1024`] : []),
    `set ipv4/conf/${bridge}/route_localnet 1`,
  ];
  return { type: "network", title: "bridge of the project", lines, shared: "made" };
}

/** Gives an interface an address that it may have already. */
export function addressLine(address: string, device: string): string {
  return `address replace ${address} dev ${device}${isSix(address) ? " nodad" : ""}`;
}

/** Whether an address is of IPv6. */
export function isSix(address: string): boolean {
  return address.includes(":");
}

/** Has the host forward IPv4. */
export function forwardingStep(): NetworkStep {
  return { type: "network", title: "forwarding", lines: ["forward"], shared: "made" };
}

/** The rules of the project's table, in one transaction. */
export function rulesStep(text: string): Step & { readonly type: "run" } {
  return { type: "run", title: "rules of the project", command: ["nft", "-f", "-"], input: text };
}

/** A bridge of the host or the project, and the MTU of what is made there. */
interface Cabling {
  readonly bridge: string;
  readonly mtu: number;
}

/** A pair of interfaces, one inside, one in a bridge, and inside what these lines make of it. */
export function linkStep(scope: Scope, { bridge, mtu }: Cabling, lines: readonly string[]): Step {
  const own = hostLink(scope.id);
  const cable = [
    `link add name ${own} type veth peer name ${insideLink} netns inside`,
    `link set dev ${own} master ${bridge} mtu ${mtu} up`,
  ];
  return insideStep(scope, lines, { title: insideLink, before: [...gone(own), ...cable] });
}

/** An interface inside that is a second one on the network of one of the host, and what these lines make of it. */
export function macvlanStep(
  scope: Scope,
  { parent, mtu }: { readonly parent: string; readonly mtu: number },
  lines: readonly string[],
): Step {
  const made = `link add link ${parent} name ${insideLink} netns inside mtu ${mtu} type macvlan mode bridge`;
  return insideStep(scope, lines, { title: insideLink, before: [...gone(hostLink(scope.id)), made] });
}

/** What is left of an earlier one goes. */
function gone(own: string): readonly string[] {
  return [`gone ${own}`, `inside gone ${insideLink}`];
}

/** Takes the interface inside away. */
export function unlinkStep(scope: Scope): Step {
  return insideStep(scope, [`gone ${insideLink}`]);
}

/** Puts the host's end where it belongs; without `mtu` it keeps its own. */
export function hostEndStep({ id }: Scope, { bridge, mtu }: { readonly bridge: string; readonly mtu: number | null }): Step {
  const line = `link set dev ${hostLink(id)} master ${bridge}${mtu === null ? "" : ` mtu ${mtu}`} up`;
  return { type: "network", title: `host's end of ${insideLink}`, lines: [line] };
}

/** Has the kernel tell the neighbours when the MAC address inside becomes another one. */
export function announcingStep(scope: Scope): Step {
  return { type: "run", title: `neighbours of ${insideLink}`, command: within(scope, ["sh", "-c", announcingScript, "sh", insideLink]) };
}

/** Switches IPv6 on inside, without which the kernel takes no address of it. */
export function sixStep(scope: Scope): Step {
  return insideStep(scope, [`set ipv6/conf/${insideLink}/disable_ipv6 0`], { title: `IPv6 of ${insideLink}`, before: [] });
}

/** Lines of a network step, in the environment's network namespace; `before`: those on the host that come first. */
export function insideStep(
  scope: Scope,
  lines: readonly string[],
  { title, before }: { readonly title: string; readonly before: readonly string[] } = {
    title: `addresses and routes of ${insideLink}`,
    before: [],
  },
): Step {
  const all = [...before, ...lines.map((line) => `inside ${line}`)];
  return { type: "network", title, lines: all, inside: { pid: keeperPid(scope), start: keeperStart(scope) } };
}

/** Commands of `ip -batch` that take away what is found inside and not wanted: each by itself, as one that the kernel refuses is told by the next look. */
export function clearingSteps(scope: Scope, lines: readonly string[]): readonly Step[] {
  if (lines.length === 0) return [];
  const command = within(scope, ["ip", "-force", "-batch", "-"]);
  const input = lines.map((line) => `${line}\n`).join("");
  return [{ type: "run", title: `what ${insideLink} is not to have`, command, input, tolerates: [1] }];
}

/** What is to go of an environment's: its interfaces on the host, and, with the last one, what the project has. */
interface Leaving {
  readonly links: readonly string[];
  readonly shared: boolean;
}

/** Takes away what an environment has on the host. */
export function leaveStep({ project }: Scope, { links, shared }: Leaving): Step {
  const { bridge, table } = projectNetwork(project);
  return { ...script("network on the host", leaveScript, [shared ? bridge : "", table, ...links]), shared: "left" };
}

/** A command of the host in the environment's network namespace. */
function within(scope: Scope, words: readonly string[]): readonly Text[] {
  return ["sh", "-c", withinScript, "sh", keeperPid(scope), keeperStart(scope), ...words];
}

function script(title: string, text: string, words: readonly string[]): Step & { readonly type: "run" } {
  return { type: "run", title, command: ["sh", "-c", text, "sh", ...words] };
}
