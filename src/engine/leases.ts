import { CloisterError } from "../model/diagnostic.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import type { LookingHost } from "../model/host.ts";
import { hash, isLinked, lacksSix, projectNetwork } from "../model/network.ts";
import type { Lease } from "../model/resource.ts";
import type { NamedLife } from "./lives.ts";

/** What addresses are given by. */
export interface LeaseRequest {
  readonly project: string;
  readonly manifest: Manifest | null;
  readonly last: ReadonlyMap<string, Environment> | null;
  readonly found: readonly NamedLife[];
}

/**
 * The places of a project's environments in its network, by name. What stands keeps its own: the range is that of the bridge, else of an environment that has
 * an address in one of ours; only where nothing stands it is the first one that no route of the host leads to. An environment that runs keeps its address;
 * any other gets the one that its name stands for, or the next that is free. Throws `engine/no-range`.
 */
export function leasesOf(host: Pick<LookingHost, "networkSeen" | "addressesOf">, request: LeaseRequest): ReadonlyMap<string, Lease> {
  const { project, manifest, last } = request;
  const [wanted, before] = [membersOf(manifest?.environments), membersOf(last)];
  if (wanted.length + before.length === 0) return new Map();
  const running = addressesNow(host, request, [...wanted, ...before]);
  const { routes, ipv6 } = host.networkSeen();
  const fixed = new Map(
    [...(manifest?.environments.values() ?? [])].flatMap(({ name, network: { mode, address } }) =>
      mode !== "nat" || address === undefined ? [] : [[name, address] as const],
    ),
  );
  const range = rangeOf({
    fixed: [...fixed.values()][0],
    bridge: projectNetwork(project).bridge,
    routes,
    standing: [...running.values()].flat(),
  });
  // What runs is in it whether or not that is known.
  const members = [...running].filter(([, own]) => own.some((address) => threeOf(address) === range)).map(([name]) => name);
  const names = [...new Set([...wanted, ...before, ...members])].sort();
  const numbers = numbered(range, { names, running, fixed });
  const ula = ipv6 ? localPrefix(project) : null;
  const at = (number: number, name?: string): readonly string[] => {
    const environment = name === undefined ? undefined : (manifest?.environments.get(name) ?? last?.get(name));
    return [`${range}.${number}`, ...(ula === null || lacksSix(environment) ? [] : [`${ula}::${number.toString(16)}`])];
  };
  const known = (members: readonly string[]) =>
    new Map(
      [...numbers]
        .filter(([name]) => members.includes(name))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, number]) => [name, at(number, name)]),
    );
  const loopback =
    ula !== null && [...(manifest?.environments ?? last ?? []).values()].some(hasLoopback) ? ({ loopback: true } as const) : {};
  const shared = { gateways: at(1).map(prefixed), ...loopback, names: known(wanted), namesBefore: known(before) };
  return new Map(
    [...numbers].map(([name, number]) => {
      const own = running.get(name)?.find((address) => address !== `${range}.${number}` && wanted.includes(name));
      const local = ula === null || own === undefined ? [] : [`${ula}::${Number(own.split(".")[3]).toString(16)}`];
      const earlier = own === undefined ? {} : { earlier: [own, ...local].filter((address) => !at(number, name).includes(address)) };
      return [name, { addresses: at(number, name).map(prefixed), ...earlier, ...shared }];
    }),
  );
}

/** The names of those that are in the project's network. */
function membersOf(environments: ReadonlyMap<string, Environment> | null | undefined): readonly string[] {
  return [...(environments?.values() ?? [])].filter(({ network }) => network.mode === "nat").map(({ name }) => name);
}

/** The addresses of what runs, by name; what is in a network of others has addresses of that. */
function addressesNow(
  host: Pick<LookingHost, "addressesOf">,
  { manifest, last, found }: LeaseRequest,
  members: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const isElsewhere = (name: string) =>
    !members.includes(name) && [manifest?.environments.get(name), last?.get(name)].some((one) => isLinked(one?.network.mode ?? "none"));
  return new Map(
    found.flatMap(({ name, keeper }) => (keeper === null || isElsewhere(name) ? [] : [[name, host.addressesOf(keeper.pid)] as const])),
  );
}

/** Whether the host's ::1 leads into an environment. */
function hasLoopback({ network: { ports = {} } }: Environment): boolean {
  return Object.values(ports).some(({ address }) => address === null || address === "::" || address === "::1");
}

function prefixed(address: string): string {
  return `${address}/${address.includes(":") ? 64 : 24}`;
}

