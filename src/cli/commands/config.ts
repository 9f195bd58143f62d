import type { Manifest } from "../../model/environment.ts";
import { environmentsOperand, selectEnvironments } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const config: Verb = {
  name: "config",
  summary: "print the manifest with every default filled in",
  description:
    "Prints the canonical manifest: all files as one, every default written out, every size and path in its final form. It is a manifest again. Needs no root and changes nothing.",
  operands: [environmentsOperand],
  flags: [{ spelling: "--origin", description: "say for each line which file and line it comes from, or that it is a default" }],
  examples: [
    { command: "cloister config", shows: "everything that cloister.yaml means" },
    { command: "cloister config --origin web", shows: "only web, and where each value comes from" },
    { command: "cloister config --json | jq '.manifest.environments.web.mounts'", shows: "for programs" },
  ],
  async run(context) {
    const { loadManifest } = await import("../load-manifest.ts");
    const { settings, terminal, flags, operands } = context;
    const manifest = selected(loadManifest(context), operands);
    if (settings.json) {
      terminal.out(`${JSON.stringify(await documentOf(manifest, flags.has("origin")))}\n`);
    } else {
      const { canonicalText } = await import("../../manifest/canonical-text.ts");
      terminal.out(canonicalText(manifest, { origin: flags.has("origin") }));
    }
    return 0;
  },
};

function selected(manifest: Manifest, operands: readonly string[]): Manifest {
  const names = selectEnvironments(operands, [...manifest.environments.keys()]);
  const environments = new Map([...manifest.environments].filter(([name]) => names.includes(name)));
  return { ...manifest, environments };
}

async function documentOf(manifest: Manifest, origin: boolean): Promise<Record<string, unknown>> {
  const { canonical } = await import("../../manifest/canonical.ts");
  const document = { schema: "cloister/config/v1", manifest: canonical(manifest) };
  if (!origin) return document;
  const { placeRecord } = await import("../../ui/diagnostics-json.ts");
  return { ...document, origins: Object.fromEntries([...manifest.origins].map(([address, place]) => [address, placeRecord(place)])) };
}
