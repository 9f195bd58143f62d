import { createHash } from "node:crypto";
import type { Architecture } from "../../model/architecture.ts";
import { ociProcessor } from "../../model/architecture.ts";
import type { Root } from "../../model/root.ts";

/** The one layer of an image, and for which processor it is. */
export interface Layer {
  /** sha256 of its tar, hex. */
  readonly diffId: string;
  /** In bytes. */
  readonly size: number;
  readonly architecture: Architecture;
}

/** The documents of an OCI layout with one image of one layer that is not compressed, by their names in it, and the digest of its manifest. The same for the same root. */
export function layoutDocuments(
  root: Root,
  { diffId, size, architecture }: Layer,
): { readonly files: readonly { readonly name: string; readonly text: string }[]; readonly manifest: string } {
  const processor = ociProcessor(architecture);
  const [variant] = processor.variants;
  const platform = { architecture: processor.architecture, os: "linux", ...(variant === undefined ? {} : { variant }) };
  const created = root.date.replace(/\.\d+Z$/, "Z");
  const config = document("application/vnd.oci.image.config.v1+json", {
    created,
    ...platform,
    config: { Cmd: ["/bin/sh"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${diffId}`] },
    history: [{ created, created_by: `cloister: ${root.name}` }],
  });
  const manifest = document("application/vnd.oci.image.manifest.v1+json", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: config.descriptor,
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: `sha256:${diffId}`, size }],
  });
  const index = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [{ ...manifest.descriptor, platform, annotations: { "org.opencontainers.image.ref.name": nameOf(root) } }],
  };
  const files = [
    { name: "oci-layout", text: JSON.stringify({ imageLayoutVersion: "1.0.0" }) },
    { name: `blobs/sha256/${config.digest}`, text: config.text },
    { name: `blobs/sha256/${manifest.digest}`, text: manifest.text },
    { name: "index.json", text: JSON.stringify(index) },
  ];
  return { files, manifest: manifest.digest };
}

/** The name in a form that every program takes for a tag. */
function nameOf({ name, key }: Root): string {
  const plain = (name.split("/").at(-1) ?? "").replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9_]+/, "");
  return plain === "" ? key : plain.slice(0, 128);
}

function document(mediaType: string, content: object) {
  const text = JSON.stringify(content);
  const digest = createHash("sha256").update(text).digest("hex");
  return { text, digest, descriptor: { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text) } };
}
