import type { Part } from "./part.ts";
import { listed } from "./part.ts";

/**
 * The published ports of a process as a part has them (`127.0.0.1/8080:80 tcp`): what it was told, with a word on each at which the kernel shows nobody who
 * listens. `listening`: where it does, as `tcp 127.0.0.1 8080`; null where that is not to be asked.
 */
export function publishedPart(ports: readonly string[], listening: readonly string[] | null): Part {
  const open = listening === null ? null : new Set(listening);
  const shown = ports.map((port) => (open === null || isOpen(port, open) ? port : `${port}${deaf}`));
  return shown.length === 0 ? {} : { published: listed(shown) };
}

const deaf = ", nobody listens";

/** Such a port without that word. */
export function heard(port: string): string {
  return port.endsWith(deaf) ? port.slice(0, -deaf.length) : port;
}

/** A port of any address is one of IPv4 at least: one socket can stand for both families. */
function isOpen(port: string, open: ReadonlySet<string>): boolean {
  const [, address, first = "", last = first, protocol = ""] = /^(?:(.*)\/)?(\d+)(?:-(\d+))?:\S+ (\S+)$/.exec(port) ?? [];
  const addresses = address === undefined ? ["0.0.0.0", "::"] : [address];
  const numbers = Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index);
  return numbers.every((number) => addresses.some((one) => open.has(`${protocol} ${one} ${number}`)));
}
