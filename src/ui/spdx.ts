import type { InstalledPackage } from "../model/installed-package.ts";
import type { Root } from "../model/root.ts";

/** What is in a root. */
export interface Bill {
  readonly root: Root;
  readonly packages: readonly InstalledPackage[];
  /** `debian` or `ubuntu`, for the addresses of packages. */
  readonly distribution: string;
  /** cloister's own. */
  readonly version: string;
}

/** A root as an SPDX 2.3 document. Nothing in it depends on when or where it is made. */
export function spdx({ root, packages, distribution, version }: Bill): Record<string, unknown> {
  const whole = "SPDXRef-Root";
  const listed = packages.map((one) => ({
    name: one.name,
    SPDXID: `SPDXRef-Package-${one.name}-${one.architecture}`.replace(/[^A-Za-z0-9.-]/g, "-"),
    versionInfo: one.version,
    supplier: one.maintainer === null ? "NOASSERTION" : `Person: ${one.maintainer}`,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    ...(one.homepage === null ? {} : { homepage: one.homepage }),
    ...(one.source === null ? {} : { sourceInfo: `built from the source package ${one.source}` }),
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "NOASSERTION",
    copyrightText: "NOASSERTION",
    externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: packageUrl(one, distribution) }],
  }));
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: root.name,
    documentNamespace: `https://cloister.invalid/spdx/${root.digest}`,
    creationInfo: { created: root.date.replace(/\.\d+Z$/, "Z"), creators: [`Tool: cloister-${version}`] },
    packages: [
      {
        name: root.name,
        SPDXID: whole,
        downloadLocation: "NOASSERTION",
        filesAnalyzed: false,
        licenseConcluded: "NOASSERTION",
        licenseDeclared: "NOASSERTION",
        copyrightText: "NOASSERTION",
        ...(root.format === "erofs" ? { checksums: [{ algorithm: "SHA256", checksumValue: root.digest }] } : {}),
        primaryPackagePurpose: "OPERATING-SYSTEM",
      },
      ...listed,
    ],
    relationships: [
      { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: whole },
      ...listed.map(({ SPDXID }) => ({ spdxElementId: whole, relationshipType: "CONTAINS", relatedSpdxElement: SPDXID })),
    ],
  };
}

/** `pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64` */
export function packageUrl({ name, version, architecture }: InstalledPackage, distribution: string): string {
  return `pkg:deb/${distribution}/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${encodeURIComponent(architecture)}`;
}
