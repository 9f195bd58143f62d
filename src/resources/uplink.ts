import type { Environment } from "../model/environment.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { hostLink, lacksSix } from "../model/network.ts";
import type { Scope } from "../model/resource.ts";
import type { Step, Text } from "../model/step.ts";
import { keeperPid, keeperStart, ownGroup } from "./keeper.ts";
import { insideLink, tidy } from "./nat-steps.ts";
import type { Part } from "./part.ts";
import { linesOf } from "./part.ts";
import { pastaPart, pastaSix, pastaWords } from "./uplink-pasta.ts";
import { forwardChanges, forwardsWanted, slirpLack, slirpPart, slirpWanted, slirpWords } from "./uplink-slirp.ts";

/** The processes in the keeper's control group beside it, where nobody inside can put one: JSON, a list of `Uplink`. */
export const uplinkFact: FactName = "uplink";

/** With mode `user`: the process (pasta or slirp4netns) that opens sockets on the host for what comes out of eth0. eth0 is there as long as it lives. */
export interface Uplink {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat. */
  readonly start: string;
  /** Its command line. */
  readonly words: readonly string[];
}

/** The programs that can be behind eth0, the better one first. */
export const uplinkPrograms = ["pasta", "slirp4netns"] as const;

export type UplinkProgram = (typeof uplinkPrograms)[number];

/** What that takes to be chosen and seen: beside the process the programs that are here, and what a slirp4netns says that it publishes. */
export function uplinkFacts(scope: Scope): readonly FactName[] {
  const { environment, last } = scope;
  const chosen = environment?.network.mode === "user" ? [sixFact, ...uplinkPrograms.map((name): FactName => `tool/${name}`)] : [];
  const group = ownGroup(scope, "keeper");
  const [isAsked, isPublishing] = [
    [environment, last].some((one) => one?.network.mode === "user"),
    [environment, last].some((one) => one?.network.mode === "user" && one.network.ports !== undefined),
  ];
  return [uplinkFact, ...chosen, ...(isAsked && group !== null ? [forwardsFact(group)] : []), ...(isPublishing ? [listeningFact] : [])];
}

/** Where the kernel shows that these processes listen: JSON, a list of `tcp 127.0.0.1 8080`. */
const listeningFact: FactName = "uplink/listening";

/** What a slirp4netns in a control group says that it publishes. */
function forwardsFact(group: string): FactName {
  return `keeper/forwards${group}`;
}

/** Those that run; more than one where a start was cut off, and none where that could not be seen. */
export function uplinksIn(facts: Facts): readonly Uplink[] {
  const found: readonly Uplink[] = JSON.parse(text(facts, uplinkFact) ?? "[]");
  return found;
}

/** The interfaces of the host with IPv6 addresses. */
const sixFact: FactName = "host/net/if_inet6";

/**
 * The program that is to be behind eth0: pasta where it is here. One that runs and does what it is to do stays, whatever the host has come to have, or to lack, since then:
 * that ends no connection.
 */
export function uplinkProgram(environment: Environment, facts: Facts): UplinkProgram {
  const [running] = uplinksIn(facts);
  if (running !== undefined) {
    const isSlirp = programOf(running) === "slirp4netns";
    const isUsual = slirpPart(running.words.slice(1), [], []).uplink === slirpWanted(environment).uplink;
    if (isSlirp && isUsual && !isBeyondSlirp(environment)) return "slirp4netns";
    if (!isSlirp && isAsTold(running, environment)) return "pasta";
  }
  return uplinkPrograms.find((name) => text(facts, `tool/${name}`) !== null) ?? "pasta";
}

function isBeyondSlirp(environment: Environment): boolean {
  return Object.values(environment.network.ports ?? {}).some((port) => slirpLack(environment, port) !== null);
}

function programOf({ words: [name = ""] }: Uplink): UplinkProgram {
  return name === "slirp4netns" ? name : "pasta";
}

/** Whether a pasta was told what it is to be told, with the IPv6 that it has. */
function isAsTold({ words }: Uplink, environment: Environment): boolean {
  return words
    .slice(1)
    .join("\0")
    .startsWith(pastaWords(environment, pastaSix(words)).join("\0"));
}

/** The parts of eth0 that the process behind it decides, as they are wanted. */
export function uplinkWanted(environment: Environment, facts: Facts): Part {
  if (uplinkProgram(environment, facts) === "slirp4netns") return slirpWanted(environment);
  return pastaPart(pastaWords(environment, uplinkSix(environment, facts)), null);
}

/**
 * The interface of the host from which pasta takes that there is IPv6: it asks for one with an address of the link, and takes nothing else of it. Null: it has
 * none, as slirp4netns.
 */
