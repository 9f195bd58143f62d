import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SchemaNode } from "../../src/build/schema-node.ts";
import { isObject, object } from "../../src/build/schema-node.ts";
import { canonical } from "../../src/manifest/canonical.ts";
import { load } from "../../src/manifest/load.ts";
import { liveUpdates } from "../../src/model/resource.ts";
import { manifestOf, manifestText } from "../support/manifest.ts";
import { propertiesOf, readSchema } from "../support/schema-paths.ts";

const root = readSchema();
const properties = propertiesOf(root);

test("the search finds the properties of every level", () => {
  const paths = properties.map(({ path }) => path.join("."));
  for (const path of [
    "name",
    "environments.*.rootfs.release",
    "environments.*.mounts.*.size",
    "environments.*.users.uid_mappings.*.inside",
  ]) {
    assert.ok(paths.includes(path), path);
  }
  assert.ok(paths.length > 75, String(paths.length));
});

for (const { path, node } of properties) {
  test(`${path.join(".")} is described, with an example, a default or none, and what changing it costs`, () => {
    const description = String(node.description ?? "");
    assert.match(description, /^.{10,}\.$/);
    assert.ok(Array.isArray(node.examples) && node.examples.length > 0, "no example");
    assert.ok("default" in node || /no default/i.test(description), "no default, and not a word of it");
    assert.ok(
      liveUpdates.some((cost) => cost === node["x-liveupdate"]),
      `x-liveupdate: ${String(node["x-liveupdate"])}`,
    );
  });
}

/** The value at a path of the canonical form of the smallest manifest; the mount is a bind, the user's other names have none. */
function canonicalDefault(path: readonly string[]): unknown {
  const layers = path[2] === "rootfs" && path.length > 4 ? ", files: { /f: ./f }, setup: [x] }" : " }";
  const more = path[4] === "depends_on" && path.length > 5 ? ", depends_on: { y: {} } }, y: { command: [y] } }" : " } }";
  const process = `x: { command: [x], healthcheck: { test: x }${more}`;
  const body = `mounts: { /a: ./a }\nfiles: { /f: ./f }\nsecrets: { s: { file: ./s } }\nprocesses: { ${process}`;
  const manifest = manifestOf(manifestText(body).replace("bookworm }", `bookworm${layers}`));
  const names: Readonly<Record<string, string>> = {
    environments: "web",
    mounts: "/a",
    files: "/f",
    secrets: "s",
    processes: "x",
    depends_on: "y",
    setup: "0",
  };
  return path.reduce<unknown>((value, key, index) => {
    const name = key === "*" ? names[path[index - 1] ?? ""] : key;
    if (Array.isArray(value)) return name === "0" ? value[0] : undefined;
    return isObject(value) && name !== undefined ? value[name] : undefined;
  }, canonical(manifest));
}

/** Maps whose default in the schema is "nothing written", where the canonical form writes out what follows from that. */
const filled = [
  "include",
  "profiles",
  "env_file",
  "namespaces",
  "mounts",
  "processes",
  "files",
  "secrets",
  "setup",
  "resources",
  "limits",
  "security",
  "network",
  "drift",
  "ulimits",
  "logging",
  "hooks",
  "options",
  "cap_add",
  "cap_drop",
  "monotonic",
  "boottime",
];

test("the defaults of the schema are those that are filled in", () => {
  let compared = 0;
  for (const { path, node } of properties) {
    if (!("default" in node) || filled.includes(path.at(-1) ?? "") || ["ulimits", "env_file", "logging"].some((key) => path.includes(key)))
      continue;
    assert.equal(canonicalDefault(path), node.default, path.join("."));
    compared += 1;
  }
  assert.ok(compared > 25, String(compared));
});

/** A manifest in which a value stands at a path, JSON being YAML. */
function manifestWith(path: readonly string[], value: unknown): string {
  const names: Readonly<Record<string, string>> = {
    environments: "web",
    mounts: "/a",
    files: "/f",
    secrets: "s",
    ulimits: "nofile",
    io: "/dev/vda",
    uid_mappings: "0",
    gid_mappings: "0",
    env_file: "0",
    setup: "0",
  };
  const [, , ...inner] = path;
  const body = inner.reduceRight<unknown>((built, key, index) => {
    if (key !== "*") return { [key]: built };
    const name = names[inner[index - 1] ?? ""];
    return name === "0" ? [built] : { [name ?? "x"]: built };
  }, value);
  const web = { ...(inner[0] === "rootfs" ? {} : { rootfs: { release: "bookworm" } }), ...object(body) };
  return JSON.stringify({ api_version: "cloister/v1", name: "blog", environments: { web } });
}

test("each example of the schema is of the right form", () => {
  const wrong = /^manifest\/(wrong-|unknown-|bad-|out-of-range|decimal|leading|short)/;
  for (const { path, node } of properties.filter(({ path: [top, ...rest] }) => top === "environments" && rest.length > 1)) {
    for (const example of Array.isArray(node.examples) ? node.examples : []) {
      // Ones of JSON have no 0o; a text is the same mode.
      const loaded = load({ sources: [{ path: "example", text: manifestWith(path, example) }], directory: "/srv" });
      const diagnostics = "diagnostics" in loaded ? loaded.diagnostics.filter(({ code }) => wrong.test(code)) : [];
      assert.equal(diagnostics, [], `${path.join(".")}: ${JSON.stringify(example)}`);
    }
  }
});

test("no object of the schema has alternatives, which would turn one typo into several problems", () => {
  const text = JSON.stringify(root);
  for (const keyword of ["oneOf", "anyOf"]) assert.not(text.includes(`"${keyword}"`), keyword);
});

test("every pattern is linear, and every text that has one has a greatest length", () => {
  const walk = (value: unknown): readonly SchemaNode[] =>
    Array.isArray(value) ? value.flatMap(walk) : isObject(value) ? [value, ...Object.values(value).flatMap(walk)] : [];
  const patterned = walk(root).filter((node) => typeof node.pattern === "string");
  assert.ok(patterned.length > 15);
  for (const node of patterned) {
    assert.type(node.maxLength, "number", String(node.pattern));
    const pattern = new RegExp(String(node.pattern));
    for (const part of ["a", "a-", "a.", "0", "0.", "/", "/a", "a:", " ", "KiB", "-"]) {
      const started = process.cpuUsage();
      pattern.test(`${part.repeat(50_000)}\n`);
      assert.ok(process.cpuUsage(started).user < 200_000, `${String(node.pattern)} on many ${part}`);
    }
  }
});

test.run();
