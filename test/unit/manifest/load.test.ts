import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { load } from "../../../src/manifest/load.ts";
import { environmentOf, manifestOf, manifestText, toldOf } from "../../support/manifest.ts";

test("five lines are an environment with every protection", () => {
  const web = environmentOf("");
  assert.is(web.name, "web");
  assert.is(web.hostname, "web");
  assert.equal(web.rootfs, {
    type: "release",
    release: "bookworm",
    distribution: "debian",
    variant: "minbase",
    components: ["main"],
    packages: [],
    mirror: "http://deb.debian.org/debian",
    keyring: "/usr/share/keyrings/debian-archive-keyring.gpg",
    tool: "auto",
  });
  assert.is(web.overlay, "persistent");
  assert.equal(Object.values(web.namespaces), [...Array(7).fill("private"), "host"]);
  assert.equal(web.users, { mode: "auto" });
  assert.equal(Object.keys(web.mounts), ["/dev", "/dev/mqueue", "/dev/pts", "/dev/shm", "/proc", "/run", "/sys", "/tmp"]);
  assert.equal(web.resources.limits, { memory: null, memory_swap: null, cpus: null, pids: 4096, io: {} });
  assert.is(web.oom_score_adj, 100);
  assert.equal(web.ulimits, { core: { soft: 0, hard: 0 } });
  assert.is(web.security.no_new_privileges, true);
  assert.is(
    web.security.capabilities.join(" "),
    "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT",
  );
  assert.equal(web.network, { mode: "none" });
  assert.equal(web.processes, {});
  assert.is(web.user, "0");
});

test("a manifest knows what it was read from, and where each key stands", () => {
  const text = manifestText("hostname: www\nmounts:\n  /srv: { type: bind, source: ./a }");
  const manifest = manifestOf(text);
  assert.equal(
    manifest.files.map(({ path, sha256 }) => ({ path, sha256 })),
    [{ path: "web.yaml", sha256: createHash("sha256").update(text).digest("hex") }],
  );
  assert.equal(manifest.origins.get("web"), { file: "web.yaml", line: 4, column: 3, length: 3 });
  assert.equal(manifest.origins.get("web.hostname"), { file: "web.yaml", line: 6, column: 5, length: 8 });
  assert.equal(manifest.origins.get('web.mounts["/srv"].source'), { file: "web.yaml", line: 8, column: 27, length: 6 });
  assert.is(manifest.origins.get("web.overlay"), undefined);
  assert.is(manifest.directory, "/work/site");
});

test("an environment may have the name of a top-level key", () => {
  const manifest = manifestOf("api_version: cloister/v1\nname: blog\nenvironments:\n  name:\n    rootfs: { release: bookworm }\n");
  assert.is(manifest.origins.get("name")?.line, 4);
  assert.is(manifest.origins.get(".name")?.line, 2);
});

test("the project of the command line stands over the manifest's name", () => {
  assert.is(manifestOf(manifestText(""), { project: "other" }).project, "other");
});

test("several manifests are one: maps by key, the later one over the earlier, null takes away", () => {
  const base = manifestText(
    "hostname: www\nmounts:\n  /srv: { type: bind, source: ./a, read_only: true }\n  /data: ./data\ncommand: [a, b]",
  );
  const over =
    "environments:\n  web:\n    hostname: null\n    mounts:\n      /srv: { source: ./b }\n      /data: null\n      /tmp: null\n    command: [c]\n  db:\n    rootfs: { release: trixie }\n";
  const manifest = manifestOf("", {
    sources: [
      { path: "base.yaml", text: base },
      { path: "over.yaml", text: over },
    ],
  });
  const web = manifest.environments.get("web");
  assert.is(web?.hostname, "web");
  assert.is(web?.mounts["/srv"]?.source, "/work/site/b");
  assert.is(web?.mounts["/srv"]?.read_only, true);
  assert.is(web?.mounts["/data"], undefined);
  assert.is(web?.mounts["/tmp"], undefined);
  assert.equal(web?.processes.main?.command, ["c"]);
  assert.equal([...manifest.environments.keys()], ["web", "db"]);
  assert.is(manifest.origins.get('web.mounts["/srv"].source')?.file, "over.yaml");
  assert.is(manifest.origins.get('web.mounts["/srv"].read_only')?.file, "base.yaml");
  assert.is(manifest.origins.get("web.hostname"), undefined);
});

test("a problem of several manifests is told where it was written", () => {
  const over = { path: "over.yaml", text: "environments:\n  web:\n    hostnam: x\n    overlay: persistant\n" };
  const loaded = load({ sources: [{ path: "base.yaml", text: manifestText("read_only: maybe") }, over], directory: "/" });
  assert.ok("diagnostics" in loaded);
  assert.equal(
    loaded.diagnostics.map(({ code, at }) => `${code} ${at?.file}:${at?.line}`),
    ["manifest/wrong-type base.yaml:6", "manifest/unknown-key over.yaml:3", "manifest/wrong-value over.yaml:4"],
  );
});

test("manifests of different projects are not one, unless the command line names it", () => {
  const other = { path: "shop.yaml", text: manifestText("").replace("blog", "shop") };
  const request = { sources: [{ path: "blog.yaml", text: manifestText("") }, other], directory: "/" };
  const loaded = load(request);
  assert.ok("diagnostics" in loaded);
  assert.equal(
    loaded.diagnostics.map(({ code, at }) => `${code} ${at?.file}:${at?.line}`),
    ["manifest/project-differs shop.yaml:2"],
  );
  assert.ok("manifest" in load({ ...request, project: "both" }));
});

test("what is given up is warned of, and what is given up for nothing", () => {
  assert.equal(toldOf("network: { mode: host }\nunsafe: [host-pid]\nnamespaces: { pid: host }"), [
    "manifest/host-network 6 network mode host: the host's network is the environment's, abstract sockets included",
    "manifest/unsafe 7 host-pid: the host's processes are visible inside, and can be signalled by whoever may",
  ]);
  assert.equal(toldOf("unsafe: [host-user]"), ["manifest/unsafe-unused 6 unsafe says host-user, which nothing here needs"]);
});

test("text that is a number or a word of YAML is kept as it is written", () => {
  const web = environmentOf("environment: { A: 1.10, B: 0x10, C: TRUE, D: 1e3, E: no }\ncommand: [sleep, 1.50]\nlabels: { v: 2 }");
  assert.equal(web.environment, { A: "1.10", B: "0x10", C: "TRUE", D: "1e3", E: "no" });
  assert.equal(web.processes.main?.command, ["sleep", "1.50"]);
  assert.equal(web.labels, { v: "2" });
});

test("an anchor repeats a value, with the place of each alias", () => {
  const web = environmentOf("labels: &l { a: b }\nx-copy: *l\nenvironment: *l");
  assert.equal(web.environment, { a: "b" });
  assert.equal(toldOf("x-bad: &b { 1x: y }\nenvironment: *b"), [
    'manifest/bad-name 7 "1x" must be letters, digits and _, not beginning with a digit',
  ]);
});

test("windows line ends and a byte order mark change nothing", () => {
  const manifest = manifestOf(`\ufeff${manifestText("hostname: www").replaceAll("\n", "\r\n")}`);
  assert.is(manifest.environments.get("web")?.hostname, "www");
  assert.equal(manifest.origins.get("web.hostname"), { file: "web.yaml", line: 6, column: 5, length: 8 });
});

test("a document may begin with --- and end with ...", () => {
  assert.is(manifestOf(`---\n${manifestText("hostname: www")}\n...\n`).environments.get("web")?.hostname, "www");
});

test.run();
