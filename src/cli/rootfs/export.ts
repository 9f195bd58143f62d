import * as fs from "node:fs";
import { resolve } from "node:path";
import { commandInto, commandOutput } from "../../host/command-output.ts";
import { beginExport, copyDigested } from "../../host/export-file.ts";
import { digestOfFile } from "../../host/file-digest.ts";
import { findTool } from "../../host/tools.ts";
import { architectureOfMachine } from "../../model/architecture.ts";
import { CloisterError } from "../../model/diagnostic.ts";
import { codeOf } from "../../model/errno.ts";
import type { Root } from "../../model/root.ts";
import { rootPath } from "../../model/root.ts";
import { archiveCommand, erofsCommand, layoutCommand, readableRoot, readingCommand } from "../../resources/rootfs-reading.ts";
import { exportDocument, renderExport } from "../../ui/render-export.ts";
import type { RootStore } from "../root-store.ts";
import { openStore } from "../root-store.ts";
import type { RootfsAction } from "./action.ts";
import { storeRoot } from "./named-root.ts";
import { layoutDocuments } from "./oci-layout.ts";
import { treeArchitecture } from "./tree-entries.ts";

const forms = ["tar", "erofs", "oci"] as const;
type Form = (typeof forms)[number];

/** `rootfs export`: a root of the store as a file or directory that other programs read. */
export const exportAction: RootfsAction = {
  name: "export",
  operands: ["ROOT"],
  flags: forms,
  async run(context) {
    const { settings, terminal, operands, flags } = context;
    const given = forms.flatMap((form) => {
      const path = flags.value(form);
      return path === null ? [] : [{ form, target: resolve(path) }];
    });
    const [first, second] = given;
    if (first === undefined || second !== undefined) {
      throw new CloisterError({
        code: "usage/invalid-value",
        severity: "error",
        message: first === undefined ? "rootfs export is not told what to write" : "rootfs export writes one form at a time",
        hint: "--tar FILE, --erofs FILE, or --oci DIRECTORY (an archive where it ends in .tar)",
      });
    }
    const store = openStore(context);
    const root = storeRoot(operands[0] ?? "", context, store);
    const digest = await exportRoot(root, store, first);
    const report = { root, ...first, digest };
    if (settings.json) terminal.out(`${JSON.stringify(exportDocument(report))}\n`);
    else if (!settings.quiet) terminal.out(renderExport(report));
    return 0;
  },
};

/** The sha256 of the file, or of the manifest of an OCI image. */
async function exportRoot(
  root: Root,
  store: RootStore,
  { form, target }: { readonly form: Form; readonly target: string },
): Promise<string> {
  const place = beginExport(target);
  try {
    const name = form === "oci" && !target.endsWith(".tar") ? "layout" : "whole";
    const digest = await writers[form](root, store, { path: `${place.workplace}/${name}`, workplace: place.workplace });
    place.finish(name);
    return digest;
  } catch (error) {
    place.abandon();
    throw noSpace(error, target);
  }
}

interface Target {
  readonly path: string;
  readonly workplace: string;
}

const writers: Readonly<Record<Form, (root: Root, store: RootStore, target: Target) => Promise<string>>> = {
  tar: (root, store, { path }) => archive(root, store, path),
  erofs(root, store, { path }) {
    if (root.format !== "erofs" || root.lowers !== undefined) return image(root, store, path);
    const digest = copyDigested(rootPath(store.path, root), path);
    if (digest === root.digest) return Promise.resolve(digest);
    const message = `${root.name} is damaged: its image has the sha256 ${digest}, and was built as ${root.digest}`;
    throw new CloisterError({ code: "rootfs/damaged", severity: "error", message, hint: "cloister build --refresh builds it anew" });
  },
  async oci(root, store, { path, workplace }) {
    const layout = `${workplace}/layout`;
    fs.mkdirSync(`${layout}/blobs/sha256`, { recursive: true, mode: 0o755 });
    const layer = `${workplace}/layer`;
    const diffId = await archive(root, store, layer);
    const { size } = fs.statSync(layer);
    fs.renameSync(layer, `${layout}/blobs/sha256/${diffId}`);
    const own = (await treeArchitecture(store.shim, readableRoot(store.path, root))) ?? architectureOfMachine(process.arch);
    const documents = layoutDocuments(root, { diffId, size, architecture: own ?? "amd64" });
    for (const { name, text } of documents.files) fs.writeFileSync(`${layout}/${name}`, text, { mode: 0o644 });
    if (path !== layout) await into(path, readingCommand(store.shim, { layers: [layout] }, layoutCommand));
    return documents.manifest;
  },
};

/** One image of what is kept as a tree, or as several images over each other. */
async function image(root: Root, { path: store, shim }: RootStore, path: string): Promise<string> {
  if (findTool("mkfs.erofs") === null) {
    const message = `${root.name} is no single image, and mkfs.erofs is not here to make one of it`;
    throw new CloisterError({
      code: "rootfs/no-tool",
      severity: "error",
      message,
      hint: "apt-get install erofs-utils; or export it with --tar",
    });
  }
  const descriptor = fs.openSync(path, "wx", 0o644);
  try {
    await commandOutput(readingCommand(shim, { ...readableRoot(store, root), output: path }, erofsCommand));
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  return digestOfFile(path) ?? "";
}

async function archive(root: Root, { path: store, shim }: RootStore, path: string): Promise<string> {
  await into(path, readingCommand(shim, readableRoot(store, root), archiveCommand));
  return digestOfFile(path) ?? "";
}

async function into(path: string, command: readonly string[]): Promise<void> {
  const descriptor = fs.openSync(path, "wx", 0o644);
  try {
    await commandInto(command, descriptor);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** tar says the one or the other, by where in a block the disk was full. */
const fullDisk = /No space left on device|Wrote only \d+ of \d+ bytes/;

/** A full disk in its own words, whoever met it. */
function noSpace(error: unknown, target: string): unknown {
  const full = error instanceof CloisterError ? error.diagnostics.some(({ cause = "" }) => fullDisk.test(cause)) : isFull(error);
  if (!full) return error;
  const message = `no space left to export to ${target}`;
  return new CloisterError({
    code: "host/no-space",
    severity: "error",
    message,
    hint: "free some space there; nothing unfinished is kept",
  });
}

function isFull(error: unknown): boolean {
  return codeOf(error) === "ENOSPC";
}
