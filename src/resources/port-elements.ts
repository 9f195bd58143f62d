import type { PublishedPort } from "../model/environment.ts";
import type { Lease } from "../model/resource.ts";
import { portMaps } from "./nat-rules.ts";

/** One element of one of the maps, as nft writes it: `any4 tcp . 8080 : 10.213.0.5 . 80`. */
export type Element = string;

/** The elements of a port, or of each of a range: one, or one of each family. */
export function elementsOf({ address, port, protocol, to, count = 1 }: PublishedPort, { addresses }: Lease): readonly Element[] {
  return addresses.flatMap((own): readonly Element[] => {
    const inside = own.replace(/\/\d+$/, "");
    const family = inside.includes(":") ? 6 : 4;
    const isAny = address === null || address === anyOf[family];
    if (!isAny && address.includes(":") !== (family === 6)) return [];
    const start = isAny ? `any${family} ${protocol}` : `one${family} ${address} . ${protocol}`;
    return Array.from({ length: count }, (_, index) => `${start} . ${port + index} : ${inside} . ${to + index}`);
  });
}

/** The address that stands for all of a family. */
export const anyOf = { 4: "0.0.0.0", 6: "::" } as const;

/** The host's side of an element that the manifest does not have. */
export function keyOf(element: Element): string {
  const [, map = "", key = ""] = /^(\S+) (.*) : /.exec(element) ?? [];
  const parts = key.split(" . ");
  const address = map.startsWith("one") ? (parts[0] ?? "") : anyOf[map === "any6" ? 6 : 4];
  return `${address.includes(":") ? `[${address}]` : address}:${parts.at(-1)}`;
}

/** The elements of a table, as it is listed. */
export function elementsIn(table: string | null): readonly Element[] {
  return Object.keys(portMaps).flatMap((map) => {
    const body = new RegExp(`^\\tmap ${map} \\{\\n[\\s\\S]*?elements = \\{([\\s\\S]*?)\\}`, "m").exec(blockOf(table, map))?.[1] ?? "";
    return body.split(",").flatMap((one) => (one.trim() === "" ? [] : [`${map} ${one.trim().replace(/\s+/g, " ")}`]));
  });
}

function blockOf(table: string | null, map: string): string {
  return new RegExp(`^\\tmap ${map} \\{\\n[\\s\\S]*?^\\t\\}$`, "m").exec(table ?? "")?.[0] ?? "";
}

/** The addresses of an environment that elements may lead to, those that it has as yet among them, without prefixes. */
export function ownAddresses({ addresses, earlier = [] }: Lease): readonly string[] {
  return [...addresses.map((address) => address.replace(/\/\d+$/, "")), ...earlier];
}

/** The port of the host that an element is about. */
export function hostPort(element: Element): number {
  return Number(/ (\d+) : /.exec(element)?.[1]);
}
