import type { Root } from "../model/root.ts";
import { chainName, digest16, layerNames, rootPath } from "../model/root.ts";
import type { Step, Text } from "../model/step.ts";

/** What steps of a run found out: `ADDRESS pid`, `ADDRESS path` ... */
export type Outputs = Map<string, string>;

/** The text with every reference replaced by what an earlier step found out. */
export function resolve(run: { readonly outputs: Outputs }, text: Text): string {
  if (typeof text === "string") return text;
  const parts = "of" in text ? [text] : text;
  return parts.map((part) => (typeof part === "string" ? part : output(run, part))).join("");
}

function output(run: { readonly outputs: Outputs }, ref: { readonly of: string; readonly name: string }): string {
  const value = run.outputs.get(`${ref.of} ${ref.name}`);
  if (value === undefined) throw new Error(`${ref.of} has no ${ref.name} yet`);
  return value;
}

/** Notes a root that was built. */
export function noteRoot({ outputs }: { readonly outputs: Outputs }, { of, store }: Step & { readonly type: "image" }, root: Root): void {
  outputs.set(`${of} digest16`, digest16(root));
  outputs.set(`${of} path`, rootPath(store, root));
  outputs.set(`${of} chain16`, chainName(layerNames(root)));
}
