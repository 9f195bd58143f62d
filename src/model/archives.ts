import type { Architecture } from "./architecture.ts";

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

/** Where a distribution has its packages for a processor; undefined: for the host's. Ubuntu has those of most elsewhere. */
export function archiveMirror(distribution: keyof typeof archives, architecture: Architecture | undefined): string {
  const ports = distribution === "ubuntu" && architecture !== undefined && architecture !== "amd64" && architecture !== "i386";
  return ports ? "http://ports.ubuntu.com/ubuntu-ports" : archives[distribution].mirror;
}

/** What stands in an address for the moment of a snapshot, as in apt's own `Snapshots:`. */
export const snapshotPlace = "@SNAPSHOTID@";

/** The releases by the names that their archives know. */
export const releases: Readonly<Record<keyof typeof archives, readonly string[]>> = {
  debian: ["bullseye", "bookworm", "trixie", "forky", "duke", "sid", "unstable", "testing", "stable", "oldstable", "oldoldstable"],
  ubuntu: ["xenial", "bionic", "focal", "jammy", "noble", "plucky", "questing", "resolute", "devel"],
};
