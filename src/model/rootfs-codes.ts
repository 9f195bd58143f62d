/** The diagnostic codes of root filesystems, when one is fetched, unpacked or built. Part of `diagnosticCodes`. */
export const rootfsCodes = {
  "rootfs/bad-archive": {
    exit: 1,
    when: "a tar root cannot be unpacked: it is damaged, no archive, or changed while it was read",
    fix: "look at the end of the log that is named, and make the archive anew",
  },
  "rootfs/bad-image": {
    exit: 1,
    when: "an OCI image cannot be used as a root: it is not whole, has no image of that name or for this processor, or cannot be unpacked",
    fix: "see the message; `skopeo copy docker://IMAGE oci:DIRECTORY:NAME` makes a layout that can be used",
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
  "rootfs/damaged": {
    exit: 2,
    when: "a root of the store is not what it was when it was built: its bytes have another digest",
    fix: "build it anew with `cloister build --refresh`, and look at the disk: nothing of cloister writes to an image",
  },
  "rootfs/exists": {
    exit: 1,
    when: "a root is to be exported to a path where something is already",
    fix: "move that away, or name another path: nothing is overwritten",
  },
  "rootfs/expired": {
    exit: 1,
    when: "the mirror's release file says that it was not to be used any more by now",
    fix: "take a mirror that is kept up to date; for one of the past say which with rootfs.snapshot",
  },
  "rootfs/foreign-architecture": {
    exit: 1,
    when: "the programs of a root of another architecture cannot be run here: the kernel is too old or has no binfmt_misc, or the environment has no user namespace of its own",
    fix: "see the message: the host's own binfmt_misc is never changed",
  },
  "rootfs/layer-failed": {
    exit: 1,
    when: "a setup command of a root could not be started or ended with another code than 0, or a file of a root could not be put into place",
    fix: "see what it printed: all of that is in the log that is named; nothing of it is kept, the layers before it are",
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
  "rootfs/no-upper": {
    exit: 1,
    when: "what an environment wrote is asked for or to be dropped, and it has no overlay of its own that is kept",
    fix: "see the message: it is not there yet, it is ephemeral, or what is written goes into the root itself",
  },
  "rootfs/not-built": {
    exit: 1,
    when: "the root of an environment is asked for and is not in the store",
    fix: "build it with `cloister build NAME`",
  },
  "rootfs/not-locked": {
    exit: 1,
    when: "a root of a release is to be built once more for comparison, and no lock says of what",
    fix: "run `cloister lock`, then `cloister build --locked`",
  },
  "rootfs/offline": {
    exit: 1,
    when: "a root is to be built from a mirror, and --offline forbids to ask it",
    fix: "build it once without --offline, or lock it: what a lock names is kept",
  },
  "rootfs/unknown": {
    exit: 64,
    when: "a root is named that neither the store nor the manifest knows, or by a name that several have",
    fix: "see `cloister rootfs ls`; a key or its first digits name one root",
  },
  "rootfs/unreadable": {
    exit: 1,
    when: "a root of the store could not be read",
    fix: "see the cause; `cloister rootfs verify` says whether its image is whole",
  },
} as const;
