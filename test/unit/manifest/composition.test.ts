import { test } from "uvu";
import * as assert from "uvu/assert";
import { canonicalText } from "../../../src/manifest/canonical-text.ts";
import type { LoadRequest } from "../../../src/manifest/load.ts";
import { load } from "../../../src/manifest/load.ts";
import { originFinder } from "../../../src/manifest/origin.ts";
import { variablesOf } from "../../../src/manifest/variables.ts";
import { environmentOf, manifestOf, manifestText } from "../../support/manifest.ts";

const variables = (set: Readonly<Record<string, string>>) => variablesOf(set, () => []);
const project = (body: string) => `api_version: cloister/v1\nname: blog\nenvironments:\n${body}`;

function webOf(text: string, options: Partial<LoadRequest> = {}) {
  const web = manifestOf(text, options).environments.get("web");
  assert.ok(web);
  return web;
}

function told(text: string, options: Partial<LoadRequest> = {}): readonly string[] {
  const loaded = load({ sources: [{ path: "web.yaml", text }], directory: "/work/site", ...options });
  const diagnostics = "manifest" in loaded ? loaded.manifest.warnings : loaded.diagnostics;
  return diagnostics.map(({ code, at, also = [] }) =>
    [`${code} ${at?.file}:${at?.line}`, ...also.map((one) => `${one.at.file}:${one.at.line}`)].join(" "),
  );
}

test("variables are put into values after parsing: none makes a key, a structure or a null", () => {
  const evil = "{ a: b }\n    user: 1\n#";
  const text = manifestText('hostname: $H\nenvironment: { A: $EVIL, B: "x${EVIL}", "$C": d }\nlabels: { n: $NULL, e: $E }');
  const web = webOf(text.replace('"$C": d', "C: d"), { variables: variables({ H: "www", EVIL: evil, NULL: "null", E: "" }) });
  assert.is(web.hostname, "www");
  assert.equal(web.environment, { A: evil, B: `x${evil}`, C: "d" });
  assert.equal(web.labels, { n: "null", e: "" });
  assert.is(web.user, "0");
  assert.equal(told(text, { variables: variables({ H: "h", EVIL: "", NULL: "", E: "" }) }), ["manifest/bad-name web.yaml:7"]);
});

test("what a variable holds becomes a number or true and false only where nothing else may stand", () => {
  const body =
    'read_only: $T\nresources: { limits: { pids: "$N", cpus: $F, memory: $N } }\nenvironment: { A: $N, B: $T, V: $V }\nuser: $N\nulimits: { nofile: $N }\nfiles: { /a: { content: x, mode: $M } }';
  const web = webOf(manifestText(body), { variables: variables({ T: "true", N: "1000", F: "1.5", V: "1.10", M: "0640" }) });
  assert.is(web.read_only, true);
  assert.equal([web.resources.limits.pids, web.resources.limits.cpus, web.resources.limits.memory], [1000, 1.5, 1000]);
  assert.equal(web.environment, { A: "1000", B: "true", V: "1.10" });
  assert.is(web.user, "1000");
  assert.equal(web.ulimits.nofile, { soft: 1000, hard: 1000 });
  assert.is(web.files["/a"]?.mode, "0640");
  assert.equal(told(manifestText("read_only: $T"), { variables: variables({ T: "yes" }) }), ["manifest/wrong-type web.yaml:6"]);
});

test("x- fields are left alone, and a dollar comes through `config` and back", () => {
  const text = `${project('  web:\n    rootfs: { release: bookworm }\n    x-note: $NONE\n    environment: { PRICE: "5 $$", X: "$${A:-b}" }\n')}x-top: { a: [$NONE] }\n`;
  assert.equal(webOf(text).environment, { PRICE: "5 $", X: "${A:-b}" });
  const canonical = canonicalText(manifestOf(text), { origin: false });
  assert.match(canonical, /PRICE: "5 \$\$"/);
  assert.equal(webOf(canonical).environment, webOf(text).environment);
});

test("a needed value whose variable is missing is one problem", () => {
  assert.equal(told(manifestText("mounts:\n  /a: { type: bind, source: $NONE }")), ["manifest/unset-variable web.yaml:7"]);
});

test("what is used is listed with its places, whether it is set or not", () => {
  const text = manifestText('hostname: ${NAME:-www}\nlabels: &l { a: "$NAME ${B:?b}" }\nenvironment: *l');
  const loaded = load({ sources: [{ path: "web.yaml", text }], directory: "/", variables: variables({ NAME: "n" }) });
  assert.ok("diagnostics" in loaded);
  assert.equal(
    loaded.variables.map(({ name, value, from, uses }) => [
      name,
      value,
      from,
      uses.map(({ operator, operand, at }) => `${operator}${operand} ${at?.line}`),
    ]),
    [
      ["B", null, null, [":?b 7", ":?b 8"]],
      ["NAME", "n", "environment", [":-www 6", "null 7", "null 8"]],
    ],
  );
  assert.is(manifestOf(manifestText("")).variables, undefined);
});

