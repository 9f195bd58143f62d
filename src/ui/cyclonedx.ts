import type { Bill } from "./spdx.ts";
import { packageUrl } from "./spdx.ts";

/** A root as a CycloneDX 1.5 document. Nothing in it depends on when or where it is made. */
export function cycloneDx({ root, packages, distribution, version }: Bill): Record<string, unknown> {
  const { digest } = root;
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    serialNumber: `urn:uuid:${uuidOf(digest)}`,
    version: 1,
    metadata: {
      timestamp: root.date,
      tools: { components: [{ type: "application", name: "cloister", version }] },
      component: {
        type: "operating-system",
        "bom-ref": digest,
        name: root.name,
        version: root.key,
        ...(root.format === "erofs" ? { hashes: [{ alg: "SHA-256", content: digest }] } : {}),
      },
    },
    components: packages.map((one) => {
      const purl = packageUrl(one, distribution);
      return {
        type: "library",
        "bom-ref": purl,
        name: one.name,
        version: one.version,
        purl,
        ...(one.maintainer === null ? {} : { supplier: { name: one.maintainer } }),
        ...(one.homepage === null ? {} : { externalReferences: [{ type: "website", url: one.homepage }] }),
      };
    }),
    dependencies: [{ ref: digest, dependsOn: packages.map((one) => packageUrl(one, distribution)) }],
  };
}

/** A UUID of version 8 (of its own making) out of a digest. */
function uuidOf(digest: string): string {
  const hex = `${digest.slice(0, 12)}8${digest.slice(13, 16)}8${digest.slice(17, 32)}`;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
