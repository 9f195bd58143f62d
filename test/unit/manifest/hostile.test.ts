// timeout: 240 s
import { readdirSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Loaded } from "../../../src/manifest/load.ts";
import { load } from "../../../src/manifest/load.ts";
import { renderDiagnostics } from "../../../src/ui/code-frame.ts";
import { beside } from "../../support/manifest.ts";
import { processorSlowness } from "../../support/processor-time.ts";

const full = 262_000;
const budgetMs = 1500;

/** Reads a text and holds it to its budget of processor time, in the best of three tries; a processor that is slower now has more. What is thrown is a failure. */
function read(text: string, name: string): Loaded {
  const { loaded, tookMs } = timed(text);
  if (tookMs >= budgetMs) {
    const best = Math.min(timed(text).tookMs, timed(text).tookMs);
    const slowness = processorSlowness();
    assert.ok(
      best < budgetMs * slowness,
      `${name} took ${best.toFixed()} ms, on a processor ${slowness.toFixed(1)} times slower than idle`,
    );
  }
  if ("manifest" in loaded) return loaded;
  assert.ok(
    loaded.diagnostics.some(({ severity }) => severity === "error"),
    `${name}: no error`,
  );
  assert.ok(loaded.diagnostics.length <= 151, `${name}: ${loaded.diagnostics.length} problems`);
  renderDiagnostics(loaded.diagnostics, new Map([["x.yaml", text]]), { color: false });
  return loaded;
}

function timed(text: string): { readonly loaded: Loaded; readonly tookMs: number } {
  const started = process.cpuUsage();
  const loaded = load({ sources: [{ path: "x.yaml", text, bases: beside.paths }], bases: beside.bases, directory: "/" });
  const { user, system } = process.cpuUsage(started);
  return { loaded, tookMs: (user + system) / 1000 };
}

const codes = (loaded: Loaded) => ("diagnostics" in loaded ? [...new Set(loaded.diagnostics.map(({ code }) => code))] : []);
const filled = (part: string) => part.repeat(Math.floor(full / part.length));
const many = (line: (index: number) => string) => {
  const lines: string[] = [];
  for (let size = 0, index = 0; size < full - 200; index += 1) size += lines.push(line(index)) && line(index).length + 1;
  return `${lines.join("\n")}\n`;
};
const head = "api_version: cloister/v1\nname: blog\nenvironments:\n";
const web = `${head}  web:\n    rootfs: { release: bookworm }\n`;

