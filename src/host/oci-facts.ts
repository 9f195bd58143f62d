import { createHash } from "node:crypto";
import type { OciProcessor } from "../model/architecture.ts";
import { architectureOfMachine, architectures, ociProcessor } from "../model/architecture.ts";
import { codeOf } from "../model/errno.ts";
import type { Fact } from "../model/fact.ts";
import type { OciImage, OciLayer } from "../model/oci.ts";
import { noLayout } from "../model/oci.ts";
import type { Blob, LayoutFiles } from "./oci-files.ts";
import { layoutFiles, readBlob } from "./oci-files.ts";
import { readStoreFact } from "./store.ts";

/** The fact `oci/NAME PATH`, or `oci/NAME|ARCHITECTURE PATH`, and with it the fact `store/KEY` of the root that this image makes. NAME is "" for the only image. */
export function readOciFacts(fact: string, store: string): ReadonlyMap<string, Fact> {
  const [, name = "", architecture, path = ""] = /^oci\/([^\s|]*)(?:\|(\S+))? (.*)$/s.exec(fact) ?? [];
  const found = readOciImage(path, name, architecture);
  if (typeof found === "string") return new Map([[fact, { absent: found }]]);
  const key = found.manifest.slice(0, 16);
  return new Map<string, Fact>([
    [fact, { text: JSON.stringify(found) }],
    [`store/${key}`, readStoreFact(store, key)],
  ]);
}

/** Documents of an image are some kB. */
const mostBytes = 4 << 20;
const mostLayers = 1000;

/** The image of that name for a processor (as Debian calls it; else for this one) in a layout, or why there is none, as half a sentence. Everything but the layers is checked against its digest. */
function readOciImage(path: string, name: string, architecture: string | undefined): OciImage | string {
  try {
    const files = layoutFiles(path);
    if (files === null) return "it is neither a directory nor a file";
    const index = files("index.json");
    if (index === null) return noLayout;
    const processor = processorOf(architecture ?? process.arch);
    return imageIn(
      { files, processor, asked: architecture !== undefined },
      namedManifest(parsed(readBlob(index, mostBytes), "index.json"), { name, processor }),
    );
  } catch (error) {
    if (error instanceof Unfit) return error.message;
    const code = codeOf(error);
    return code === "" ? "it cannot be read" : `it cannot be read (${code})`;
  }
}

function processorOf(architecture: string): OciProcessor {
  const known = architectures.find((one) => one === architecture) ?? architectureOfMachine(architecture);
  return known === null ? { architecture, variants: [] } : ociProcessor(known);
}

/** Why an image cannot be used. */
class Unfit extends Error {}

type Fields = Readonly<Record<string, unknown>>;

function namedManifest(index: Fields, { name, processor }: { readonly name: string; readonly processor: OciProcessor }): Fields {
  const all = list(index.manifests).filter(isFields);
  const named = (one: Fields) => {
    const tag = isFields(one.annotations) ? one.annotations["org.opencontainers.image.ref.name"] : undefined;
    return typeof tag === "string" ? tag : "";
  };
  const names = all.map(named).filter((one) => one !== "");
  const has = names.length === 0 ? "its images have no names" : `it has ${names.slice(0, 8).join(", ")}`;
  const found = name === "" ? all : all.filter((one) => named(one) === name);
  const [first, second] = found;
  // One image for several processors, without an index of its own.
  if (first !== undefined && second !== undefined && found.every((one) => named(one) === named(first) && isFields(one.platform))) {
    const fitting = imageFor(processor, found);
    if (fitting === null) throw new Unfit(noneFor(processor));
    return fitting;
  }
  if (first === undefined) throw new Unfit(name === "" ? "there is no image in it" : `it has no image "${name}": ${has}`);
  if (second !== undefined && name === "") throw new Unfit(`it has ${found.length} images, so that rootfs.image must say which: ${has}`);
  return first;
}

const indexTypes = ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

interface Layout {
  readonly files: LayoutFiles;
  readonly processor: OciProcessor;
  /** Whether the manifest says which processor. */
  readonly asked: boolean;
}

/** An index may name another one, and that is all. */
const deepest = 2;

