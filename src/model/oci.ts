/** One layer of an OCI image. */
export interface OciLayer {
  /** Where its bytes are on the host: the file of a blob, or a part of an archive. */
  readonly file: string;
  readonly offset: number;
  readonly size: number;
  /** sha256 of these bytes, and of what they are when unpacked; hex. */
  readonly digest: string;
  readonly diffId: string;
  readonly compression: "none" | "gzip" | "zstd";
}

/** An OCI image as it was found; its manifest has the digest that was asked for, its layers are yet to be checked. */
export interface OciImage {
  /** sha256 of its manifest, hex: what it is known by. */
  readonly manifest: string;
  /** Lowest first. */
  readonly layers: readonly OciLayer[];
}

/** Why a path is no image at all. */
export const noLayout = "it has no index.json: it is no OCI image layout, and no archive of one (which must not be compressed)";

/** What the fact of an OCI image says; it was written by us a moment ago. */
export function parseOciImage(text: string | null): OciImage | null {
  return text === null ? null : JSON.parse(text);
}
