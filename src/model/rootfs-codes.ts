/** The diagnostic codes of root filesystems, when one is fetched, unpacked or built. Part of `diagnosticCodes`. */
export const rootfsCodes = {
  "rootfs/bad-archive": {
    exit: 1,
    when: "a tar root cannot be unpacked: it is damaged, no archive, or changed while it was read",
    fix: "look at the end of the log that is named, and make the archive anew",
  },
  "rootfs/bad-signature": {
    exit: 1,
    when: "the mirror's release file is not signed by a key of the keyring",
    fix: "name the keyring of that distribution; if it is the right one, do not trust this mirror",
  },
  "rootfs/build-failed": {
    exit: 1,
    when: "a root could not be built, for a reason that has no code of its own",
    fix: "look at the end of the log that is named",
  },
  "rootfs/expired": {
    exit: 1,
    when: "the mirror's release file says that it was not to be used any more by now",
    fix: "take a mirror that is kept up to date; for one of the past say which with rootfs.snapshot",
  },
  "rootfs/missing": {
    exit: 1,
    when: "the directory or tar that a root is to come from is not there, or is not of that kind",
    fix: "correct the path in the manifest (relative paths start at the manifest's directory)",
  },
  "rootfs/no-keyring": {
    exit: 6,
    when: "the keyring that is to prove a mirror's release file is not on this machine",
    fix: "install the named package, or name another keyring with rootfs.keyring",
  },
  "rootfs/no-network": {
    exit: 1,
    when: "the mirror of a root cannot be reached",
    fix: "check the mirror's address and this machine's network and proxy (apt's configuration)",
  },
  "rootfs/no-package": {
    exit: 1,
    when: "a package that a root is to hold does not exist in its release and components",
    fix: "correct the name, or add the component that has it",
  },
  "rootfs/no-release": {
    exit: 1,
    when: "the mirror does not have that release",
    fix: "correct rootfs.release (a codename such as bookworm), or name a mirror that has it",
  },
  "rootfs/no-space": {
    exit: 1,
    when: "the disk of the store filled up while a root was built",
    fix: "free some space, or put the store elsewhere with --data-dir; nothing unfinished is kept",
  },
  "rootfs/no-tool": {
    exit: 6,
    when: "the program that builds this kind of root is not installed",
    fix: "install the named package",
  },
  "rootfs/offline": {
    exit: 1,
    when: "a root is to be built from a mirror, and --offline forbids to ask it",
    fix: "build it once without --offline, or lock it: what a lock names is kept",
  },
} as const;