test("an environment has what it extends, its own over it, and null takes away", () => {
  const text = project(`  base:
    rootfs: { directory: ./root }
    hostname: based
    profiles: [never]
    moved_from: old
    labels: { a: 1, b: 2 }
    mounts: { /data: { type: tmpfs, size: 1M }, /cache: ./cache, /tmp: null }
    environment: { A: base, B: base }
    command: [a, b]
  middle:
    extends: base
    environment: { B: middle, C: middle }
  web:
    extends: { environment: middle }
    hostname: null
    labels: null
    mounts: { /data: { size: 2M }, /cache: null }
    environment: { A: null, C: web }
    command: [c]
`);
  const web = webOf(text);
  assert.is(web.hostname, "web");
  assert.is(web.moved_from, null);
  assert.equal(web.labels, {});
  assert.is(web.mounts["/data"]?.size, 2_097_152);
  assert.is(web.mounts["/cache"], undefined);
  assert.is(web.mounts["/tmp"], undefined);
  assert.equal(web.environment, { B: "middle", C: "web" });
  assert.equal(web.processes.main?.command, ["c"]);
  assert.equal([...manifestOf(text).environments.keys()], ["middle", "web"]);
  const find = originFinder(manifestOf(text).origins);
  assert.equal(['web.mounts["/data"].type', 'web.mounts["/data"].size', "web.environment.B", "web.hostname"].map(find), [
    ...["web.yaml:10", "web.yaml:20", "web.yaml:15", "default"],
  ]);
});

test("several files are merged before anything is inherited, and null takes away what is said below as well", () => {
  const base = project(
    "  base:\n    profiles: [never]\n    rootfs: { directory: ./root }\n    environment: { A: 1, B: 1 }\n  web:\n    extends: base\n    environment: { A: 2 }\n",
  );
  const over = "environments:\n  base:\n    domainname: over.example\n  web:\n    environment: { A: null }\n";
  const sources = [
    { path: "base.yaml", text: base },
    { path: "over.yaml", text: over },
  ];
  assert.equal(webOf("", { sources }).environment, { B: "1" });
  assert.is(webOf("", { sources }).domainname, "over.example");
});

test("an environment of another file has its own paths and places, and what that file includes", () => {
  const source = {
    path: "web.yaml",
    text: project('  web:\n    extends: { file: "$DIR/base.yaml", environment: app }\n    mounts: { /own: ./own }\n'),
    bases: { "$DIR/base.yaml": "lib/base.yaml" },
  };
  const bases = {
    "lib/base.yaml": [
      { path: "lib/more.yaml", directory: "/lib", text: "environments: { root: { rootfs: { directory: ./root } } }\n" },
      {
        path: "lib/base.yaml",
        directory: "/lib",
        text: "environments:\n  app:\n    extends: root\n    mounts: { /data: ./data }\n    labels: { who: $WHO }\n  unused: { rotfs: 1 }\n",
      },
    ],
  };
  const options = { sources: [source], bases, variables: variables({ DIR: "lib", WHO: "us" }) };
  const web = webOf("", options);
  assert.equal(web.rootfs, { type: "directory", directory: "/lib/root" });
  assert.is(web.mounts["/data"]?.source, "/lib/data");
  assert.is(web.mounts["/own"]?.source, "/work/site/own");
  assert.equal(web.labels, { who: "us" });
  assert.is(originFinder(manifestOf("", options).origins)('web.mounts["/data"].source'), "lib/base.yaml:4");
});

test("a circle through another file, and a conflict, are told with both places", () => {
  const source = {
    path: "web.yaml",
    text: project("  web:\n    extends: { file: ./base.yaml, environment: app }\n"),
    bases: { "./base.yaml": "base.yaml" },
  };
  const base = { path: "base.yaml", text: "environments:\n  app:\n    extends: job\n  job:\n    extends: app\n" };
  assert.equal(told("", { sources: [source], bases: { "base.yaml": [base] } }), ["manifest/extends-circle base.yaml:5 base.yaml:3"]);
  const both = project(
    "  base:\n    rootfs: { release: bookworm }\n    mounts: { /a: { type: bind, source: ./a } }\n  web:\n    extends: base\n    rootfs: { directory: ./root }\n    mounts: { /a: { type: tmpfs } }\n",
  );
  assert.equal(told(both), ["manifest/misplaced-key web.yaml:6 web.yaml:10", "manifest/rootfs-source web.yaml:9 web.yaml:5"]);
  const sources = [
    { path: "a.yaml", text: manifestText("") },
    { path: "b.yaml", text: "name: shop\n" },
  ];
  assert.equal(told("", { sources }), ["manifest/project-differs b.yaml:1 a.yaml:2"]);
});

