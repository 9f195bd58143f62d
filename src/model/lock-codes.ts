/** The diagnostic codes of locks and of what is built by them. Part of `diagnosticCodes`. */
export const lockCodes = {
  "lock/damaged": {
    exit: 3,
    when: "cloister.lock is no lock: it was cut, edited, or has conflicts of a merge",
    fix: "resolve the conflict or take the file from git; cloister lock --update makes it anew",
  },
  "lock/mismatch": {
    exit: 1,
    when: "a package, or the root that was built, is not to the bit what the lock says",
    fix: "see the message for which; a package that was changed on its way is to be had from another mirror",
  },
  "lock/missing": {
    exit: 1,
    when: "what an environment was locked to stands neither in cloister.lock nor in the store",
    fix: "put that cloister.lock back, or lock anew",
  },
  "lock/not-kept": {
    exit: 1,
    when: "packages of a lock are not kept in the store, and --offline forbids to fetch them",
    fix: "build it once without --offline; what is fetched for a lock is kept",
  },
  "lock/not-there": {
    exit: 1,
    when: "the mirror does not have a package of the lock (any more), and it is not kept in the store",
    fix: "name a mirror that still has it, or a snapshot, with rootfs.mirror or rootfs.snapshot; or lock anew with --update",
  },
  "lock/stale": {
    exit: 2,
    when: "cloister.lock does not say what a root of the manifest is made of (lock --check, --locked)",
    fix: "cloister lock",
  },
  "lock/wrong-tool": {
    exit: 3,
    when: "a root is to be locked and to be built by debootstrap",
    fix: "leave rootfs.tool out; locks are made and built with mmdebstrap",
  },
} as const;
