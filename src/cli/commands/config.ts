import { CloisterError } from "../../model/diagnostic.ts";
import type { Manifest, UsedVariable } from "../../model/environment.ts";
import type { Context } from "../context.ts";
import { exitCodeOf } from "../exit.ts";
import { environmentsOperand, selectEnvironments } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const config: Verb = {
  name: "config",
  summary: "print the manifest with every default filled in",
  description:
    "Prints the canonical manifest: all files as one, variables put in, what is extended merged, every default written out, every size and path in its final form. It is a manifest again. Needs no root and changes nothing.",
  operands: [environmentsOperand],
  flags: [
    { spelling: "--origin", description: "say for each line which file and line it comes from, or that it is a default" },
    {
      spelling: "--variables",
      description: "list the variables that the manifest uses instead: what each holds, who says so, and where it is used",
    },
  ],
  examples: [
    { command: "cloister config", shows: "everything that cloister.yaml means" },
    { command: "cloister config --origin web", shows: "only web, and where each value comes from" },
    { command: "cloister config --variables", shows: "what must be set, and what is" },
    { command: "cloister config --json | jq '.manifest.environments.web.mounts'", shows: "for programs" },
  ],
  async run(context) {
    const { settings, terminal, flags, operands } = context;
    if (flags.has("variables")) return printVariables(context);
    const { loadManifest } = await import("../load-manifest.ts");
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

/** Of a manifest with problems too: that a variable is not set is one. */
async function printVariables(context: Context): Promise<number> {
  const { settings, terminal, operands, sources } = context;
  refuseOperands(operands);
  const { tryManifest } = await import("../load-manifest.ts");
  const loaded = tryManifest(context, settings.files);
  const { variables = [] }: { readonly variables?: readonly UsedVariable[] } = "manifest" in loaded ? loaded.manifest : loaded;
  const { renderVariables, variablesDocument } = await import("../../ui/render-variables.ts");
  terminal.out(settings.json ? `${JSON.stringify(variablesDocument(variables))}\n` : renderVariables(variables));
  if ("manifest" in loaded) return 0;
  if (!settings.json) {
    const { renderDiagnostics } = await import("../../ui/code-frame.ts");
    terminal.error(`\n${renderDiagnostics(loaded.diagnostics, sources, { color: settings.color.error })}`);
  }
  return exitCodeOf(loaded.diagnostics);
}

function refuseOperands([environment]: readonly string[]): void {
  if (environment === undefined) return;
  const message = `--variables lists those of the whole manifest, not of ${JSON.stringify(environment)} alone`;
  throw new CloisterError({ code: "usage/invalid-value", severity: "error", message, hint: "leave the environment out" });
}

function selected(manifest: Manifest, operands: readonly string[]): Manifest {
  const names = selectEnvironments(operands, [...manifest.environments.keys()], manifest.inactive);
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
