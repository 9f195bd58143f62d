import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { watch } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { promisify } from "node:util";
import type { BuildOptions, Plugin } from "esbuild";
import { build } from "esbuild";

const dist = "dist";

/**
 * Makes `dist/`: the launcher `cloister`, its loader, the command line as CommonJS bundles, the library entry as ESM with its types,
 * and the files that are used as they are. Run from the project's directory. `--watch` makes the command line again whenever a
 * source changes.
 */
async function buildAll(): Promise<void> {
  const started = performance.now();
  fs.mkdirSync(dist, { recursive: true });
  await Promise.all([buildCommandLine(), buildLibrary(), buildDeclarations()]);
  tell("built", started);
  if (process.argv.includes("--watch")) await rebuildOnChange();
}

async function rebuildOnChange(): Promise<void> {
  for await (const { filename } of watch("src", { recursive: true })) {
    const started = performance.now();
    const failed = await buildCommandLine().then(
      () => false,
      () => true, // esbuild has said why; the next change is another try
    );
    if (!failed) tell(`${filename}: built`, started);
  }
}

function tell(what: string, started: number): void {
  process.stdout.write(`${what} ${dist}/cloister in ${((performance.now() - started) / 1000).toFixed(2)} s\n`);
}

async function buildCommandLine(): Promise<void> {
  const built = Object.entries(bundles).map(async ([name, bundle]) => [name, await buildBundle(name, bundle)] as const);
  await buildLoader(Object.fromEntries(await Promise.all(built)));
  await writeHelp();
  copyFiles();
}

/** What the launcher shows by itself: `help/TOPIC`. */
async function writeHelp(): Promise<void> {
  const file = `${dist}/help-texts.${process.pid}.cjs`;
  const define = { ...commonJs.define, VERSION: JSON.stringify(version()) };
  await build({ ...commonJs, define, entryPoints: ["src/cli/help-texts.ts"], outfile: file });
  const { helpTexts }: { helpTexts: () => ReadonlyMap<string, string> } = createRequire(import.meta.url)(resolve(file));
  fs.rmSync(file);
  fs.mkdirSync(`${dist}/help`, { recursive: true });
  for (const [topic, text] of helpTexts()) replaceFile(`${dist}/help/${topic}`, Buffer.from(text));
}

function version(): string {
  const { version: found }: { version: string } = JSON.parse(fs.readFileSync("package.json", "utf8"));
  return found;
}

function copyFiles(): void {
  fs.copyFileSync("src/cli/launcher.sh", `${dist}/cloister`);
  fs.chmodSync(`${dist}/cloister`, 0o755);
  for (const file of ["launcher.pl", "recall.pl"]) fs.copyFileSync(`src/cli/${file}`, `${dist}/${file}`);
  for (const file of fs.readdirSync("src/host").filter((name) => name.endsWith(".pl")))
    fs.copyFileSync(`src/host/${file}`, `${dist}/${file}`);
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

// Loading these takes 1 to 6 ms each, and many runs need none: they are loaded when something of them is first used. commander alone
// would load child_process, for subcommands that are programs of their own; ours are none. A manifest that was read before needs neither
// the reader of YAML nor the validator.
const lazyModules: Plugin = {
  name: "lazy-modules",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(child_process|crypto|fs\/promises|os|timers\/promises|tty|zlib)$/ }, ({ path, namespace }) =>
      namespace === "lazy" ? { path, external: true } : { path, namespace: "lazy" },
    );
    onResolve({ filter: /^yaml$|^validator$|\/validate\.gen\.js$/ }, ({ path, namespace }) =>
      namespace === "lazy-bundle" ? { path, external: true } : { path: path === "yaml" ? path : "validator", namespace: "lazy-bundle" },
    );
    onLoad({ filter: /./, namespace: "lazy" }, ({ path }) => {
      const all = Object.entries(process.getBuiltinModule(path) ?? {}).filter(([name]) => /^\w+$/.test(name) && name !== "default");
      const exported = all.map(([name, value]) => `export const ${name} = /* @__PURE__ */ ${lazily(name, value)};`);
      return {
        contents: [`const all = () => require(${JSON.stringify(path)});`, "const taken = (take) => take();", ...exported].join("\n"),
      };
    });
    onLoad({ filter: /./, namespace: "lazy-bundle" }, async ({ path }) => {
      const names = Object.keys(path === "validator" ? validatorExports : await import(path));
      const getters = names.map((name) => `get ${name}() { return require(${JSON.stringify(path)}).${name}; }`);
      return { contents: `module.exports = { ${getters.join(", ")} };` };
    });
  },
};

/** What stands for an export of a module of Node's until it is used; what is not used at all is left out of the bundle. */
function lazily(name: string, value: unknown): string {
  if (typeof value === "function") return `taken(() => (...given) => all().${name}(...given))`;
  return `taken(() => new Proxy({}, { get: (_, key) => all().${name}[key] }))`;
}

const validatorExports = { validate: true, schema: true };

