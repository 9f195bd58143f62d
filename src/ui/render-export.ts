import type { Root } from "../model/root.ts";
import { printable } from "./printable.ts";

/** What was exported where. */
export interface ExportReport {
  readonly root: Root;
  readonly form: "tar" | "erofs" | "oci";
  readonly target: string;
  /** sha256 of the file, or of the image's manifest; hex. */
  readonly digest: string;
}

/** For people. Ends in a line break. */
export function renderExport({ root, form, target, digest }: ExportReport): string {
  const what = { tar: "a tar", erofs: "an erofs image", oci: "an OCI image" }[form];
  return `${printable(root.name)} (${root.key}) is ${what} in ${printable(target)}, sha256 ${digest}\n`;
}

/** As one JSON document, `cloister/rootfs-export/v1` (schemas/output/rootfs-export-v1.json). */
export function exportDocument({ root: { key, name }, form, target, digest }: ExportReport): Record<string, unknown> {
  return { schema: "cloister/rootfs-export/v1", key, name, form, target, digest };
}
