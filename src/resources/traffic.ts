import type { NftRule } from "../kernel/nftables.ts";
import { addressIn, parseChains, parseRules } from "../kernel/nftables.ts";
import { child } from "../model/address.ts";
import type { Peer, Traffic } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { isLinked } from "../model/network.ts";
import type { TrafficState } from "../model/plan.ts";
import type { Difference, Resource, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { keeperPid, namespacesAddress } from "./keeper.ts";
import type { Around, Direction, WantedRule } from "./traffic-rules.ts";
import { addressOf, hookOf, refused, sides, wantedRules } from "./traffic-rules.ts";

/** A chain as it is wanted or as it is there. */
interface Chain<Rule> {
  readonly hook: string;
  readonly rules: readonly Rule[];
}

/**
 * What is let out of an environment and into it: two chains of the table `inet cloister` in its own network namespace; with mode `user` a third, as what comes
 * out of eth0 there is for the host itself.
 */
export const traffic: Resource<Chain<WantedRule>, Chain<NftRule>> = {
  name: "traffic",
  stage: "assembly",
  confines: true,
  decidedBy: ["network", "dns"],
  path: (key) => (isDirection(key) || key === loopback ? `network.${key}` : child("network.rules_inside", key)),
  facts: (scope) => (isSeen(scope) ? ["keeper/net/chains", "keeper/net/rules", "tool/nft"] : []),
  want(scope) {
    const { network, dns } = scope.environment;
    // In a network of others nobody is known by name, but to the host's resolver.
    const lease = scope.lease ?? { gateways: [], names: new Map<string, readonly string[]>() };
    const declared = directions.flatMap((direction) => {
      const one = network[direction];
      if (one === undefined) return [];
      return [[direction, { hook: hookOf(direction, one), rules: wantedRules(direction, one, { dns, lease }) }] as const];
    });
    return new Map<string, Chain<WantedRule>>([...declared, ...(network.mode === "user" ? [[loopback, loopbackChain()] as const] : [])]);
  },
  have(scope, facts) {
    if (!isSeen(scope)) return new Map();
    const rules = parseRules(text(facts, "keeper/net/rules") ?? "").filter((rule) => rule.table === table);
    const chains = parseChains(text(facts, "keeper/net/chains") ?? "").filter((chain) => chain.table === table);
    return new Map(chains.map(({ name, hook }) => [name, { hook, rules: rules.filter(({ chain }) => chain === name) }]));
  },
  needs: ({ name }) => [namespacesAddress(name)],
  compare(want, have) {
    const [wanted, found] = [want.rules.map(wantedForm), foundForms(want, have)];
    const differences: Difference[] = want.hook === have.hook ? [] : [{ field: "hook", want: want.hook, have: have.hook || "none" }];
    if (wanted.join("\n") === found.join("\n")) return differences;
    const [missing, extra] = [wanted.filter((one) => !found.includes(one)), found.filter((one) => !wanted.includes(one))];
    if (missing.length + extra.length === 0) return [...differences, { field: "rules", want: "in their order", have: "in another one" }];
    return [...differences, { field: "rules", want: listed(missing) || "nothing more", have: listed(extra) || "nothing more" }];
  },
  seen: ({ scope }) => `nsenter -t ${scope.keeper?.pid ?? "PID"} -n nft list table inet ${table}`,
  describe: ({ hook, rules }) => {
    const named = [...new Set(rules.flatMap(({ comment }) => comment ?? []))];
    return `${/drop$/.test(hook) ? "only " : ""}${named.filter((one) => one !== refused).join(", ") || "nothing"}`;
  },
  create: ({ scope, key, want }) => [changeStep(scope, key, [chainText(key, want, null)])],
  update: ({ scope, key, want, have }) => [changeStep(scope, key, [chainText(key, want, have)])],
  remove({ scope, key }) {
    const { network } = scope.environment ?? { network: null };
    const stays = network?.mode === "user" || directions.some((direction) => direction !== key && network?.[direction] !== undefined);
    const what = stays ? `chain inet ${table} ${key}` : `table inet ${table}`;
    // Added first: then it is there, whoever took it away meanwhile.
    return [changeStep(scope, key, [`add ${what}\n`, `delete ${what}\n`])];
  },
};

const table = "cloister";
const directions: readonly Direction[] = ["egress", "ingress"];

const loopback = "loopback";

/** Anybody may send to an address of the loopback by eth0 (SO_BINDTODEVICE), and no route or rule of ip(8) keeps IPv4 from it. */
function loopbackChain(): Chain<WantedRule> {
  const nobody: Traffic = { allow: null, deny: loopbackPeers };
  return {
    hook: hookOf("egress", nobody),
    rules: wantedRules("egress", nobody, { dns: "none", lease: { gateways: [], names: new Map() } }),
  };
}

const loopbackPeers = [
  { to: "127.0.0.0/8", text: "127.0.0.0/8" },
  { to: "::1", text: "[::1]" },
].map((peer): Peer => ({ ...peer, ports: null, protocol: "tcp" }));

function isDirection(key: string): key is Direction {
  return directions.some((direction) => direction === key);
}

/** Whether its network namespace is one in which rules of ours can be. */
function isSeen({ environment, last }: Pick<Scope, "environment" | "last">): boolean {
  return [environment, last].some((one) => isLinked(one?.network.mode ?? "none"));
}

function listed(forms: readonly string[]): string {
  return forms.map((form) => form.replace(/^.*# /, "")).join(", ");
}

/** How two rules are told apart, with what they are called in lists at the end. */
function wantedForm({ line, comment }: WantedRule): string {
  return `${line} # ${comment ?? line}`;
}

/** What is there, likewise; of a name that is looked up one for all of its addresses. */
function foundForms(want: Chain<WantedRule>, have: Chain<NftRule>): readonly string[] {
  const forms = have.rules.map((rule) => {
    const named = namedBy(want.rules, rule);
    return wantedForm({ nft: "", line: named?.line ?? rule.line, comment: rule.comment });
  });
  return forms.filter((form, index) => form !== forms[index - 1]);
}

/** The wanted rule of a name that a rule is one of, with the address that it was looked up to be at. */
function namedBy(wanted: readonly WantedRule[], { line, comment }: NftRule): WantedRule | undefined {
  if (addressIn(line) === null) return undefined;
  const rest = line.replace(/^meta\d+ == \w\w; network\S+ == \w+; /, "");
  return wanted.find((one) => one.name !== undefined && one.comment === comment && one.line === rest);
}

// ---- steps ----

// $1: the process inside. Input: what nft reads, but for lines `for NAME FIELD RULE`, which are made for every address of the name, and `else` lines behind
// them, which are taken where it cannot be looked up. Nothing of it is run by the shell.
const namesScript = `set -eu
text=$(
  found=
  while IFS= read -r line; do
    case $line in
    'for '*)
      rest=\${line#for }; name=\${rest%% *}; rest=\${rest#* }; field=\${rest%% *}; rest=\${rest#* }; found=
      for address in $(getent ahosts "$name" | while read -r address _; do echo "$address"; done | sort -u); do
        case $address in
        *:*) echo "\${rest%%@*}meta nfproto ipv6 ip6 $field $address\${rest#*@}" ;;
        *) echo "\${rest%%@*}meta nfproto ipv4 ip $field $address\${rest#*@}" ;;
        esac
        found=1
      done ;;
    'else '*) if [ -z "$found" ]; then echo "\${line#else }"; fi ;;
    'or fail '*) if [ -z "$found" ]; then echo "the host cannot look up \${line#or fail }" >&2; exit 1; fi ;;
    *) printf '%s\\n' "$line" ;;
    esac
  done
)
printf '%s\\n' "$text" | nsenter --net="/proc/$1/ns/net" -- nft -f -`;

function changeStep(scope: Scope, key: string, lines: readonly string[]): Step {
  const input = lines.join("");
  const title = isDirection(key) ? `rules of ${key}` : key === loopback ? "rules of the host's loopback" : `chain ${key}`;
  if (/^for /m.test(input)) return { type: "run", title, command: ["sh", "-c", namesScript, "sh", keeperPid(scope)], input };
  const command = ["nsenter", ["--net=/proc/", keeperPid(scope), "/ns/net"].flat(), "--", "nft", "-f", "-"];
  return { type: "run", title, command, input };
}

/** One transaction that makes a chain what it is to be; what was counted stays counted. */
function chainText(key: string, want: Chain<WantedRule>, have: Chain<NftRule> | null): string {
  const chain = `inet ${table} ${key}`;
  const anew = have !== null && hookKind(have) !== hookKind(want);
  const lines = want.rules.flatMap((rule) => ruleLines(`add rule ${chain} `, { rule, key, want, have }));
  return [
    `add table inet ${table}`,
    ...(anew ? [`flush chain ${chain}`, `delete chain ${chain}`] : []),
    `add chain ${chain} { ${want.hook}; }`,
    `flush chain ${chain}`,
    ...lines,
    "",
  ].join("\n");
}

/** A base chain of another kind can only be made anew; of the same kind its policy is set. */
function hookKind({ hook }: Chain<unknown>): string {
  return hook.replace(/;.*$/, "");
}

interface RuleText {
  readonly rule: WantedRule;
  readonly key: string;
  readonly want: Chain<WantedRule>;
  readonly have: Chain<NftRule> | null;
}

function ruleLines(start: string, { rule, key, want, have }: RuleText): readonly string[] {
  const ending = (counted: NftRule | undefined) => {
    const counter = counted === undefined ? "counter" : `counter packets ${counted.packets} bytes ${counted.bytes}`;
    return `${rule.nft.replace("counter", counter)}${rule.comment === null ? "" : ` comment "${rule.comment}"`}`;
  };
  const there = have?.rules ?? [];
  if (rule.name === undefined || !isDirection(key))
    return [`${start}${ending(there.find(({ line, comment }) => line === rule.line && comment === rule.comment))}`];
  const known = there.filter((one) => namedBy(want.rules, one) === rule);
  const kept = known.map((one) => `else ${start}${addressOf(key, addressIn(one.line) ?? "").nft} ${ending(one)}`);
  return [`for ${rule.name} ${sides[key].field} ${start}@ ${ending(undefined)}`, ...(kept.length > 0 ? kept : [`or fail ${rule.name}`])];
}

// ---- status ----

/** What has been counted since the rules were made; absent where none are declared. */
export function trafficState({ environment, lease }: Scope, facts: Facts): TrafficState | undefined {
  const declared: readonly (readonly [Direction, Traffic])[] = directions.flatMap((direction) => {
    const one = environment?.network[direction];
    return one === undefined ? [] : [[direction, one] as const];
  });
  if (declared.length === 0 || lease === undefined || environment === null) return undefined;
  const around: Around = { dns: environment.dns, lease };
  const rules = parseRules(text(facts, "keeper/net/rules") ?? "").filter((rule) => rule.table === table);
  return Object.fromEntries(
    declared.map(([direction, one]) => {
      const names = [...new Set(wantedRules(direction, one, around).flatMap(({ comment }) => comment ?? []))];
      const counted = names.map((name) => {
        const own = rules.filter(({ chain, comment }) => chain === direction && comment === name);
        const sum = (key: "packets" | "bytes") => own.reduce((total, rule) => total + rule[key], 0);
        return {
          rule: name,
          denies: name === refused || one.deny.some((peer) => peer.text === name),
          packets: sum("packets"),
          bytes: sum("bytes"),
        };
      });
      return [direction, counted];
    }),
  );
}
