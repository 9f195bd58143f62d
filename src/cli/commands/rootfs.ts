import { spelled } from "../flag.ts";
import type { Verb } from "../verb.ts";

export const rootfs: Verb = {
  name: "rootfs",
  summary: "look at the root file systems in the store, prove, compare and export them",
  description:
    "Works on the roots of the store. `ls` lists them with what needs each; `inspect` tells all that is known of one; `verify` compares their bytes with the digests that they were built with, and ends with 2 where one is damaged, or, with --rebuild, where building it once more makes another one; `diff A B` shows the packages and files in which two differ, `diff ENVIRONMENT` what an environment wrote over its root; `sbom` prints the packages of one as a bill of materials; `export` writes one as a tar, an erofs image or an OCI image; `prune` removes what nothing needs, as gc does; `pin` has one stay all the same, `unpin` no longer. A ROOT is an environment of the manifest, a name as ls shows it, or a key or digest or the first digits of one.",
  operands: [
    { spelling: "ACTION", description: "ls, inspect, verify, diff, sbom, export, prune, pin or unpin" },
    { spelling: "[ROOT...]", description: "verify: any number; ls, prune: none; diff: one or two; the others: one" },
  ],
  flags: [
    { spelling: "--format FORM", description: "sbom: the form of the document (default: spdx)", choices: ["spdx", "cyclonedx"] },
    { spelling: "--tar FILE", description: "export: a tar, the same for the same root" },
    { spelling: "--erofs FILE", description: "export: one erofs image" },
    { spelling: "--oci PATH", description: "export: an OCI image layout, a directory, or an archive where it ends in .tar" },
    { spelling: "--dry-run", description: "prune: only say what would be removed" },
    { spelling: "--rebuild", description: "verify: build the roots of environments once more beside the store, and compare" },
  ],
  examples: [
    { command: "cloister rootfs ls", shows: "every root, its size, and what needs it" },
    { command: "cloister rootfs verify", shows: "whether each is what was built" },
    {
      command: "cloister rootfs verify --rebuild web",
      shows: "whether its lock makes the same root again, and where not, the first path that differs",
    },
    { command: "cloister rootfs diff web", shows: "what web wrote over its root" },
    { command: "cloister rootfs diff bookworm-minbase trixie-minbase", shows: "packages and files in which two roots differ" },
    { command: "cloister rootfs sbom web --format cyclonedx", shows: "the packages of the root of web, for programs" },
    { command: "cloister rootfs export web --oci ./image", shows: "an image that skopeo and umoci read" },
  ],
  needsRoot: true,
  async run(context) {
    const { runAction } = await import("../rootfs/action.ts");
    const { rootfsActions } = await import("../rootfs/actions.ts");
    return runAction(
      rootfsActions,
      context,
      rootfs.flags.map((flag) => spelled(flag).name),
    );
  },
};
