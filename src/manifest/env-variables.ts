import type { Environment as WrittenEnvironment } from "../model/manifest.gen.ts";
import type { Reading } from "./reading.ts";
import { hostPath, textsAt } from "./reading.ts";
import { quoted } from "./shown.ts";
import { inside, isList } from "./tree.ts";

/** The variables of an environment or of one process: those of the env files in their order, and over them those that the manifest says itself. */
export function readEnvironment(
  reading: Reading,
  { env_file, environment }: Pick<WrittenEnvironment, "env_file" | "environment">,
): Record<string, string> {
  const at = inside(reading.at, "environment");
  for (const name of Object.keys(environment ?? {}).filter(isOurs)) {
    reading.findings.report({ code: "manifest/bad-name", at: inside(at, name), on: "key", message: ownName(name) });
  }
  const own = textsAt(reading, at, environment);
  if (env_file === undefined) return own;
  return { ...fromFiles(reading, env_file, own), ...own };
}

function fromFiles(
  reading: Reading,
  written: NonNullable<WrittenEnvironment["env_file"]>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const found: Record<string, string> = {};
  const place = inside(reading.at, "env_file");
  for (const [index, entry] of [written].flat().entries()) {
    const item = isList(written) ? inside(place, index) : place;
    const { path = "", required = true } = typeof entry === "string" ? { path: entry } : entry;
    const at = typeof entry === "string" ? item : inside(item, "path");
    if (path === "" || reading.findings.marked(at)) continue;
    const file = hostPath(reading, at, { written: path, optional: true });
    const read = reading.envFile(file);
    if (read === null) {
      const hint = "make it, correct the path, or say {path: ..., required: false}";
      if (required) reading.findings.report({ code: "manifest/env-file", at, message: `there is no env file ${quoted(file)}`, hint });
    } else if ("problem" in read) {
      reading.findings.report({ code: "manifest/env-file", at, message: `the env file ${quoted(file)} ${read.problem}` });
    } else {
      for (const [name, { value, at: line }] of read.values) {
        if (isOurs(name)) reading.findings.tell({ code: "manifest/bad-name", severity: "error", message: ownName(name), at: line });
        if (!Object.hasOwn(own, name)) reading.note(inside(inside(reading.at, "environment"), name), line);
        found[name] = value;
      }
    }
  }
  return found;
}

function isOurs(name: string): boolean {
  return name.startsWith("CLOISTER_");
}

function ownName(name: string): string {
  return `variable ${name} is cloister's own: those that begin with CLOISTER_ mark its processes`;
}
