/** One Debian package as dpkg has it. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The source package, where it has another name. */
  readonly source: string | null;
  readonly maintainer: string | null;
  readonly homepage: string | null;
}
