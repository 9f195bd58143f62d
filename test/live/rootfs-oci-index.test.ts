import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Architecture } from "../../src/model/architecture.ts";
import { ociProblems } from "../../src/resources/rootfs-oci.ts";
import { listing, withPlace } from "../support/evil-archives.ts";
import { needs } from "../support/needs.ts";
import { imageFor, nestLayout, writeLayout } from "../support/oci-layout.ts";
import { buildRoot, rootFactsHere } from "../support/root-build.ts";
import { tarBytes } from "../support/tar-bytes.ts";

const live = needs(test, "root");

/** What the image in a layout lacks, as a plan tells it. */
function problemOf(oci: string, architecture: Architecture): string {
  const rootfs = { type: "oci", oci, image: null, architecture } as const;
  const problems = ociProblems(rootfs, rootFactsHere(rootfs, "/nowhere"));
  return problems.map(({ message }) => message).join("; ");
}

live("of an index the image is taken that is made for the architecture, and of several kinds of it the nearest", () =>
  withPlace(async (place) => {
    const platforms = [
      ...[{ architecture: "amd64", os: "windows" }, { architecture: "amd64" }, { architecture: "arm", variant: "v6" }],
      ...[
        { architecture: "arm", variant: "v7" },
        { architecture: "arm", variant: "v5" },
        { architecture: "arm64", variant: "v8" },
      ],
      ...[{ architecture: "386" }, { architecture: "ppc64le" }],
    ];
    const at = (directory: string, name: string, chosen = platforms) =>
      writeLayout(
        join(place.directory, directory),
        chosen.map((platform) => {
          const tells = { name: Object.values(platform).join("-"), content: "x" };
          return imageFor(platform, [tarBytes([tells])], name);
        }),
      );
    const taken = async (oci: string, architecture?: Architecture, image: string | null = null) => {
      const own = architecture === undefined ? {} : { architecture };
      return listing(place.store, await buildRoot({ type: "oci", oci, image, ...own }, place.store)).map((line) => line.replace(/.* /, ""));
    };
    const wanted: readonly (readonly [Architecture | undefined, string])[] = [
      [undefined, process.arch === "arm64" ? "arm64-v8" : "amd64"],
      ...([
        ["amd64", "amd64"],
        ["arm64", "arm64-v8"],
        ["armhf", "arm-v7"],
        ["armel", "arm-v5"],
        ["i386", "386"],
        ["ppc64el", "ppc64le"],
      ] as const),
    ];
    for (const [index, oci] of [nestLayout(at("nested", "")), at("flat", "")].entries())
      for (const [architecture, found] of wanted) assert.equal(await taken(oci, architecture), [found], `${index} ${architecture ?? ""}`);
    assert.equal(await taken(at("named", "latest"), "arm64", "latest"), ["arm64-v8"]);
    const without = nestLayout(at("without", "", [{ architecture: "arm", variant: "v6" }, { architecture: "arm64" }]));
    assert.equal(await taken(without, "armhf"), ["arm-v6"]);
    const lacking = (architecture: Architecture) => problemOf(without, architecture);
    assert.match(lacking("armel"), /none of its images is for linux\/arm\/v5/);
    assert.match(lacking("s390x"), /none of its images is for linux\/s390x/);
    const single = at("single", "", [{ architecture: "arm64" }]);
    assert.equal(await taken(single, "arm64"), ["arm64"]);
    assert.match(problemOf(single, "amd64"), /it is made for arm64, and not for amd64/);
  }),
);

test.run();
