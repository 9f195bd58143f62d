import type { NetworkMode } from "./environment.ts";
import { fnv1a } from "./fnv.ts";

/** Whether an environment with that mode has an eth0 of ours, whose address, routes and MTU are declared. */
export function isLinked(mode: NetworkMode): mode is "nat" | "bridge" | "macvlan" {
  return mode === "nat" || mode === "bridge" || mode === "macvlan";
}

/** What the network of a project is called in the kernel. */
export interface ProjectNetwork {
  readonly bridge: string;
  /** The nft table, of the family inet. */
  readonly table: string;
}

/** The names of a project's bridge and table: the bridge's has room for fifteen characters only. */
export function projectNetwork(project: string): ProjectNetwork {
  return { bridge: `clb-${hash(project).toString(16).padStart(8, "0").slice(0, 6)}`, table: `cloister_${project}` };
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
