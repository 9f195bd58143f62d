import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** One image of a layout, made of tars. */
export interface Image {
  /** Its name in the layout; "" for none. */
  readonly name: string;
  /** Lowest first. */
  readonly layers: readonly Buffer[];
  readonly gzip?: boolean;
  readonly architecture?: string;
  /** Changes documents before their digests are made. */
  readonly spoil?: Readonly<Partial<Record<"config" | "manifest" | "descriptor", (document: Readonly<Record<string, unknown>>) => object>>>;
}

const type = (name: string) => `application/vnd.oci.image.${name}`;

/** Writes an OCI layout at `directory`, byte by byte, so that it can say what no program would write. */
export function writeLayout(directory: string, images: readonly Image[]): string {
  mkdirSync(join(directory, "blobs/sha256"), { recursive: true });
  const put = (bytes: Buffer) => {
    const digest = sha256(bytes);
    writeFileSync(join(directory, "blobs/sha256", digest), bytes);
    return { digest: `sha256:${digest}`, size: bytes.length };
  };
  const manifests = images.map(({ name, layers, gzip = false, architecture = "amd64", spoil = {} }) => {
    const config: Record<string, unknown> = {
      ...{ created: "2024-01-02T03:04:05Z", architecture, os: "linux" },
      rootfs: { type: "layers", diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
    };
    Object.assign(config, spoil.config?.(config));
    const manifest: Record<string, unknown> = {
      ...{ schemaVersion: 2, config: { mediaType: type("config.v1+json"), ...put(json(config)) } },
      layers: layers.map((layer) => ({ mediaType: type(`layer.v1.tar${gzip ? "+gzip" : ""}`), ...put(gzip ? gzipSync(layer) : layer) })),
    };
    Object.assign(manifest, spoil.manifest?.(manifest));
    const descriptor: Record<string, unknown> = {
      ...{ mediaType: type("manifest.v1+json"), ...put(json(manifest)) },
      ...(name === "" ? {} : { annotations: { "org.opencontainers.image.ref.name": name } }),
    };
    Object.assign(descriptor, spoil.descriptor?.(descriptor));
    return descriptor;
  });
  writeFileSync(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(join(directory, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  return directory;
}

/** What the layout has becomes one image of it, without a name, of which each processor has its own. */
export function nestLayout(directory: string): string {
  const path = join(directory, "index.json");
  const inner = readFileSync(path);
  const digest = sha256(inner);
  writeFileSync(join(directory, "blobs/sha256", digest), inner);
  const manifests = [{ mediaType: type("index.v1+json"), digest: `sha256:${digest}`, size: inner.length }];
  writeFileSync(path, JSON.stringify({ schemaVersion: 2, manifests }));
  return directory;
}

/** An image for a processor, as an index names it. */
export function imageFor(platform: Readonly<Record<string, string>>, layers: readonly Buffer[], name = ""): Image {
  const architecture = platform.architecture ?? "amd64";
  return { name, layers, architecture, spoil: { descriptor: () => ({ platform: { os: "linux", ...platform } }) } };
}

function json(document: object): Buffer {
  return Buffer.from(JSON.stringify(document));
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
