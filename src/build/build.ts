import { createHash } from "node:crypto";
import * as fs from "node:fs";
import type { BuildOptions } from "esbuild";
import { build } from "esbuild";

const dist = "dist";

/**
 * Makes `dist/`: the launcher `cloister`, its loader, the command line as one CommonJS bundle, the library entry as ESM, and the
 * files that are used as they are. Run from the project's directory.
 */
async function buildAll(): Promise<void> {
  const started = performance.now();
  fs.mkdirSync(dist, { recursive: true });
  const [buildId] = await Promise.all([buildCommandLine(), buildLibrary()]);
  await buildLoader(buildId);
  fs.copyFileSync("src/cli/launcher.sh", `${dist}/cloister`);
  fs.chmodSync(`${dist}/cloister`, 0o755);
  if (fs.existsSync("src/host/shim.pl")) fs.copyFileSync("src/host/shim.pl", `${dist}/shim.pl`);
  process.stdout.write(`built ${dist}/cloister ${buildId} in ${((performance.now() - started) / 1000).toFixed(2)} s\n`);
}

const common = {
  bundle: true,
  platform: "node",
  target: "node20.19",
  charset: "ascii",
  logLevel: "warning",
  legalComments: "none",
} as const satisfies BuildOptions;

// CommonJS starts 5-10 ms sooner than ESM. `import()` becomes a lazy `require`: a vm.Script has no module loader of its own.
const commonJs = {
  ...common,
  format: "cjs",
  supported: { "dynamic-import": false },
  define: { "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" },
} as const satisfies BuildOptions;

/** The bundle is one function expression, for the loader's vm.Script; returns its digest, which also opens the file. */
async function buildCommandLine(): Promise<string> {
  const { version } = JSON.parse(fs.readFileSync("package.json", "utf8"));
  const result = await build({
    ...commonJs,
    entryPoints: ["src/cli/main.ts"],
    define: { ...commonJs.define, VERSION: JSON.stringify(version) },
    minifySyntax: true,
    minifyWhitespace: true,
    banner: { js: "(function(require,__filename,__dirname){var module={exports:{}},exports=module.exports;" },
    footer: { js: "})" },
    write: false,
    outfile: `${dist}/cloister.cjs`,
  });
  const code = result.outputFiles[0]?.contents ?? new Uint8Array();
  const id = createHash("sha256").update(code).digest("hex").slice(0, 12);
  replaceFile(`${dist}/cloister.cjs`, Buffer.concat([Buffer.from(`/*${id}*/`), code]));
  return id;
}

async function buildLoader(buildId: string): Promise<void> {
  const options: BuildOptions = { ...commonJs, entryPoints: ["src/cli/loader.ts"], minify: true, write: false };
  const result = await build({ ...options, define: { ...commonJs.define, BUILD_ID: JSON.stringify(buildId) } });
  replaceFile(`${dist}/loader.cjs`, result.outputFiles?.[0]?.contents ?? new Uint8Array());
}

async function buildLibrary(): Promise<void> {
  await build({ ...common, format: "esm", packages: "external", entryPoints: ["src/index.ts"], outfile: `${dist}/index.js` });
}

/** A command that starts meanwhile meets the old file or the new one, never half of one. */
function replaceFile(path: string, content: Uint8Array): void {
  fs.writeFileSync(`${path}.new`, content);
  fs.renameSync(`${path}.new`, path);
}

await buildAll();
