/** The diagnostic codes of manifests; all end in exit code 3. Part of `diagnosticCodes`. */
export const manifestCodes = {
  "manifest/alias": {
    exit: 3,
    when: "a YAML alias leads nowhere, to itself, or repeats so much that it could be an attack",
    fix: "write the value out, or put the anchor before the alias",
  },
  "manifest/bad-address": {
    exit: 3,
    when: "an address in `drift` is of nothing that an environment has",
    fix: "write it as `cloister plan` and `cloister drift` show it",
  },
  "manifest/bad-name": {
    exit: 3,
    when: "a name of yours (an environment, a volume, a variable, a label) has characters that are not allowed there",
    fix: "take the characters that the message lists",
  },
  "manifest/bad-path": {
    exit: 3,
    when: "a path inside an environment is relative, contains `..`, or is not in its shortest form",
    fix: "write the absolute path that the hint shows",
  },
  "manifest/bad-source": {
    exit: 3,
    when: "a mount or a root would show the host's whole root, its /proc or its /sys inside, or the source of a file is none that can be copied",
    fix: "take a directory of your own (an environment has a /proc and a /sys already); for a file, a regular file of at most 1 MiB",
  },
  "manifest/bad-target": {
    exit: 3,
    when: "the target of a mount or the path of a file inside is relative, contains `..`, is not in its shortest form, or is a place that is not to be mounted over",
    fix: "write the absolute path that the hint shows",
  },
  "manifest/conflict": {
    exit: 3,
    when: "two keys that are right by themselves contradict each other",
    fix: "keep the one that you mean",
  },
  "manifest/decimal-mode": {
    exit: 3,
    when: "a mode is a decimal number, which is never what was meant",
    fix: 'write it as text ("0755") or with 0o (0o755)',
  },
  "manifest/duplicate-key": {
    exit: 3,
    when: "a key stands twice in one map",
    fix: "keep one of them",
  },
  "manifest/duplicate-target": {
    exit: 3,
    when: "two mount targets are the same path in different spellings",
    fix: "keep one of them",
  },
  "manifest/empty": {
    exit: 3,
    when: "a manifest has nothing in it",
    fix: "begin with api_version, name and environments; examples/minimal.yaml has five lines",
  },
  "manifest/env-file": {
    exit: 3,
    when: "an env file is not there, cannot be read, or a line of it sets no variable",
    fix: "correct the path, say required: false where it may be missing, or mend the line",
  },
  "manifest/exposed-manifest": {
    exit: 3,
    when: "an environment can write to the directory of its own manifest (a warning)",
    fix: "bind it read-only, bind only what is worked on, or keep the manifest elsewhere",
  },
  "manifest/extends": {
    exit: 3,
    when: "an environment extends another one that is not there, or from a file that is not there",
    fix: "correct the name, or the path: it starts at the directory of the file that says it",
  },
  "manifest/extends-circle": {
    exit: 3,
    when: "environments extend each other in a circle, so that none could be first",
    fix: "put what they share into an environment of its own, with a profile that is never active",
  },
  "manifest/extends-limit": {
    exit: 3,
    when: "environments extend each other more than 16 deep, or pass on more than 100,000 values altogether",
    fix: "extend what they share directly",
  },
  "manifest/forbidden-key": {
    exit: 3,
    when: "a key is __proto__, constructor or prototype, which only attacks need",
    fix: "take another name",
  },
  "manifest/host-network": {
    exit: 3,
    when: "an environment uses the host's network (a warning)",
    fix: "take network mode none, unless the host's network is what you mean",
  },
  "manifest/id-overlap": {
    exit: 3,
    when: "two ranges of ids have ids in common, in one environment or in two",
    fix: "move one of them; users: auto never overlaps",
  },
  "manifest/id-range": {
    exit: 3,
    when: "a range of ids has no root, goes beyond the last id, or lacks an id that is used",
    fix: "correct the range, or take users: auto",
  },
  "manifest/include": {
    exit: 3,
    when: "a manifest includes a file that is not there, or that cannot be read",
    fix: "correct the path: it starts at the directory of the file that includes it",
  },
  "manifest/include-circle": {
    exit: 3,
    when: "manifests include each other in a circle",
    fix: "put what they share into a file of its own",
  },
  "manifest/include-limit": {
    exit: 3,
    when: "manifests include each other more than 16 deep, or more than 100 files altogether",
    fix: "name the files that are needed, in one place",
  },
  "manifest/join": {
    exit: 3,
    when: "a namespace of an environment is joined that is not there, or that is the host's",
    fix: "name another environment of the project",
  },
  "manifest/join-circle": {
    exit: 3,
    when: "environments join each other's namespaces in a circle, so that none could be first",
    fix: "make one of the namespaces private",
  },
  "manifest/key": {
    exit: 3,
    when: "a key is a list, a map or nothing",
    fix: "write text before the colon",
  },
  "manifest/leading-zero": {
    exit: 3,
    when: "a number begins with 0: octal in YAML 1.1, decimal in YAML 1.2",
    fix: "write 0o755 for an octal number, or quotes for text",
  },
  "manifest/misplaced-key": {
    exit: 3,
    when: "a key is known, but means nothing beside the others (a size on a bind)",
    fix: "leave it out, or correct the type",
  },
  "manifest/missing-key": {
    exit: 3,
    when: "a key that is needed is not there",
    fix: "add the key that the message names",
  },
  "manifest/moved": {
    exit: 3,
    when: "`moved_from` names an environment that is still in the manifest, or the environment itself, or two environments come from the same one",
    fix: "let one environment name one that is gone; leave it out when the rename was applied",
  },
  "manifest/not-found": {
    exit: 3,
    when: "a manifest file or directory is not there, or a directory holds no *.yaml",
    fix: "name the manifest with -f, go to its directory with -C, or write a cloister.yaml",
  },
  "manifest/out-of-range": {
    exit: 3,
    when: "a number or a size is too small or too large, or a list too long or too short",
    fix: "keep to the bounds that the message names",
  },
  "manifest/project-differs": {
    exit: 3,
    when: "several manifests that are read together name different projects",
    fix: "give them one name, or apply them one by one",
  },
  "manifest/rootfs-source": {
    exit: 3,
    when: "a rootfs has none of release, directory, tar, oci and environment, or several of them, or is the root of an environment that is not there or borrows its own",
    fix: "keep exactly one, and name an environment that has a root of its own",
  },
  "manifest/several-documents": {
    exit: 3,
    when: "a file holds several YAML documents",
    fix: "give each a file of its own",
  },
  "manifest/short-form": {
    exit: 3,
    when: "the short form of a mount is none",
    fix: "write ./PATH, ./PATH:ro, /PATH or the name of a volume, or a map with a type",
  },
  "manifest/source-missing": {
    exit: 3,
    when: "a path of the host that is to be mounted, joined or used as root does not exist",
    fix: "make it, correct the path, or say optional: true on the mount",
  },
  "manifest/strong-capability": {
    exit: 3,
    when: "an environment has a capability with which its root can undo what the manifest restricts (a warning)",
    fix: "leave SYS_ADMIN out, and mount what is needed in the manifest",
  },
  "manifest/sysctl": {
    exit: 3,
    when: "a kernel setting belongs to the whole host, to a namespace that is not the environment's own, or has a key of its own",
    fix: "set it on the host, or where the namespace is",
  },
  "manifest/tab": {
    exit: 3,
    when: "a line is indented with a tab",
    fix: "indent with spaces",
  },
  "manifest/tag": {
    exit: 3,
    when: "a value has a YAML tag that means nothing here",
    fix: "write the plain value",
  },
  "manifest/too-deep": {
    exit: 3,
    when: "maps and lists lie more than 64 deep in each other",
    fix: "write it flatter; no manifest needs more than 8",
  },
  "manifest/too-large": {
    exit: 3,
    when: "a manifest has more than 256 KiB",
    fix: "take it apart into several files",
  },
  "manifest/too-many-problems": {
    exit: 3,
    when: "a manifest has more than 100 problems",
    fix: "mend the first ones, and look again",
  },
  "manifest/unknown-key": {
    exit: 3,
    when: "a key is not known; those that begin with x- are left to you",
    fix: "take the key that the hint names",
  },
  "manifest/unknown-profile": {
    exit: 3,
    when: "--profile names a profile that no environment has (a warning)",
    fix: "correct the name",
  },
  "manifest/unknown-release": {
    exit: 3,
    when: "a release is neither Debian's nor Ubuntu's by name",
    fix: "correct the name, or say distribution: debian or ubuntu",
  },
  "manifest/unreadable": {
    exit: 3,
    when: "a manifest is there but could not be read",
    fix: "see the cause: mostly its permissions, or that it is no file",
  },
  "manifest/unsafe": {
    exit: 3,
    when: "a manifest gives up a protection on purpose (a warning)",
    fix: "nothing, if you mean it",
  },
  "manifest/unsafe-needed": {
    exit: 3,
    when: "a setting gives up a protection, and unsafe does not say so",
    fix: "add the word under unsafe, or take the safe setting",
  },
  "manifest/unsafe-number": {
    exit: 3,
    when: "a number is too large to be exact (above 2^53)",
    fix: "write it in quotes where text is meant",
  },
  "manifest/unsafe-unused": {
    exit: 3,
    when: "unsafe names a protection that nothing gives up (a warning)",
    fix: "leave the word out",
  },
  "manifest/unset-variable": {
    exit: 3,
    when: "a value uses a variable that is not set, without a default, or one that must be set and is not",
    fix: "set it in the environment or in .env, or give it a default: NAME:-default between the braces",
  },
  "manifest/variable": {
    exit: 3,
    when: "a $ begins no variable, a variable is not closed, or all of them become more than 1 MiB of text",
    fix: "write $$ for a dollar, and see docs/composition.md for the forms of a variable",
  },
  "manifest/wrong-format": {
    exit: 3,
    when: "a text is not of the form that is needed",
    fix: "write it as the message says",
  },
  "manifest/wrong-type": {
    exit: 3,
    when: "a value is a map, a list, text, a number or nothing where something else is needed",
    fix: "write what the message says",
  },
  "manifest/wrong-value": {
    exit: 3,
    when: "a word is none of those that are allowed there",
    fix: "take one of the words that the message lists",
  },
  "manifest/yaml-syntax": {
    exit: 3,
    when: "a manifest is not YAML",
    fix: "mend the line that the message shows",
  },
  "manifest/yaml-version": {
    exit: 3,
    when: "a manifest asks for YAML 1.1 by a %YAML line",
    fix: "leave the line out",
  },
} as const;
