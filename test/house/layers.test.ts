import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

interface Report {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[];
  };
}

/** What dependency-cruiser says of the project at `directory`. */
function cruise(directory: string): Report {
  const program = resolve("node_modules/.bin/depcruise");
  const args = ["--config", ".dependency-cruiser.cjs", "--output-type", "json", "src", "test"];
  const { stdout, stderr } = spawnSync(program, args, { cwd: directory, encoding: "utf8", maxBuffer: 1 << 28 });
  assert.ok(stdout.startsWith("{"), stderr);
  const report: Report = JSON.parse(stdout);
  return report;
}

const broken = ({ summary }: Report): string[] => summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).sort();

test("every room imports only what it may, and nothing goes in circles, types included", () => {
  const report = cruise(".");
  const seen = new Set(report.modules.map(({ source }) => source));
  const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".d.ts"),
  );
  assert.ok(sources.length > 30, `only ${sources.length} sources`);
  // Under a TypeScript that it does not know, dependency-cruiser reads no modules at all and reports success.
  const unseen = sources.map((name) => `src/${name}`).filter((name) => !seen.has(name));
  assert.equal(unseen, []);
  assert.ok(broken(report).length === 0, broken(report).join("\n"));
});

/** Each planted import, and the rules that must catch it. */
const planted: Readonly<Record<string, { readonly text: string; readonly rules: readonly string[] }>> = {
  "src/model/planted.ts": {
    text: 'import type { Stats } from "node:fs";\nexport type A = Stats;',
    rules: ["model-node", "pure-cannot-act"],
  },
  "src/kernel/planted.ts": { text: 'import type { Step } from "../model/step.ts";\nexport type A = Step;', rules: ["kernel-rooms"] },
  "src/manifest/planted.ts": { text: 'import type { ExecaError } from "execa";\nexport type A = ExecaError;', rules: ["manifest-npm"] },
  "src/plan/planted.ts": {
    text: 'import type { A } from "../host/planted.ts";\nexport type B = A;',
    rules: ["plan-rooms", "pure-cannot-act"],
  },
  "src/host/planted.ts": { text: 'import { parse } from "yaml";\nexport const a = parse;\nexport type A = string;', rules: ["host-npm"] },
  "src/ui/planted.ts": { text: 'import { Listr } from "listr2";\nexport const a = Listr;', rules: ["listr2-door"] },
  "src/resources/planted.ts": {
    text: 'import { spawn } from "node:child_process";\nexport const a = spawn;',
    rules: ["resources-node", "pure-cannot-act"],
  },
  "src/engine/planted.ts": { text: 'import type { A } from "../ui/planted-circle.ts";\nexport type B = A;', rules: ["engine-rooms"] },
  "src/engine/drift.ts": {
    text: 'import type { A } from "./execute.ts";\nexport type B = A;',
    rules: ["drift-cannot-act"],
  },
  "src/engine/execute.ts": { text: "export type A = string;", rules: [] },
  "src/ui/planted-circle.ts": { text: 'import type { B } from "./planted-round.ts";\nexport type A = B;', rules: ["circle"] },
  // A circle is told once, at the first of its files.
  "src/ui/planted-round.ts": { text: 'import type { A } from "./planted-circle.ts";\nexport type B = A;', rules: [] },
  "src/cli/planted.ts": { text: 'import { test } from "uvu";\nexport const a = test;', rules: ["cli-npm", "uvu-door"] },
  "src/build/planted.ts": {
    text: 'import "./nowhere.ts";\nimport type { A } from "../host/planted.ts";\nexport type B = A;',
    rules: ["build-rooms", "unresolved"],
  },
};

test("each rule catches an import that breaks it", () => {
  const directory = mkdtempSync(join(tmpdir(), "cloister-layers-"));
  try {
    for (const name of ["tsconfig.json", "package.json", ".dependency-cruiser.cjs"]) cpSync(name, join(directory, name));
    symlinkSync(resolve("node_modules"), join(directory, "node_modules"));
    cpSync("src/model", join(directory, "src/model"), { recursive: true });
    mkdirSync(join(directory, "test"));
    for (const [path, { text }] of Object.entries(planted)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    const found = cruise(directory).summary.violations;
    for (const [path, { rules }] of Object.entries(planted)) {
      const caught = new Set(found.filter(({ from }) => from === path).map(({ rule }) => rule.name));
      assert.equal([...caught].sort(), [...rules].sort(), path);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test.run();
