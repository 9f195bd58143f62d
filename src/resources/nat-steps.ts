import { hostLink, projectNetwork } from "../model/network.ts";
import type { Lease, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { keeperPid } from "./keeper.ts";

/** The interface of an environment inside. */
export const insideLink = "eth0";

// What several environments of a project have in common is made and taken away under the lock of the host's network namespace, by whoever finds it missing or
// is the last: two that start or end at the same time, of two projects too, are not in each other's way.
const locked = `set -eu
exec 9</proc/self/ns/net
flock 9`;

// $1: the bridge, $2: the range that it must have for itself, $3...: its addresses; after --, those to be taken away.
const bridgeScript = `${locked}
bridge=$1 range=$2; shift 2
if ! ip link show dev "$bridge" >/dev/null 2>&1; then
  taken=$(ip -4 route show table all root "$range")
  if [ -n "$taken" ]; then echo "the host has a route into $range by now: $taken" >&2; exit 1; fi
  ip link add name "$bridge" type bridge
fi
echo 1 >"/proc/sys/net/ipv4/conf/$bridge/route_localnet"
{
  echo "link set dev $bridge up"
  verb=replace
  for address; do
    # Another environment of the project may have taken it away already.
    if [ "$verb" = del ] && [ -z "$(ip -o address show dev "$bridge" to "\${address%/*}")" ]; then continue; fi
    case $address in
    --) verb=del ;;
    *:*) if [ "$verb" = del ]; then echo "address del $address dev $bridge"; else echo "address replace $address dev $bridge nodad"; fi ;;
    *) echo "address $verb $address dev $bridge" ;;
    esac
  done
} | ip -batch -`;

// The value before is kept in the kernel, as a table of this name, until the last project that needs the other one is gone. First the note, then the change.
const forwardingScript = `${locked}
if [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ]; then exit 0; fi
nft add table inet cloister '{ comment "net.ipv4.ip_forward was 0"; }'
echo 1 >/proc/sys/net/ipv4/ip_forward`;

// $1: the bridge, $2: the interface on the host, $3: its name inside, $4: the MTU, $5: the process inside. What is left of an earlier one is taken away first.
const linkScript = `${locked}
ip link del dev "$2" 2>/dev/null || :
nsenter --net="/proc/$5/ns/net" -- ip link del dev "$3" 2>/dev/null || :
printf '%s\\n' "link add name $2 type veth peer name $3 netns $5" "link set dev $2 master $1 mtu $4 up" | ip -batch -`;

// $1: the interface.
const announcingScript = `echo 1 >"/proc/sys/net/ipv4/conf/$1/arp_notify"
if [ -e "/proc/sys/net/ipv6/conf/$1" ]; then echo 1 >"/proc/sys/net/ipv6/conf/$1/ndisc_notify"; fi`;

// $1: the bridge, $2: the table, $3: the interface on the host. Who is the last takes away what all had in common, and puts back what was before.
const leaveScript = `${locked}
ip link del dev "$3" 2>/dev/null || :
if [ -n "$(ip -o link show master "$1" 2>/dev/null)" ]; then exit 0; fi
ip link del dev "$1" 2>/dev/null || :
printf 'add table inet %s\\ndelete table inet %s\\n' "$2" "$2" | nft -f -
tables=$(nft list tables inet)
case $tables in *" inet cloister_"*) exit 0 ;; esac
case "$tables " in *" inet cloister"[!_a-zA-Z0-9]*) ;; *) exit 0 ;; esac
echo 0 >/proc/sys/net/ipv4/ip_forward
nft delete table inet cloister`;

/** Makes the project's bridge what it is to be; `extra`: addresses that it is not to have. */
export function bridgeStep({ project }: Scope, { gateways }: Lease, extra: readonly string[]): Step {
  const { bridge } = projectNetwork(project);
  const range = (gateways[0] ?? "").replace(/\.1\/24$/, ".0/24");
  return script("bridge of the project", bridgeScript, [bridge, range, ...gateways, "--", ...extra]);
}

/** Has the host forward IPv4. */
export function forwardingStep(): Step {
  return script("forwarding", forwardingScript, []);
}

/** The rules of the project's table, in one transaction. */
export function rulesStep(text: string): Step {
  return { type: "run", title: "rules of the project", command: ["nft", "-f", "-"], input: text };
}

/** A pair of interfaces: one inside, one in the project's bridge. */
export function linkStep(scope: Scope, mtu: number): Step {
  const { bridge } = projectNetwork(scope.project);
  const words = [bridge, hostLink(scope.id), insideLink, String(mtu)];
  return { type: "run", title: insideLink, command: ["sh", "-c", linkScript, "sh", ...words, keeperPid(scope)] };
}

/** Puts the host's end where it belongs. */
export function hostEndStep({ project, id }: Scope, mtu: number): Step {
  const input = `link set dev ${hostLink(id)} master ${projectNetwork(project).bridge} mtu ${mtu} up\n`;
  return { type: "run", title: `host's end of ${insideLink}`, command: ["ip", "-batch", "-"], input };
}

/** Has the kernel tell the neighbours when the MAC address inside becomes another one. */
export function announcingStep(scope: Scope): Step {
  const command = ["nsenter", ["--net=/proc/", keeperPid(scope), "/ns/net"].flat(), "--", "sh", "-c", announcingScript, "sh", insideLink];
  return { type: "run", title: `neighbours of ${insideLink}`, command };
}

/** Commands of `ip -batch`, in the environment's network namespace, by the host's ip. */
export function insideStep(scope: Scope, lines: readonly string[]): Step {
  const command = ["nsenter", ["--net=/proc/", keeperPid(scope), "/ns/net"].flat(), "--", "ip", "-batch", "-"];
  return { type: "run", title: `addresses and routes of ${insideLink}`, command, input: lines.map((line) => `${line}\n`).join("") };
}

/** Takes away what an environment has on the host, and, with the last one, what the project has. */
export function leaveStep({ project, id }: Scope): Step {
  const { bridge, table } = projectNetwork(project);
  return script("network on the host", leaveScript, [bridge, table, hostLink(id)]);
}

function script(title: string, text: string, words: readonly string[]): Step {
  return { type: "run", title, command: ["sh", "-c", text, "sh", ...words] };
}
