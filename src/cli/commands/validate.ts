import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Manifest } from "../../model/environment.ts";
import type { Context } from "../context.ts";
import { exitCodeOf } from "../exit.ts";
import type { Verb } from "../verb.ts";

export const validate: Verb = {
  name: "validate",
  summary: "check a manifest and report every problem with its line",
  description:
    "Reads the manifest as the other verbs do and reports all problems in one run: unknown and misspelt keys, wrong types and values, mounts that overlap, sources that are missing. Needs no root and changes nothing. Ends with 3 when there is an error.",
  operands: [{ spelling: "[FILE...]", description: "manifests, as with -f: files, directories, or - for standard input" }],
  flags: [
    {
      spelling: "--format FORM",
      description: "text for people, json for programs, github for annotations in a workflow",
      choices: ["text", "json", "github"],
    },
  ],
  examples: [
    { command: "cloister validate", shows: "check cloister.yaml of this directory" },
    {
      command: "cloister validate base.yaml production.yaml",
      shows: "check two manifests as one: what the second says stands over the first",
    },
    { command: "cloister config | cloister validate -", shows: "check what another command prints" },
    { command: "cloister validate --format github", shows: "in a GitHub workflow: problems beside the lines of a pull request" },
  ],
  async run(context) {
    const { tryManifest } = await import("../load-manifest.ts");
    const { operands, settings } = context;
    const loaded = tryManifest(context, [...settings.files, ...operands]);
    const diagnostics = "manifest" in loaded ? loaded.manifest.warnings : loaded.diagnostics;
    await tell(diagnostics, { context, manifest: "manifest" in loaded ? loaded.manifest : null });
    return exitCodeOf(diagnostics);
  },
};

async function tell(
  diagnostics: readonly Diagnostic[],
  { context, manifest }: { readonly context: Context; readonly manifest: Manifest | null },
): Promise<void> {
  const { settings, terminal, flags, sources } = context;
  const format = settings.json ? "json" : flags.value("format");
  const environments = manifest === null ? [] : [...manifest.environments.keys()];
  if (format === "json") {
    const { diagnosticsDocument } = await import("../../ui/diagnostics-json.ts");
    const summary = { valid: manifest !== null, project: manifest?.project ?? null, environments };
    terminal.out(`${JSON.stringify(diagnosticsDocument(diagnostics, summary))}\n`);
  } else if (format === "github") {
    const { githubAnnotations } = await import("../../ui/diagnostics-github.ts");
    terminal.out(githubAnnotations(diagnostics));
  } else {
    await tellText(diagnostics, { context, last: summaryOf(diagnostics, manifest), sources });
  }
}

async function tellText(
  diagnostics: readonly Diagnostic[],
  { context, last, sources }: { context: Context; last: string; sources: ReadonlyMap<string, string> },
): Promise<void> {
  const { settings, terminal } = context;
  if (diagnostics.length > 0) {
    const { renderDiagnostics } = await import("../../ui/code-frame.ts");
    terminal.error(`${renderDiagnostics(diagnostics, sources, { color: settings.color.error })}\n`);
  }
  const valid = exitCodeOf(diagnostics) === 0;
  if (!valid) terminal.error(last);
  else if (!settings.quiet) terminal.out(last);
}

function summaryOf(diagnostics: readonly Diagnostic[], manifest: Manifest | null): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const counts = [counted(errors, "error"), counted(warnings, "warning")].filter((text) => text !== "").join(", ");
  if (manifest === null) return `${counts}\n`;
  const names = [...manifest.environments.keys()];
  const what =
    names.length === 0
      ? "no environments"
      : `${counted(names.length, "environment")} (${names.slice(0, 8).join(", ")}${names.length > 8 ? ", ..." : ""})`;
  return `${manifest.project} is valid: ${what}${counts === "" ? "" : `, ${counts}`}\n`;
}

function counted(count: number, noun: string): string {
  return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}
