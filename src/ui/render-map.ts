import type { MappedNamespace } from "../model/namespace-map.ts";
import { printable } from "./printable.ts";
import { styleFor } from "./style.ts";
import { tableLines } from "./table.ts";

/** Every namespace of the machine as one JSON document, `cloister/map/v1` (schemas/output/map-v1.json). */
export function mapDocument(namespaces: readonly MappedNamespace[]): Record<string, unknown> {
  return { schema: "cloister/map/v1", namespaces };
}

/** How many processes of a namespace are named. */
const named = 4;

/** The same for people, a line each. Ends in a line break. */
export function renderMap(namespaces: readonly MappedNamespace[], options: { readonly color: boolean }): string {
  const rows = namespaces.map((one) => [one.kind, one.inode, ownerOf(one), residentsOf(one)]);
  const [title = "", ...lines] = tableLines([["KIND", "NAMESPACE", "OWNER", "LIVES THERE"], ...rows]);
  return `${[styleFor(options.color).dim(title), ...lines].join("\n")}\n`;
}

function ownerOf({ host, owner }: MappedNamespace): string {
  if (host) return "host";
  return owner === null ? "-" : `${printable(owner.project)}/${printable(owner.environment)}`;
}

function residentsOf({ host, processes, files }: MappedNamespace): string {
  const kept = files.map((file) => `kept by ${printable(file)}`);
  const shown =
    host && processes.length > named ? [] : processes.slice(0, named).map(({ pid, command }) => `${printable(command)} (${pid})`);
  const more = processes.length - shown.length;
  const rest = more === 0 ? [] : [shown.length === 0 ? `${more} processes` : `${more} more`];
  return [...shown, ...rest, ...kept].join(", ");
}
