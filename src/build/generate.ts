import * as fs from "node:fs";
import * as path from "node:path";
import { classesTable } from "./classes-table.ts";
import { errorsPage } from "./errors-page.ts";
import { manifestPage } from "./manifest-page.ts";
import { manifestTypes } from "./manifest-types.ts";
import { manifestValidator, manifestValidatorTypes } from "./manifest-validator.ts";
import { object } from "./schema-node.ts";
import { replaceSection } from "./section.ts";

/** Written by hand but for its table. */
const classesPage = "docs/live-changes.md";

/** Every generated file and what it is made by. Run from the project's directory. */
async function generated(): Promise<ReadonlyMap<string, string>> {
  const schema = object(JSON.parse(fs.readFileSync("schemas/cloister.schema.json", "utf8")));
  return new Map([
    ["src/model/manifest.gen.ts", await manifestTypes(schema)],
    ["src/manifest/validate.gen.js", manifestValidator(schema)],
    ["src/manifest/validate.gen.d.ts", manifestValidatorTypes],
    ["docs/manifest.md", manifestPage(schema)],
    ["docs/errors.md", errorsPage()],
    [classesPage, replaceSection(fs.readFileSync(classesPage, "utf8"), "classes", classesTable(schema))],
  ]);
}

/** The files whose content is not what is generated now; with `--check` they are named, else they are written. */
async function generate(check: boolean): Promise<number> {
  const stale = [...(await generated())].filter(([file, content]) => read(file) !== content);
  for (const [file, content] of stale) {
    if (check) {
      process.stderr.write(`stale: ${file}\n`);
      continue;
    }
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    process.stdout.write(`wrote ${file}\n`);
  }
  if (check && stale.length > 0) process.stderr.write("run npm run gen, and commit what it writes\n");
  return check && stale.length > 0 ? 1 : 0;
}

function read(file: string): string | null {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : null;
}

process.exitCode = await generate(process.argv.includes("--check"));