function imageIn(layout: Layout, descriptor: Fields, depth = 0): OciImage {
  const { files, processor, asked } = layout;
  const document = documentOf(files, descriptor);
  if (indexTypes.includes(String(descriptor.mediaType)) || Array.isArray(document.manifests)) {
    const found = imageFor(processor, list(document.manifests).filter(isFields));
    if (found === null || depth > deepest) throw new Unfit(noneFor(processor));
    return imageIn(layout, found, depth + 1);
  }
  const config = documentOf(files, fields(document.config, "config"));
  if (asked && typeof config.architecture === "string" && config.architecture !== processor.architecture)
    throw new Unfit(`it is made for ${config.architecture}, and not for ${processor.architecture}`);
  const diffIds = list(fields(config.rootfs, "rootfs").diff_ids);
  const layers = list(document.layers);
  if (layers.length !== diffIds.length || layers.length > mostLayers)
    throw new Unfit(`its manifest has ${layers.length} layers, its configuration ${diffIds.length}; at most ${mostLayers} can be used`);
  return {
    manifest: digestOf(descriptor),
    layers: layers.map((layer, index) => layerIn(files, fields(layer, "layers"), hexOf(diffIds[index]))),
  };
}

function noneFor({ architecture, variants }: OciProcessor): string {
  return `none of its images is for linux/${[architecture, ...variants.slice(0, 1)].join("/")}`;
}

/** The image that is made for the processor; of several kinds of it the nearest, and then the one that is for any. */
function imageFor({ architecture, variants }: OciProcessor, images: readonly Fields[]): Fields | null {
  const fitting = images.filter(({ platform }) => isFields(platform) && platform.architecture === architecture && platform.os === "linux");
  if (variants.length === 0) return fitting[0] ?? null;
  const ofKind = (variant: string | undefined) => fitting.find(({ platform }) => isFields(platform) && platform.variant === variant);
  return [...variants, undefined].map(ofKind).find((image) => image !== undefined) ?? null;
}

function layerIn(files: LayoutFiles, layer: Fields, diffId: string): OciLayer {
  const digest = digestOf(layer);
  const blob = blobOf(files, digest);
  if (blob.size !== layer.size)
    throw new Unfit(`its layer ${digest.slice(0, 16)} has ${blob.size} bytes and should have ${String(layer.size)}`);
  const type = String(layer.mediaType);
  const compression = /[.+]tar$/.test(type) ? "none" : /[+.]gzip$/.test(type) ? "gzip" : /\+zstd$/.test(type) ? "zstd" : null;
  if (compression === null) throw new Unfit(`it has a layer of a kind that is not known here (${JSON.stringify(type).slice(0, 100)})`);
  return { ...blob, digest, diffId, compression };
}

function documentOf(files: LayoutFiles, descriptor: Fields): Fields {
  const digest = digestOf(descriptor);
  const bytes = readBlob(blobOf(files, digest), mostBytes);
  if (bytes !== null && createHash("sha256").update(bytes).digest("hex") !== digest)
    throw new Unfit(`what should have the digest ${digest.slice(0, 16)}... has another one`);
  return parsed(bytes, digest);
}

function blobOf(files: LayoutFiles, digest: string): Blob {
  const blob = files(`blobs/sha256/${digest}`);
  if (blob === null) throw new Unfit(`its part ${digest} is not there`);
  return blob;
}

function parsed(bytes: Buffer | null, what: string): Fields {
  if (bytes === null) throw new Unfit(`its ${what} has more than ${mostBytes} bytes`);
  try {
    const value: unknown = JSON.parse(bytes.toString());
    if (isFields(value)) return value;
  } catch {
    // Told below.
  }
  throw new Unfit(`its ${what} is no JSON document`);
}

function digestOf(descriptor: Fields): string {
  return hexOf(descriptor.digest);
}

function hexOf(digest: unknown): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(String(digest))?.[1];
  if (hex === undefined) throw new Unfit(`a digest in it is no sha256 (${JSON.stringify(digest)?.slice(0, 100)})`);
  return hex;
}

function fields(value: unknown, name: string): Fields {
  if (isFields(value)) return value;
  throw new Unfit(`it does not say its ${name}`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
