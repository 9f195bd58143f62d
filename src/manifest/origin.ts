import type { Address } from "../model/address.ts";
import type { Place } from "../model/diagnostic.ts";

/** The keys that decide what another one is, by the path inside the environment. */
const deciders: Readonly<Record<string, string>> = {
  "namespaces.net": "network.mode",
  "namespaces.user": "users",
  "namespaces.time": "time_offsets",
};

/** Values that may be written in a short form: their parts then stand where the whole does. */
const shortForms = [
  /^(.*\.(?:namespaces|users|ulimits\.[a-z]+))\.[a-z_]+$/,
  /^(.*\.mounts\["(?:[^"\\]|\\.)*"\])\.(?:type|source|read_only)$/,
  /^(.*\.files\["(?:[^"\\]|\\.)*"\])\.source$/,
  /^(.*\.(?:dns|extra_hosts(?:\.[A-Za-z0-9_-]+|\["[^"]*"\])))\[\d+\]$/,
];

/** Says of an address of the canonical form where its value was written (`web.yaml:14`), or `default`. */
export function originFinder(origins: ReadonlyMap<Address, Place>): (address: Address) => string {
  const long = new Set([...origins.keys()].map((address) => shortForm(address)));
  return (address) => {
    const short = shortForm(address);
    const place = origins.get(address) ?? origins.get(decider(address)) ?? (long.has(short) ? undefined : origins.get(short));
    return place === undefined ? "default" : `${place.file}:${place.line}`;
  };
}

function decider(address: Address): Address {
  const dot = address.indexOf(".");
  const path = deciders[address.slice(dot + 1)];
  return path === undefined ? "" : `${address.slice(0, dot)}.${path}`;
}

function shortForm(address: Address): Address {
  for (const pattern of shortForms) {
    const short = pattern.exec(address)?.[1];
    if (short !== undefined) return short;
  }
  return "";
}
