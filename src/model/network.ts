import type { NetworkMode } from "./environment.ts";
import { fnv1a } from "./fnv.ts";

/** Whether an environment with that mode has an eth0 of ours, with addresses, routes and an MTU. */
export function isLinked(mode: NetworkMode): mode is "nat" | "bridge" | "macvlan" | "user" {
  return mode === "nat" || mode === "bridge" || mode === "macvlan" || mode === "user";
}

/** With mode `user`: the address of eth0, with the length of its prefix. Nobody outside sees it. */
export const userAddress = "10.0.2.15/24";

/** With mode `user`: the next hop of everything, which the process behind eth0 answers for. */
export const userGateway = "10.0.2.2";

/** The same by IPv6, where the host has that. */
export const userSix = { address: "fd00:a00:2::15/64", gateway: "fd00:a00:2::2" } as const;

/** Whether an environment switches IPv6 off for itself: then it has no address of that. */
export function lacksSix(environment: { readonly sysctls: Readonly<Record<string, string>> } | null | undefined): boolean {
  return ["all", "default", "eth0"].some((name) => environment?.sysctls[`net.ipv6.conf.${name}.disable_ipv6`]?.trim() === "1");
}

/** What the network of a project is called in the kernel. */
export interface ProjectNetwork {
  readonly bridge: string;
  /** The nft table, of the family inet. */
  readonly table: string;
}

/** What the names of our bridges begin with. */
const bridges = "clb-";

/** Any of our bridges, as nft names them. */
export const anyBridge = `${bridges}*`;

/** What the names of our nft tables begin with. */
export const ownTables = "cloister_";

/** The names of a project's bridge and table: the bridge's has room for fifteen characters only. */
export function projectNetwork(project: string): ProjectNetwork {
  return { bridge: `${bridges}${hash(project).toString(16).padStart(8, "0").slice(0, 6)}`, table: `${ownTables}${project}` };
}

/** The name of an environment's interface on the host, by its birth id. */
export function hostLink(id: string): string {
  return `cl-${id}`;
}

/**
 * The MAC address of an environment on the bridge of its project, locally administered: the same in each of its lives, so that what its neighbours know of it
 * stays true. Without that they ask an address that is gone for up to half a minute.
 */
export function hardwareAddress(project: string, environment: string): string {
  const [first, last] = ["a", "b"].map((half) => hash(`${project}/${environment}/${half}`).toString(16).padStart(8, "0"));
  return `02${first}${last?.slice(0, 2)}`.replace(/..(?=.)/g, "$&:");
}

/** 32 bits of a text, well spread. */
export function hash(text: string): number {
  const state = fnv1a(text);
  return Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
}
