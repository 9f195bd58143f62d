import type { Diagnostic, DiagnosticCode } from "../model/diagnostic.ts";
import type { BuildTool } from "../model/step.ts";
import type { Finding } from "./build-causes.ts";
import { causes, kernelLimit, limited, noInterpreter, noSpace, uninterpreted } from "./build-causes.ts";

/** A build's command that failed, and what there is to judge it by. */
export interface FailedBuild {
  readonly tool: BuildTool;
  /** What it printed; the end of it will do. */
  readonly output: string;
  /** Where all of it is kept. */
  readonly log: string | null;
  /** Bytes free on the store's disk as it failed; null when not known. debootstrap does not always say that they ran out. */
  readonly freeBytes: number | null;
}

/** Says in words why a build failed: the first of the known causes that the output shows, else its last lines alone. */
export function buildFailure(failed: FailedBuild): Diagnostic {
  const found = recognise(failed);
  // A full disk is the cause of all but what was found before anything was written, or says itself what else it was.
  const judged: Finding | null =
    full(failed) && (found === null || !whateverTheDisk.has(found.code)) ? { code: "rootfs/no-space", ...noSpace } : found;
  const { code, message, hint } = judged ?? nameless(failed);
  const log = failed.log === null ? [] : [`all of its output is in ${failed.log}`];
  const advice = [...(hint === undefined ? [] : [hint]), ...log].join("; ");
  return {
    code,
    severity: "error",
    message,
    cause: lastLines(failed.output),
    ...(advice === "" ? {} : { hint: advice }),
  };
}

const whateverTheDisk: ReadonlySet<DiagnosticCode> = new Set([
  "rootfs/no-release",
  "rootfs/no-network",
  "rootfs/no-tool",
  "rootfs/no-keyring",
  "rootfs/expired",
  "rootfs/build-failed",
  "rootfs/foreign-architecture",
]);

/** Less than an image's metadata. */
function full({ freeBytes }: FailedBuild): boolean {
  return freeBytes !== null && freeBytes < 1 << 20;
}

/**
 * A command of a root prints what it likes: only what it cannot have printed says why it failed. That is what stands before the line with which the shim hands over to
 * it, and the last line, written when none of its processes lived any more.
 */
function layerFailure(output: string, what: keyof typeof handedOver): Finding | null {
  const end = lastLines(output);
  const code = "rootfs/layer-failed";
  const { subject, hint } = handedOver[what];
  if (!/^cloister: the command$/m.test(output)) {
    const limit = kernelLimit.exec(output);
    if (limit !== null) return { code: "rootfs/build-failed", ...limited(limit) };
    if (/No space left on device/.test(output)) return { code: "rootfs/no-space", ...noSpace };
    const interpreter = noInterpreter.exec(output);
    if (interpreter !== null) return uninterpreted(interpreter);
    const refused = /^shim: (.+)$/m.exec(output)?.[1];
    return refused === undefined ? null : { code, message: `${subject} could not be started: ${refused}` };
  }
  const ended = /(?:^|\n)cloister: it ended with (\d+)$/.exec(end)?.[1];
  return ended === undefined ? null : { code, message: `${subject} ended with ${ended}`, hint };
}

const handedOver = {
  setup: {
    subject: "a setup command",
    hint: "it has neither the host's files nor, without network: host, its network; run it by hand in an environment of this root",
  },
  packages: {
    subject: "dpkg in the root",
    hint: "a script of a package may need what it is not given in a layer: the host's files, devices, mounts, a network",
  },
} as const;

function recognise({ tool, output: whole }: FailedBuild): Finding | null {
  if (tool === "setup") return layerFailure(whole, tool);
  // What finds, fetches and compares packages runs on the host, and comes before any of theirs.
  if (tool === "packages" && /^cloister: the command$/m.test(whole)) return layerFailure(whole, tool);
  // What came before is why it was built on disk, not why it failed there.
  const output = whole.slice(whole.lastIndexOf("cloister: the tree does not fit into memory") + 1);
  const [, url = "the mirror", release = "the release"] = /^cloister: fetching (\S+)\/dists\/(\S+)\/(?:In)?Release$/m.exec(output) ?? [];
  for (const cause of causes) {
    if (cause.tool !== undefined && cause.tool !== tool) continue;
    const match = cause.pattern.exec(output);
    if (match !== null) return { code: cause.code, ...cause.explain(match, { url, release }) };
  }
  return tool === "packages" && /^cloister: the layer$/m.test(output) ? layerFailure(output, tool) : null;
}

function nameless({ tool }: FailedBuild): Finding {
  return { code: "rootfs/build-failed", message: `${tool} failed` };
}

const noise = /^(?:I: main\(\) received signal|E: mmdebstrap failed to run|tar: ended with|\s*$)/;

/** The last lines that say something, at most ten. */
function lastLines(output: string): string {
  const lines = output.split(/\r?\n|\r/).filter((line) => !noise.test(line));
  return lines.slice(-10).join("\n");
}