/** Texts of the greatest size that are allowed, each the worst of its kind. */
const shapes: Readonly<Record<string, string>> = {
  "brackets that open": filled("["),
  "braces that open": filled("{"),
  "braces with keys": filled("{a: "),
  "brackets that close": filled("]"),
  "lists in lists on one line": filled("- "),
  "keys in keys on one line": filled("a: "),
  "question marks": filled("? "),
  "question marks on lines": filled("? a\n"),
  "lists in lists on lines": many((index) => `${" ".repeat(index % 500)}- a`),
  "maps in maps on lines": many((index) => `${" ".repeat(index % 500)}a:`),
  "one quote": `"${filled("a ")}`,
  "quotes on lines": filled('"\n'),
  "single quotes": filled("'"),
  "block texts": filled("a: |\n  x\n").replaceAll("a:", "- "),
  "a block text": `x-a: |\n${filled("  x\n").slice(10)}`,
  "a folded text": `x-a: >\n${filled("  x\n\n").slice(10)}`,
  escapes: `x-a: "${filled("\\u202e").slice(12)}"`,
  "bad escapes": `x-a: "${filled("\\q").slice(12)}"`,
  comments: filled("#\n"),
  "blank lines": filled("\n"),
  spaces: filled(" "),
  tabs: filled("\t"),
  colons: filled(":"),
  commas: `[${filled(",").slice(2)}`,
  "one long word": filled("a"),
  documents: filled("---\n"),
  "document ends": filled("...\n"),
  directives: filled("%YAML 1.2\n"),
  tags: filled("!!str "),
  "tags on values": many((index) => `- !t${index} a`),
  anchors: many((index) => `- &a${index} x`),
  "aliases to nothing": filled("- *a\n"),
  "aliases to one": `x-a: &a [x]\nx-b:\n${filled("- *a\n").slice(40)}`,
  "aliases to ever more": `x-0: &a0 [x, x]\n${many((index) => `x-${index + 1}: &a${index + 1} [*a${index}, *a${index}]`)}`,
  "carriage returns": filled("\r"),
  "zero bytes": filled("\0"),
  marks: filled("\ufeff"),
  "one key again and again": filled("a: 1\n"),
  "many keys": many((index) => `key${index}: 1`),
  "many misspelt keys": `${web}${many((index) => `    hostnam${index}: 1`)}`,
  "many keys with values of the wrong type": `${web}    labels:\n${many((index) => `      a${index}: []`)}`,
  "many x- keys": `${web}${many((index) => `x-${index}: 1`)}`,
  "many mounts": `${web}    mounts:\n${many((index) => `      /a${index}: ./a`)}`,
  "many bad mounts": `${web}    mounts:\n${many((index) => `      a${index}/../b: {tpye: 1}`)}`,
  "one mount in many spellings": `${web}    mounts:\n${many((index) => `      ${"/".repeat((index % 200) + 1)}a: ./a`)}`,
  "many environments": `${head}${many((index) => `  e${index}: {rootfs: {release: bookworm}}`)}`,
  "a chain of joins": `${head}${many((index) => `  e${index}: {rootfs: {release: sid}, namespaces: {net: "join:e${index + 1}"}}`)}`,
  "many joins of one": `${head}${many((index) => `  e${index}: {rootfs: {release: sid}, namespaces: {net: "join:e${index % 2}"}}`)}`,
  "many variables": `${web}    command: [${filled("$A, ").slice(200)} b]`,
  "one text of many variables": `${web}    hostname: ${filled("$HOME$$").slice(200)}`,
  "variables in variables": `${web}    hostname: ${filled("${A:-").slice(200)}`,
  "variables in variables, closed": `${web}    hostname: ${"${A:-".repeat(30_000)}${"}".repeat(30_000)}`,
  "braces behind a variable": `${web}    hostname: \${A:-${filled("{").slice(200)}`,
  "many that extend one": `${head}  e0: {rootfs: {release: sid}}\n${many((index) => `  e${index + 1}: {extends: e0}`)}`,
  "a chain of extends": `${head}${many((index) => `  e${index}: {extends: e${index + 1}}`)}`,
  "a chain of extends, the first first": `${head}  e0: {rootfs: {release: sid}}\n${many((index) => `  e${index + 1}: {extends: e${index}}`)}`,
  "many that extend a large one": `${web}    mounts:\n${many((index) => `      /a${index}: ./a`).slice(0, 120_000)}:\n${many((index) => `  e${index}: {extends: web}`).slice(0, 140_000)}`,
  "many ids": `${web}    mounts: { /a: { type: bind, source: ., idmap: { ${filled("1: 1, ").slice(200)} 2: 2 } } }`,
  "many words": `${web}    command: [${filled("a, ").slice(200)} b]`,
  "numbers with zeros": `${web}    command: [${filled("01, ").slice(200)} b]`,
  "a number of many digits": `x-a: ${filled("9").slice(20)}`,
  "a fraction of many digits": `x-a: 0.${filled("9").slice(20)}e`,
  "a long path": `${web}    mounts: { ${filled("/a").slice(200)}: ./a }`,
  "a long size": `${web}    resources: { limits: { memory: ${filled("1").slice(200)} } }`,
  "a long hostname": `${web}    hostname: ${filled("a-").slice(200)}`,
  "a long mirror": `${head}  web: { rootfs: { release: bookworm, mirror: "http://${filled("a/").slice(200)}" } }`,
};

for (const [name, text] of Object.entries(shapes)) {
  test(`256 KiB of ${name} end in words, within a second and a half of the processor`, () => {
    assert.ok(Buffer.byteLength(text) <= 786_432, `${name} has ${Buffer.byteLength(text)} bytes`);
    read(text.slice(0, full), name);
  });
}

test("more than 256 KiB are not looked at", () => {
  assert.equal(codes(read(`# ${"a".repeat(262_144)}`, "large")), ["manifest/too-large"]);
  assert.equal(codes(read(`# ${"\u20ac".repeat(90_000)}`, "large in bytes")), ["manifest/too-large"]);
});