interface Around {
  /** An address that the manifest asks for; the others that it asks for are in the same range. */
  readonly fixed: string | undefined;
  readonly bridge: string;
  readonly routes: ReturnType<LookingHost["networkSeen"]>["routes"];
  /** The addresses of what runs. */
  readonly standing: readonly string[];
}

/** The first three numbers of the addresses of a /24: `10.213.0`. */
function rangeOf({ fixed, bridge, routes, standing }: Around): string {
  const foreign = routes.filter((route) => route.interface !== bridge);
  if (fixed !== undefined) {
    const range = threeOf(fixed);
    const taken = foreign.find(({ prefix }) => overlaps(`${range}.0/24`, prefix));
    if (taken === undefined) return range;
    throw new CloisterError({
      code: "engine/no-range",
      severity: "error",
      message: `the host has a route to ${taken.prefix} by ${taken.interface}, in which the address ${fixed} of the project's network would be`,
      hint: "take an address of another range",
    });
  }
  // Somebody may have given the bridge another address, or an environment one.
  const ours = (ranges: readonly string[]) => ranges.map(threeOf).filter((range) => candidates.includes(range));
  const bridged = ours(routes.filter((route) => route.interface === bridge && route.prefix.endsWith(".0/24")).map(({ prefix }) => prefix));
  const used = ours(standing).filter((range) => !foreign.some(({ prefix }) => overlaps(`${range}.0/24`, prefix)));
  const known = bridged.find((range) => used.includes(range)) ?? bridged[0] ?? used[0];
  if (known !== undefined) return known;
  const free = candidates.find((range) => !foreign.some(({ prefix }) => overlaps(`${range}.0/24`, prefix)));
  if (free !== undefined) return free;
  throw new CloisterError({
    code: "engine/no-range",
    severity: "error",
    message: "the host has a route to every range of addresses that the project's network could have",
    hint: "ranges are taken from 10.213.0.0/16, 172.29.0.0/16 and 192.168.0.0/16: ip route shows which routes lead there",
  });
}

const candidates: readonly string[] = ["10.213", "172.29", "192.168"].flatMap((two) =>
  Array.from({ length: 256 }, (_, third) => `${two}.${third}`),
);

function threeOf(address: string): string {
  return address.split(".").slice(0, 3).join(".");
}

/** Whether two IPv4 prefixes have an address in common. */
export function overlaps(a: string, b: string): boolean {
  const [[first, length], [second, other]] = [partsOf(a), partsOf(b)];
  const size = 2 ** (32 - Math.min(length, other));
  return Math.floor(first / size) === Math.floor(second / size);
}

function partsOf(prefix: string): readonly [address: number, length: number] {
  const [address = "", length = "32"] = prefix.split("/");
  return [address.split(".").reduce((number, byte) => number * 256 + Number(byte), 0), Number(length)];
}

interface Members {
  readonly names: readonly string[];
  readonly running: ReadonlyMap<string, readonly string[]>;
  /** The addresses that the manifest asks for, by name. */
  readonly fixed: ReadonlyMap<string, string>;
}

/** The last number of the address of each: 2 to 254. */
function numbered(range: string, { names, running, fixed }: Members): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  const taken = new Set<number>();
  const take = (name: string, number: number) => {
    numbers.set(name, number);
    taken.add(number);
  };
  for (const [name, address] of fixed) if (names.includes(name)) take(name, Number(address.split(".")[3]));
  for (const name of names) {
    if (numbers.has(name)) continue;
    const own = running.get(name)?.find((address) => threeOf(address) === range);
    const number = Number(own?.split(".")[3] ?? 0);
    if (number >= 2 && number <= 254 && !taken.has(number)) take(name, number);
  }
  for (const name of names) {
    if (numbers.has(name)) continue;
    const first = hash(name) % places;
    const number = Array.from({ length: places }, (_, step) => 2 + ((first + step) % places)).find((one) => !taken.has(one));
    if (number === undefined) throw tooMany(names.length);
    take(name, number);
  }
  return numbers;
}

const places = 253;

function tooMany(count: number): CloisterError {
  return new CloisterError({
    code: "engine/no-range",
    severity: "error",
    message: `${count} environments are in the project's network, which has ${places} addresses`,
    hint: "take some of them to another project",
  });
}

/** A prefix of local addresses that is the project's (RFC 4193). */
function localPrefix(project: string): string {
  const [high, low] = [hash(`${project} 1`), hash(`${project} 2`)];
  const digits = `${high.toString(16).padStart(8, "0")}${low.toString(16).padStart(8, "0")}`;
  // A group is written without zeros at its front.
  const groups = [`fd${digits.slice(0, 2)}`, digits.slice(2, 6), digits.slice(6, 10), "1"];
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":");
}
