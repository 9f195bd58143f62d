/** Where a distribution's packages are and which keys have signed them; where its past is kept. */
interface Archive {
  readonly mirror: string;
  readonly keyring: string;
  /** A mirror of its past, with apt's own placeholder for the moment. */
  readonly snapshots: string;
  /** The script by which debootstrap makes its releases, also those that are newer than debootstrap. */
  readonly script: string;
}

/** The archives by distribution. */
export const archives = {
  debian: {
    mirror: "http://deb.debian.org/debian",
    keyring: "/usr/share/keyrings/debian-archive-keyring.gpg",
    snapshots: "http://snapshot.debian.org/archive/debian/@SNAPSHOTID@",
    script: "sid",
  },
  ubuntu: {
    mirror: "http://archive.ubuntu.com/ubuntu",
    keyring: "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
    snapshots: "http://snapshot.ubuntu.com/ubuntu/@SNAPSHOTID@",
    script: "gutsy",
  },
} as const satisfies Readonly<Record<string, Archive>>;

/** What stands in an address for the moment of a snapshot, as in apt's own `Snapshots:`. */
export const snapshotPlace = "@SNAPSHOTID@";
