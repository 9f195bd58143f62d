import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fileDifferences, packageDifferences } from "../../../src/cli/rootfs/diff.ts";
import { layoutDocuments } from "../../../src/cli/rootfs/oci-layout.ts";
import { parsePackages } from "../../../src/cli/rootfs/tree-entries.ts";
import type { Root } from "../../../src/model/root.ts";
import { cycloneDx } from "../../../src/ui/cyclonedx.ts";
import { renderRootDiff, rootDiffDocument } from "../../../src/ui/render-root-diff.ts";
import { renderVerifiedRoots, verifiedRootsDocument } from "../../../src/ui/render-root-verify.ts";
import { inspectedRootDocument, renderRoots, rootsDocument } from "../../../src/ui/render-roots.ts";
import { renderSweep, sweepDocument } from "../../../src/ui/render-sweep.ts";
import { spdx } from "../../../src/ui/spdx.ts";
import { golden } from "../../support/golden.ts";

const plain = { color: false } as const;
const built: Root = {
  ...{ schema: "cloister/root/v1", key: "6f1c0f2d8a3be3c9", digest: "ab".repeat(32), name: "bookworm-minbase", format: "erofs" },
  ...{ spec: { type: "release", distribution: "debian", release: "bookworm" }, builder: { name: "mmdebstrap", version: "1.3.5" } },
  ...{ date: "2026-11-25T10:00:00.123Z", bytes: 126_877_696, packages: 88 },
};
const evil: Root = { ...built, key: "0".repeat(16), digest: "cd".repeat(32), name: "/srv/\x1b[2J.tar", packages: null, bytes: 4096 };
const uses = ["web", "db", "cache", "jobs"].map((name) => ({ type: "mount", by: `blog/${name}` }) as const);
const upper = { project: "blog", environment: "web", path: "/d/uppers/blog.web/abababababababab", layer: "ab".repeat(8), changedMs: 0 };
const report = {
  store: "/var/lib/cloister/store",
  roots: [
    { ...built, uses },
    { ...evil, uses: [] },
  ],
  uppers: [
    { ...upper, standing: "current" },
    { ...upper, layer: "cd".repeat(8), path: "/d/uppers/blog.web/cdcdcdcdcdcdcdcd", standing: "set-aside" },
  ],
} as const;
const sweep = {
  store: report.store,
  garbage: { roots: [evil], paths: ["/s/roots/0.json", "/s/sha256/c"], bytes: 4096 },
  uppers: [report.uppers[1]],
};
const verified = {
  store: report.store,
  roots: [
    { root: built, found: built.digest },
    { root: evil, found: "ef".repeat(32) },
    { root: evil, found: null },
  ],
  broken: ["1".repeat(16)],
};

const status = readFileSync("test/unit/ui/dpkg-status.txt", "utf8");
const packages = parsePackages(status);
const entry = { type: "f", mode: "644", uid: 0, gid: 0, size: 1, target: "", sha256: "aa" };
const difference = {
  from: "one",
  to: "other",
  packages: packageDifferences(packages, [
    ...packages.slice(1).map((one) => ({ ...one, version: `${one.version}.1` })),
    { ...packages[0], name: "new", version: "1", architecture: "all", source: null, maintainer: null, homepage: null },
  ]),
  files: fileDifferences(
    new Map([
      ["/a", entry],
      ["/b", entry],
      ["/c", entry],
    ]),
    new Map([
      ["/b", { ...entry, mode: "755", sha256: "bb" }],
      ["/c", entry],
      ["/d\n", entry],
    ]),
  ),
};

test("roots, what is swept, verified and different, for people", () => {
  const shown = [
    renderRoots(report, plain),
    renderRoots({ ...report, roots: [], uppers: [] }, plain),
    renderSweep({ ...sweep, removed: true }, plain),
    renderSweep({ ...sweep, removed: false }, plain),
    renderSweep({ ...sweep, garbage: { roots: [], paths: [], bytes: 0 }, uppers: [], removed: true }, plain),
    renderVerifiedRoots(verified, plain),
    renderVerifiedRoots({ ...verified, roots: [], broken: [] }, plain),
    renderRootDiff(difference, plain),
    renderRootDiff({ ...difference, packages: [], files: [] }, plain),
  ];
  golden("roots/text.txt", shown.join("---\n"));
  assert.not(shown.join("").includes("\x1b"));
});

const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });

test("the documents of roots are as their schemas say", () => {
  const about = {
    ...built,
    uses,
    path: "/s/sha256/ab",
    log: null,
    uppers: report.uppers,
    forms: [{ form: "unpacked", path: "/s/unpacked/ab" }],
  } as const;
  const documents = [
    rootsDocument(report),
    inspectedRootDocument(about),
    sweepDocument({ ...sweep, removed: true }),
    verifiedRootsDocument(verified),
    rootDiffDocument(difference),
  ];
  for (const document of documents) {
    const name = `${String(document.schema).split("/")[1]}-v1.json`;
    const validate = ajv.compile(JSON.parse(readFileSync(`schemas/output/${name}`, "utf8")));
    assert.ok(validate(JSON.parse(JSON.stringify(document))), `${name}: ${ajv.errorsText(validate.errors)}`);
    assert.not(validate({ schema: document.schema }), `${name} takes a document with nothing in it`);
  }
  golden("roots/documents.json", `${JSON.stringify(documents, null, 2)}\n`);
});

test("only what is installed is in a bill of materials, in order, and the same each time", () => {
  assert.equal(
    packages.map(({ name }) => name),
    ["base-files", "libc6", "libstdc++6"],
  );
  const bill = { root: built, packages, distribution: "debian", version: "0.1.0" };
  golden("roots/spdx.json", `${JSON.stringify(spdx(bill), null, 2)}\n`);
  golden("roots/cyclonedx.json", `${JSON.stringify(cycloneDx(bill), null, 2)}\n`);
  assert.equal(parsePackages(""), []);
});

test("an exported image is described by documents that are the same for the same root", () => {
  const layer = { diffId: "12".repeat(32), size: 1024, architecture: "amd64" } as const;
  golden("roots/oci.json", `${JSON.stringify(layoutDocuments(built, layer), null, 2)}\n`);
  const { files } = layoutDocuments({ ...built, name: "/srv/ö /x y.tar" }, layer);
  assert.match(files.at(-1)?.text ?? "", /"org.opencontainers.image.ref.name":"x-y.tar"/);
  const platforms = (["arm64", "armhf", "armel", "i386"] as const).map((architecture) => {
    const { text } = layoutDocuments(built, { ...layer, architecture }).files.find(({ name }) => name === "index.json") ?? { text: "" };
    return JSON.stringify(JSON.parse(text).manifests[0].platform);
  });
  assert.equal(platforms, [
    '{"architecture":"arm64","os":"linux"}',
    '{"architecture":"arm","os":"linux","variant":"v7"}',
    '{"architecture":"arm","os":"linux","variant":"v5"}',
    '{"architecture":"386","os":"linux"}',
  ]);
});

test.run();