test("64 maps and lists may lie in each other, not more", () => {
  const deep = (depth: number) => `${web}x-deep: ${"[".repeat(depth)}${"]".repeat(depth)}\n`;
  assert.equal(codes(read(deep(63), "63 lists in the whole")), []);
  assert.equal(codes(read(deep(70), "70 lists")), ["manifest/too-deep"]);
  const lines = (depth: number) => `x-deep:\n${Array.from({ length: depth }, (_, index) => `${" ".repeat(index + 1)}a:`).join("\n")}\n`;
  assert.equal(codes(read(web + lines(60), "60 maps")), []);
  assert.equal(codes(read(web + lines(70), "70 maps")), ["manifest/too-deep"]);
});

test("aliases may be many or large, not both", () => {
  const repeated = (count: number) => `${web}x-a: &a [${"x, ".repeat(50)}]\nx-b: [${"*a, ".repeat(count)}]\n`;
  assert.equal(codes(read(repeated(100), "100 aliases")), []);
  assert.equal(codes(read(repeated(500), "500 aliases of 50")), ["manifest/alias"]);
});

test("no key reaches JavaScript's own", () => {
  for (const key of ["__proto__", "constructor", "prototype"]) {
    for (const text of [
      `${key}: { polluted: 1 }`,
      `"${key}": { polluted: 1 }`,
      `x-a: { ${key}: { polluted: 1 } }`,
      `x-a: [{ ? ${key} : 1 }]`,
    ]) {
      assert.ok(codes(read(text, text)).includes("manifest/forbidden-key"), text);
    }
  }
  assert.is(Object.hasOwn(Object.prototype, "polluted"), false);
  for (const key of ["toString", "valueOf", "hasOwnProperty", "__defineGetter__"]) {
    assert.ok(codes(read(`${web}    ${key}: 1`, key)).includes("manifest/unknown-key"), key);
  }
});

/** Mulberry32: the same numbers in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const pieces = [
  "[",
  "]",
  "{",
  "}",
  ": ",
  "- ",
  "? ",
  "&a ",
  "*a",
  "|\n",
  ">\n",
  '"',
  "'",
  "#",
  "!!map ",
  "%",
  "\t",
  "\n",
  "\n\n  ",
  "\0",
  "\u202e",
  "~",
  "0777",
  "1e999",
  ".nan",
  "<<: ",
  "null",
  "---\n",
  "\\",
  ",",
  "__proto__: ",
  "join:web",
  "9".repeat(30),
  "\r\n",
  "\ud800",
];

function mutated(text: string, next: () => number): string {
  const at = Math.floor(next() * text.length);
  const length = Math.floor(next() * 30);
  const piece = pieces[Math.floor(next() * pieces.length)] ?? "";
  const kinds = [
    () => text.slice(0, at) + text.slice(at + length),
    () => text.slice(0, at) + piece + text.slice(at),
    () => text.slice(0, at) + piece + text.slice(at + length),
    () => text.slice(0, at) + text.slice(at, at + length * 3) + text.slice(at),
    () => text.slice(0, at) + text.slice(at).replace("\n", `\n${" ".repeat(length % 7)}`),
    () => text.slice(0, at) + text.slice(at).replace(/\n +/, "\n"),
  ];
  return kinds[Math.floor(next() * kinds.length)]?.() ?? text;
}

test("thousands of spoilt manifests end in words", () => {
  const broken = readdirSync("test/golden/broken").filter((name) => name.endsWith(".yaml"));
  const seeds = ["test/golden/canonical/full.yaml", ...broken.map((name) => `test/golden/broken/${name}`)].map((file) =>
    readFileSync(file, "utf8"),
  );
  const next = random(20_261_123);
  let manifests = 0;
  for (let run = 0; run < 3000; run += 1) {
    let text = seeds[run % 3 === 0 ? 0 : Math.floor(next() * seeds.length)] ?? "";
    for (let times = 1 + Math.floor(next() * 3); times > 0; times -= 1) text = mutated(text, next);
    if ("manifest" in read(text, `run ${run}: ${JSON.stringify(text)}`)) manifests += 1;
  }
  assert.ok(manifests > 30, `only ${manifests} of 3000 were still manifests`);
});

test.run();