test("an environment with profiles is there when one of them is active, by flag or by CLOISTER_PROFILES", () => {
  const text = project(
    "  web:\n    rootfs: { release: bookworm }\n  debug:\n    profiles: [dev, test]\n    rootfs: { release: bookworm }\n    hostname: $ONLY_THERE\n    mounts: { /missing: ./missing }\n  tools:\n    profiles: [ops]\n    extends: web\n",
  );
  const set = (value: string) => variables({ CLOISTER_PROFILES: value, ONLY_THERE: "there" });
  const names = (options: Partial<LoadRequest>) => [...manifestOf(text, options).environments.keys()].join(" ");
  const exists = (path: string) => !path.includes("missing");
  assert.is(names({ exists }), "web");
  assert.is(names({ variables: set("") }), "web");
  assert.is(names({ variables: set("test, other") }), "web debug");
  assert.is(names({ variables: set("test"), profiles: ["ops"] }), "web tools");
  assert.is(names({ variables: set("*") }), "web debug tools");
  assert.is(names({ variables: set(""), profiles: ["ops", "dev"] }), "web debug tools");
  assert.equal(manifestOf(text, { exists }).inactive, { debug: ["dev", "test"], tools: ["ops"] });
  assert.is(manifestOf(text, { profiles: ["*"], variables: set("") }).inactive, undefined);
  assert.equal(told(text, { profiles: ["opps", "ops"] }), ["manifest/unknown-profile undefined:undefined"]);
  assert.equal(told("api_version: cloister/v1\nname: x\nenvironments: { web: }", { profiles: ["ops"] }), [
    "manifest/wrong-type web.yaml:3",
    "manifest/unknown-profile undefined:undefined",
  ]);
  assert.equal(told(text.replace("debug:", "debug:\n    hostnam: x")), ["manifest/unknown-key web.yaml:7"]);
});

test("a template need not be whole, however deep; nothing is told to be missing where it is not known what is inherited", () => {
  const parts =
    "    mounts: { /q: { size: 1M } }\n    files: { /f: { mode: '0644' } }\n    processes: { main: { restart: always, healthcheck: { interval: 1s } } }\n";
  const heir = (base: string) =>
    project(
      `  base:\n    profiles: [template]\n${parts}  web:\n    extends: ${base}\n    rootfs: { release: bookworm }\n    mounts: { /q: { type: tmpfs } }\n    files: { /f: { content: a } }\n    processes: { main: { command: [x], depends_on: { other: { condition: process_healthy } }, healthcheck: { test: a } }, other: { command: [y], healthcheck: { test: a } } }\n`,
    );
  const web = webOf(heir("base"));
  assert.equal([web.mounts["/q"]?.type, web.files["/f"]?.mode, web.processes.main?.restart], ["tmpfs", "0644", "always"]);
  const lost = heir("bas").replace(" other: { command: [y], healthcheck: { test: a } }", "").replace("content: a", "uid: 3");
  assert.equal(told(lost), ["manifest/extends web.yaml:10"]);
  assert.equal(told(lost.replace("bas\n", "base\n")), ["manifest/missing-key web.yaml:7", "process/depends-on web.yaml:14"], "control");
  assert.equal(told(heir("base").replace("size: 1M", "sise: 1M")), ["manifest/unknown-key web.yaml:6"], "its keys are checked");
});

test("env files come in their order, and what environment says holds over them; origins name their lines", () => {
  const files: Readonly<Record<string, string>> = { "/work/site/a.env": "A=a\nB=a\nC=a\n", "/b.env": "B=b\nC=b\nD=${X}\n" };
  const readText = (path: string) => (path in files ? { text: files[path] ?? "" } : null);
  const text = manifestText("env_file: [a.env, { path: /b.env }, { path: none.env, required: false }]\nenvironment: { C: web }");
  const manifest = manifestOf(text, { readText, variables: variables({ X: "x" }) });
  assert.equal(manifest.environments.get("web")?.environment, { A: "a", B: "b", C: "web", D: "x" });
  const find = originFinder(manifest.origins);
  assert.equal(
    ["A", "B", "C"].map((name) => find(`web.environment.${name}`)),
    ["/work/site/a.env:1", "/b.env:1", "web.yaml:7"],
  );
  assert.equal(
    manifest.variables?.map(({ name }) => name),
    ["X"],
  );
  assert.equal(environmentOf("env_file: a.env").environment, {});
});

test.run();
