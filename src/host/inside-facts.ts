import { pid as ownPid } from "node:process";
import { parseStat } from "../kernel/proc.ts";
import type { Fact, FactName } from "../model/fact.ts";
import type { InsideRequest } from "../model/host.ts";
import type { Ask } from "./assistant.ts";
import { readProc } from "./proc-reader.ts";
import type { Secrets } from "./secrets.ts";

/** Facts that only a process inside the namespace can read. */
export function isInside(name: FactName): boolean {
  return /^keeper\/(hostname$|domainname$|sysctl\/|binfmt\/|link\/|file\/|secret\/|net\/|forwards\/)|^machine\//.test(name);
}

/**
 * Host and domain names, sysctls, networks and files of any number of environments, and the network of the machine, by one read-only process. One map for each
 * request; all facts absent where it fails.
 */
export async function collectInside(
  requests: readonly InsideRequest[],
  ask: Ask,
  secrets: Pick<Secrets, "digest">,
): Promise<readonly ReadonlyMap<FactName, Fact>[]> {
  const groups = requests.flatMap(({ scope: { keeper }, names }) =>
    keeper === null ? [] : [{ ...keeper, names: names.filter(isOfKeeper) }],
  );
  const ofMachine = [...new Set(requests.flatMap(({ names }) => names.filter((name) => !isOfKeeper(name))))];
  const own = { pid: ownPid, start: parseStat(readProc("/proc/self/stat"))?.start ?? "", names: ofMachine };
  const asked = [...groups, own].filter(({ names }) => names.length > 0);
  if (asked.length === 0) return requests.map(() => new Map());
  const { output } = await ask(["observe", ...asked.flatMap(({ pid, start, names }) => [String(pid), start, ...names.map(askedOf), ""])]);
  const found = new Map<string, Fact>();
  for (const line of output.split("\n")) {
    const [, pid, name, mark, value] = /^(\d+) (\S+) ([=!])(.*)$/.exec(line) ?? [];
    if (pid !== undefined) found.set(`${pid} ${name}`, mark === "=" ? { text: textOf(name, value, secrets) } : { absent: value ?? "" });
  }
  return requests.map(({ scope, names }) => {
    const pidOf = (name: FactName) => (isOfKeeper(name) ? scope.keeper?.pid : ownPid);
    return new Map(names.map((name) => [name, found.get(`${pidOf(name)} ${askedOf(name)}`) ?? { absent: "could not be read" }]));
  });
}

/** What has lines is told in hexadecimal; messages of the kernel stay that. */
function textOf(name: string | undefined, value = "", secrets: Pick<Secrets, "digest">): string {
  if (name?.startsWith("secret/") === true) return keyed(decodeURIComponent(name.slice(6)), value, secrets);
  return name === "rules" ? Buffer.from(value, "hex").toString() : value;
}

/** What a secret holds goes no further. */
function keyed(target: string, value: string, { digest }: Pick<Secrets, "digest">): string {
  const [type = "", uid = "", gid = "", mode = "", , content = "-"] = value.split(" ");
  return [type, uid, gid, mode, "-", `k${content === "-" ? "" : digest(target, Buffer.from(content.slice(1), "hex"))}`].join(" ");
}

function isOfKeeper(name: FactName): boolean {
  return !name.startsWith("machine/");
}

/** How the shim is asked: a word without spaces. */
function askedOf(name: FactName): string {
  const asked = name.replace(/^(keeper|machine)\/(sysctl\/)?/, "");
  return /^(?:file|secret|forwards)\//.test(asked) ? encodeURIComponent(asked).replaceAll("%2F", "/") : asked;
}
