import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { filesNamedBy } from "../../../src/manifest/named-files.ts";
import { noVariables } from "../../../src/manifest/variables.ts";
import { environmentOf, manifestOf, manifestText, toldOf } from "../../support/manifest.ts";

const read = (path: string) => (path.includes("large") ? { problem: "has more than 1 MiB" } : { bytes: Buffer.from(path) });

function webOf(body: string, text = manifestText(body)) {
  const web = manifestOf(text, { read }).environments.get("web");
  assert.ok(web);
  return web;
}

test("a file has what is written, or what its source holds when it is read", () => {
  const sha256 = createHash("sha256").update("/work/site/app.conf").digest("hex");
  const copied = { source: "/work/site/app.conf", held: [19, sha256], uid: 0, gid: 0, mode: "0644" };
  assert.equal(webOf('files: { /b: { content: "x" , uid: 1, gid: 2, mode: 0o600 }, /a: ./app.conf, /c: { source: app.conf } }').files, {
    "/a": copied,
    "/b": { content: "x", uid: 1, gid: 2, mode: "0600" },
    "/c": copied,
  });
  assert.equal(toldOf("files: { /a: ./large }", { read }), ['manifest/bad-source 6 "/work/site/large" has more than 1 MiB']);
});

test("the host's name servers come with its network, where they can be followed and nobody else writes them", () => {
  const host = "network: { mode: host }\n";
  assert.equal(webOf(host).dns, { host: "/etc/resolv.conf" });
  assert.is(webOf("").dns, "none");
  for (const body of [
    ...["dns: none", "read_only: true", "mounts: { /etc: ./etc }", "mounts: { /etc/resolv.conf: ./resolv.conf }"],
    ...["files: { /etc/resolv.conf: ./resolv.conf }", "security: { masked_paths: [/etc/resolv.conf] }"],
  ]) {
    assert.is(webOf(host + body).dns, "none", body);
  }
  const exists = (path: string) => path !== "/etc/resolv.conf";
  assert.is(manifestOf(manifestText(host), { read, exists }).environments.get("web")?.dns, "none");
  assert.equal(toldOf("dns: host", { read, exists }), ["manifest/bad-source 6 the host's /etc/resolv.conf does not exist"]);
  assert.equal(environmentOf("dns: [192.0.2.53, 192.0.2.53]").dns, ["192.0.2.53"]);
});

test("addresses are IPv4 or IPv6", () => {
  const good = ["0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::192.0.2.1", "fe80:0:0:0:0:0:0:1"];
  assert.equal(environmentOf(`extra_hosts: { a: ${JSON.stringify(good)} }`).extra_hosts, { a: good });
  for (const bad of ["256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", ":::", "1::2::3", "12345::", ".", ":"])
    assert.equal(toldOf(`extra_hosts: { a: "${bad}" }`), [`manifest/wrong-format 6 "${bad}" is neither an IPv4 nor an IPv6 address`]);
});

test("a path of an included file starts where that file lies, and its name is nobody's project", () => {
  const sources = [
    {
      path: "../base/b.yaml",
      directory: "/work/base",
      text: "name: other\nenvironments: { web: { mounts: { /a: ./a, /b: ./b }, files: { /f: ./f } } }",
    },
    { path: "web.yaml", text: manifestText("mounts: { /b: ./b }") },
  ];
  const manifest = manifestOf("", { sources });
  const web = manifest.environments.get("web");
  assert.equal(
    [web?.mounts["/a"]?.source, web?.mounts["/b"]?.source, web?.files["/f"]?.source],
    ["/work/base/a", "/work/site/b", "/work/base/f"],
  );
  assert.is(manifest.project, "blog");
  assert.is(manifest.origins.get('web.mounts["/a"]')?.file, "../base/b.yaml");
  const bound = manifestOf("", {
    sources: [...sources, { path: "o.yaml", text: "environments: { web: { mounts: { /c: /work/base } } }" }],
  });
  assert.equal(
    bound.warnings.map(({ code }) => code),
    ["manifest/exposed-manifest"],
  );
});

test("what a text includes, with its places", () => {
  const includesOf = (text: string) => filesNamedBy({ path: "m", text }, noVariables).includes;
  assert.equal(includesOf("include: [a.yaml, 5, '']\n"), [
    { path: "a.yaml", written: "a.yaml", at: { file: "m", line: 1, column: 11, length: 6 } },
  ]);
  assert.equal(includesOf("x-include: [a.yaml]\n"), []);
});

test.run();