export function uplinkSix(environment: Environment, facts: Facts): string | null {
  if (lacksSix(environment) || uplinkProgram(environment, facts) === "slirp4netns") return null;
  const [running] = uplinksIn(facts);
  if (running !== undefined && programOf(running) === "pasta" && isAsTold(running, environment)) return pastaSix(running.words);
  return hostSix(facts);
}

/** The first interface of the host with an IPv6 address of the link. */
function hostSix(facts: Facts): string | null {
  const names = [...(text(facts, sixFact) ?? "").matchAll(/^[0-9a-f]{32} \S+ \S+ 20 \S+ +(\S+)$/gm)].map(([, name = ""]) => name);
  return names.find((name) => !/^(cl|clb)-/.test(name)) ?? null;
}

/** The same, as it is; `uplink: "nothing"` where no process of ours is behind eth0. */
export function uplinkSeen(scope: Scope, facts: Facts): Part {
  const [only, ...others] = uplinksIn(facts);
  if (only === undefined) return { uplink: "nothing" };
  return others.length > 0 ? { uplink: `${others.length + 1} processes` } : partOf(scope, only, facts);
}

function partOf(scope: Scope, one: Uplink, facts: Facts): Part {
  const words = one.words.slice(1);
  const names = uplinkFacts(scope);
  const listening: readonly string[] | null = names.includes(listeningFact) ? JSON.parse(text(facts, listeningFact) ?? "[]") : null;
  if (programOf(one) === "pasta") return pastaPart(words, listening);
  const asked = names.find((name) => name.startsWith(forwardsFact("")));
  const said = asked === undefined ? null : text(facts, asked);
  return slirpPart(words, said === null ? null : said.split(" ").filter((forward) => forward !== ""), listening);
}

/** The process behind eth0, and what it publishes; undefined where none runs. */
export function uplinkState(
  scope: Scope,
  facts: Facts,
): { readonly program: UplinkProgram; readonly pid: number; readonly published: readonly string[] } | undefined {
  const [first] = uplinksIn(facts);
  if (first === undefined) return undefined;
  return { program: programOf(first), pid: first.pid, published: linesOf(partOf(scope, first, facts), "published") };
}

// See `tidy` for $1 to $6, $7...: a command, as a child in the pid namespace of the process inside.
const uplinkScript = `${tidy}
shift 6
exec nsenter --target "$pid" --pid -- "$@"`;

/** Starts it, where none runs any more; done when eth0 is there. */
export function uplinkStep(scope: Scope, environment: Environment, facts: Facts): Step {
  const { machine } = scope;
  const own = ownGroup(scope, "keeper");
  const groups = scope.places.cgroups.map(({ path }) => (own?.startsWith(`${path}/`) === true ? own : path));
  const program = uplinkProgram(environment, facts);
  const isSlirp = program === "slirp4netns";
  const keys: readonly Text[] = [
    ["pid=", ...parts(keeperPid(scope))],
    ["start=", ...parts(keeperStart(scope))],
    `program=${program}`,
    ...groups.map((group) => `cgroup=${group}`),
    ...(isSlirp ? forwardsWanted(environment).map((forward) => `forward=${forward}`) : []),
  ];
  const shim: readonly Text[] = ["perl", machine.shim, machine.architecture, "uplink", ...keys, "--"];
  const words: readonly Text[] = ["user", hostLink(scope.id), insideLink, "", keeperPid(scope), keeperStart(scope)];
  const told = isSlirp ? slirpWords : pastaWords(environment, uplinkSix(environment, facts));
  return { type: "run", title: `${insideLink} by ${program}`, command: ["sh", "-c", uplinkScript, "sh", ...words, ...shim, ...told] };
}

function parts(one: Text) {
  return typeof one === "string" || "of" in one ? [one] : one;
}

/** Has one that stays publish what it is to publish: none but slirp4netns can be told that while it runs. */
export function uplinkPortSteps({ machine }: Scope, environment: Environment, { have, facts }: Change): readonly Step[] {
  const changes = forwardChanges(environment, have);
  const [running] = uplinksIn(facts);
  if (changes.length === 0 || running === undefined || programOf(running) !== "slirp4netns") return [];
  const shim = ["perl", machine.shim, machine.architecture, "uplink-ports", String(running.pid), running.start];
  return [{ type: "run", title: "published ports", command: [...shim, ...changes] }];
}

interface Change {
  readonly have: Part | null;
  readonly facts: Facts;
}

/** Ends those that run, and with them eth0. */
export function uplinkEndSteps(facts: Facts): readonly Step[] {
  return uplinksIn(facts).map((one) => ({
    ...{ type: "signal", title: `end ${programOf(one)}`, signal: "SIGKILL", graceMs: 0 },
    ...{ pid: one.pid, start: one.start },
  }));
}
