// The rooms of docs/ARCHITECTURE.md, and what each may import: rooms below it, npm packages that have their door there, Node's own
// modules. Everything else is an error, types included. `test/house/layers.test.ts` runs this and breaks it on purpose.

/** Node modules that only compute; every room may use them. */
const pure = ["path", "path/posix", "crypto", "util", "url", "assert", "buffer"];

const rooms = {
  model: { rooms: [], npm: [], node: [] },
  kernel: { rooms: [], npm: [], node: [] },
  manifest: { rooms: ["model"], npm: ["yaml", "ajv"], node: pure },
  plan: { rooms: ["model"], npm: [], node: pure },
  host: { rooms: ["model", "kernel"], npm: ["execa"], node: null },
  ui: { rooms: ["model"], npm: ["listr2"], node: [...pure, "tty", "readline"] },
  resources: { rooms: ["model", "kernel", "plan"], npm: [], node: pure },
  engine: { rooms: ["model", "plan"], npm: ["chokidar"], node: [...pure, "events", "timers/promises"] },
  cli: { rooms: ["model", "kernel", "manifest", "plan", "host", "ui", "resources", "engine"], npm: ["commander"], node: null },
  build: { rooms: ["model", "manifest"], npm: ["esbuild", "ajv", "json-schema-to-typescript", "dependency-cruiser"], node: null },
};

const npm = (names) => `node_modules/(${names.join("|")})(/|$)`;
const node = (names) => `^(node:)?(${names.join("|")})$`;

const forbidden = Object.entries(rooms).flatMap(([room, may]) => {
  const from = { path: `^src/${room}/` };
  const own = [room, ...may.rooms];
  const nodeTypes = { dependencyTypes: ["core"] };
  return [
    {
      name: `${room}-rooms`,
      comment: `${room}/ imports only from: ${own.join(", ")}`,
      from,
      to: { path: "^(src|test)/", pathNot: `^src/(${own.join("|")})/` },
    },
    {
      name: `${room}-npm`,
      comment: `${room}/ uses only the npm packages that have their door there: ${may.npm.join(", ") || "none"}`,
      from,
      to: { path: "node_modules/", ...(may.npm.length === 0 ? {} : { pathNot: npm(may.npm) }) },
    },
    ...(may.node === null
      ? []
      : [
          {
            name: `${room}-node`,
            comment: `${room}/ uses only these modules of Node: ${may.node.join(", ") || "none"}`,
            from,
            to: { ...nodeTypes, ...(may.node.length === 0 ? {} : { pathNot: node(may.node) }) },
          },
        ]),
  ];
});

const rules = [
  ...forbidden,
  { name: "circle", comment: "no circles, types included", from: {}, to: { circular: true } },
  { name: "unresolved", comment: "an import leads nowhere", from: { path: "^(src|test)/" }, to: { couldNotResolve: true } },
  {
    name: "listr2-door",
    comment: "listr2 only in ui/live.ts: the executor must not need it",
    from: { path: "^src/", pathNot: "^src/ui/live\\.ts$" },
    to: { path: npm(["listr2"]) },
  },
  {
    name: "chokidar-door",
    comment: "chokidar only in engine/watch/files.ts",
    from: { path: "^src/", pathNot: "^src/engine/watch/files\\.ts$" },
    to: { path: npm(["chokidar"]) },
  },
  {
    name: "uvu-door",
    comment: "src knows nothing of tests",
    from: { path: "^src/" },
    to: { path: `${npm(["uvu"])}|^test/` },
  },
  {
    name: "pure-cannot-act",
    comment: "nothing reachable from model/, kernel/, plan/ or resources/ can start a process or write a file",
    from: { path: "^src/(model|kernel|plan|resources)/" },
    to: { reachable: true, path: "^(node:)?(fs|fs/promises|child_process)$|^src/host/" },
  },
  {
    name: "drift-cannot-act",
    comment: "looking for drift reaches nothing that carries out a step",
    from: { path: "^src/engine/(drift|origin)\\.ts$" },
    to: { reachable: true, path: "^src/engine/(execute|reconcile)\\.ts$|^src/host/|^(node:)?(fs|fs/promises|child_process)$" },
  },
];

module.exports = {
  forbidden: rules.map((rule) => ({ severity: "error", ...rule })),
  options: {
    // Without this, `import type` is invisible and every circle and layer through types passes.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default", "types"] },
  },
};