// `import * as fs` in forty files would be forty copies of a hundred getters, made at every start: they share one module, of which only what
// is used is left.
const sharedModules: Plugin = {
  name: "shared-modules",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(fs|path|path\/posix|buffer|vm)$/ }, ({ path, kind, namespace }) =>
      kind === "import-statement" && namespace !== "shared" ? { path, namespace: "shared" } : { path, external: true },
    );
    onLoad({ filter: /./, namespace: "shared" }, ({ path }) => {
      // fs.promises would be loaded at every start: it is taken from node:fs/promises, which is lazy.
      const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => /^\w+$/.test(name) && name !== "promises");
      const exported = names.map((name) => `export const ${name} = /* @__PURE__ */ taken(() => all.${name});`);
      return { contents: [`const all = require(${JSON.stringify(path)});`, "const taken = (take) => take();", ...exported].join("\n") };
    });
  },
};

// What a verb imports is its own; what is imported later on, few of its runs need. In the bundle that only enters that is left out: who comes to need it leaves the
// run to the whole program.
const wholeProgram: Plugin = {
  name: "whole-program",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path, kind, importer }) =>
      kind === "dynamic-import" && !/\/src\/cli\/commands\//.test(importer) ? { path, namespace: "whole" } : null,
    );
    onLoad({ filter: /./, namespace: "whole" }, ({ path }) => ({
      contents: `throw new Error("of the whole program: " + ${JSON.stringify(path)});`,
    }));
  },
};

interface Bundle {
  readonly entry: string;
  readonly plugins?: Plugin[];
  /** Packages with a bundle of their own: together they are a third of the code, and most runs need neither. */
  readonly external?: string[];
}

const bundles: Readonly<Record<string, Bundle>> = {
  cloister: { entry: "src/cli/main.ts", plugins: [lazyModules, sharedModules], external: ["execa", "listr2", "chokidar"] },
  entering: {
    entry: "src/cli/main-entering.ts",
    plugins: [wholeProgram, lazyModules, sharedModules],
    external: ["cloister", "execa", "listr2", "chokidar"],
  },
  yaml: { entry: "yaml" },
  validator: { entry: "src/manifest/validate.gen.js" },
  execa: { entry: "execa" },
  listr2: { entry: "listr2" },
  chokidar: { entry: "chokidar" },
};

/** A bundle is one function expression, for the loader's vm.Script; returns its digest, with which the file begins. */
async function buildBundle(name: string, { entry, plugins = [], external = [] }: Bundle): Promise<string> {
  const result = await build({
    ...commonJs,
    entryPoints: [entry],
    define: { ...commonJs.define, VERSION: JSON.stringify(version()) },
    // Names as well: what is read and compiled at every start is a quarter less. The map gives them back where something of ours fails.
    minify: true,
    sourcemap: "external",
    sourcesContent: false,
    plugins,
    external,
    banner: { js: "(function(require,__filename,__dirname){var module={exports:{}},exports=module.exports;" },
    footer: { js: "return module.exports})" },
    write: false,
    outfile: `${dist}/${name}.cjs`,
  });
  const [map = new Uint8Array(), code = new Uint8Array()] = result.outputFiles.map(({ contents }) => contents);
  replaceFile(`${dist}/${name}.cjs.map`, map);
  const id = createHash("sha256").update(code).digest("hex").slice(0, 12);
  replaceFile(`${dist}/${name}.cjs`, Buffer.concat([Buffer.from(`/*${id}*/`), code]));
  return id;
}

async function buildLoader(digests: Readonly<Record<string, string>>): Promise<void> {
  const options: BuildOptions = { ...commonJs, entryPoints: ["src/cli/loader.ts"], plugins: [sharedModules], minify: true, write: false };
  const result = await build({ ...options, define: { ...commonJs.define, BUNDLES: JSON.stringify(digests) } });
  replaceFile(`${dist}/loader.cjs`, result.outputFiles?.[0]?.contents ?? new Uint8Array());
}

async function buildLibrary(): Promise<void> {
  await build({ ...common, format: "esm", packages: "external", entryPoints: ["src/index.ts"], outfile: `${dist}/index.js` });
}

/** Types of the library. They are not checked here, which `npm run check` does. */
async function buildDeclarations(): Promise<void> {
  const { compilerOptions } = JSON.parse(fs.readFileSync("tsconfig.json", "utf8"));
  const options = {
    ...compilerOptions,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    noCheck: true,
    rootDir: "../src",
    outDir: ".",
  };
  const config = `${dist}/tsconfig.${process.pid}.json`;
  fs.writeFileSync(config, JSON.stringify({ compilerOptions: options, files: ["../src/index.ts"] }));
  try {
    await promisify(execFile)("node_modules/.bin/tsc", ["-p", config]);
  } finally {
    fs.rmSync(config);
  }
}

/** A command that starts meanwhile meets the old file or the new one, never half of one. */
function replaceFile(path: string, content: Uint8Array): void {
  fs.writeFileSync(`${path}.${process.pid}`, content);
  fs.renameSync(`${path}.${process.pid}`, path);
}

await buildAll();
