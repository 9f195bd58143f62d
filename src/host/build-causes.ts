import { releases } from "../model/archives.ts";
import type { DiagnosticCode } from "../model/diagnostic.ts";
import { didYouMean } from "../model/nearest-name.ts";
import type { BuildTool } from "../model/step.ts";

/** A cause that was recognised, in words. */
export interface Finding {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string;
}

/** How a cause shows in what a build has printed. */
export interface Cause {
  readonly code: DiagnosticCode;
  readonly pattern: RegExp;
  /** Where only one tool can mean it. */
  readonly tool?: BuildTool;
  explain(match: RegExpMatchArray, mirror: Mirror): { readonly message: string; readonly hint?: string };
}

interface Mirror {
  readonly url: string;
  readonly release: string;
}

/** What is said of a store without space, whoever ran out of it. */
export const noSpace = {
  message: "the disk of the store is full",
  hint: "free some space, or put the store elsewhere with --data-dir",
} as const;

/** The kernel says of a limit of its own what it says of a full disk. */
export const kernelLimit = /^(unshare|nsenter|mount|umount)\b(.*): No space left on device\.?$/m;

/** What is told of it. */
export function limited([, program = "", rest = ""]: RegExpMatchArray): { readonly message: string; readonly hint: string } {
  const what = program === "unshare" || program === "nsenter" ? "namespaces" : "mounts";
  const hint =
    what === "namespaces"
      ? "the kernel's limits are in /proc/sys/user/max_*_namespaces; end what holds namespaces, or raise them"
      : "the kernel's limit is /proc/sys/fs/mount-max for each mount namespace; unmount something, or raise it";
  return { message: `the kernel makes no more ${what} (${program}${rest})`, hint };
}

/** How it shows that the kernel gives a user namespace no binfmt_misc of its own, whoever asked for it. */
export const noInterpreter = /^(?:mount: \/proc\/sys\/fs\/binfmt_misc|shim: binfmt_misc): (.*)$/m;

/** What is told of it. */
export function uninterpreted([, words = ""]: RegExpMatchArray): Finding {
  return {
    code: "rootfs/foreign-architecture",
    message: `no interpreter can be registered for programs of another architecture: ${words.replace(/\.$/, "")}`,
    hint: "it takes a kernel from 6.7 on with CONFIG_BINFMT_MISC, and a container that allows it to be mounted; cloister doctor tries it",
  };
}

/** In order: what comes first is the cause of what comes later. apt's and wget's words, then debootstrap's own. */
export const causes: readonly Cause[] = [
  { code: "rootfs/build-failed", pattern: kernelLimit, explain: limited },
  { code: "rootfs/foreign-architecture", tool: "mmdebstrap", pattern: noInterpreter, explain: uninterpreted },
  { code: "rootfs/no-space", pattern: /No space left on device|You don't have enough free space in /, explain: () => noSpace },
  {
    code: "lock/mismatch",
    pattern: /^cloister: not as locked: (.*)$/m,
    explain: ([, what = ""]) => ({
      message: `a package is not what the lock says: ${what}`,
      hint: "it was changed on its way, on the mirror or in the store's directory debs, from where it may be removed",
    }),
  },
  {
    code: "lock/not-kept",
    pattern: /^cloister: not kept: (.*)$/m,
    explain: ([, what = ""]) => ({
      message: `a package of the lock is not in the store, and --offline forbids to fetch it: ${what}`,
      hint: "build it once without --offline",
    }),
  },
  {
    code: "lock/not-there",
    pattern: /^cloister: not there: (.*) at (\S+)$/m,
    explain: ([, what = "", url = ""]) => ({
      message: `a package of the lock could not be fetched: ${what} from ${url}`,
      hint: "where the mirror has dropped it: name one that has it, or a snapshot; or lock anew with cloister lock --update",
    }),
  },
  {
    code: "rootfs/expired",
    pattern:
      /^cloister: the release file was valid until (.*)\ncloister: it has expired$|Release file for \S+ is expired \(invalid since ([^)]*)\)/m,
    explain: ([, until, since], { url, release }) => ({
      message: `the release file of ${release} at ${url} has expired (${until === undefined ? `${since ?? ""} ago` : `it was valid until ${until}`})`,
      hint: "the mirror is not kept up to date; where it is one of the past on purpose, say which with rootfs.snapshot",
    }),
  },
  {
    code: "rootfs/no-network",
    pattern: /^cloister: the mirror changed while it was read$/m,
    explain: (_, { url }) => ({ message: `the mirror ${url} changed while it was read`, hint: "try again" }),
  },
  {
    code: "rootfs/no-tool",
    pattern: /(?:^|\s)(?:\(child\): |\d+: )?(\S+): (?:Cannot exec: No such file|not found$)/m,
    explain: ([, program]) => ({ message: `${program} is not installed`, hint: `apt-get install ${program}` }),
  },
  {
    code: "rootfs/no-keyring",
    pattern: /^cp: cannot (?:stat|open) '(.+)'/m,
    explain: ([, keyring]) => ({
      message: `the keyring cannot be read: ${keyring}`,
      hint: "install the package that has it, or name another one with rootfs.keyring",
    }),
  },
  {
    code: "rootfs/no-release",
    pattern: /\/dists\/\S+\/(?:In)?Release(?:(?::\n.*ERROR |\s+)404|: No such file or directory)|No such script: \S+/,
    explain: (_, { url, release }) => ({
      message: `${url} has no release "${release}"`,
      hint:
        meantRelease(release) ??
        "correct rootfs.release (a codename: bookworm, trixie, jammy), or name a mirror that has it with rootfs.mirror",
    }),
  },
  {
    code: "rootfs/no-network",
    pattern:
      /Could not resolve '[^']*'|Temporary failure resolving '[^']*'|Could not connect to .*|Unable to connect to .*|connect(?:ion)? (?:failed|timed out).*|Network is unreachable|unable to resolve host address .*|failed: (?:Connection|No route|Network).*/i,
    explain: ([words = ""], { url }) => ({
      message: `the mirror ${url} cannot be reached (${words.replace(/\.$/, "")})`,
      hint: "check the address and this machine's network; a proxy is taken from apt's configuration (Acquire::http::Proxy)",
    }),
  },
  {
    code: "rootfs/no-network",
    pattern: /(?:Failed to fetch \S+\s+|ERROR )(\d{3}:? +[^[\n]*?)\s*(?:\[|\.?$)/m,
    explain: ([, answer = ""], { url }) => ({
      message: `the mirror ${url} answers ${answer.replace(/:? +/, " ")}`,
      hint: "check the address: what ends in /dists/RELEASE/InRelease must be there",
    }),
  },
  {
    code: "rootfs/no-network",
    pattern: /Failed to fetch (\S+)\s+Error reading from server|(?:Read error|Connection closed) at byte \d+.*|Connection reset by peer/,
    explain: ([, file], { url }) => ({
      message: `the mirror ${url} ended the connection half-way${file === undefined ? "" : ` through ${file}`}`,
      hint: "try again, or another mirror with rootfs.mirror",
    }),
  },
  {
    code: "rootfs/bad-signature",
    pattern: /NO_PUBKEY (\w+)|signed by unknown key \(key id (\w+)\)/,
    explain: ([, apt, debootstrap], { url, release }) => ({
      message: `the release file of ${release} at ${url} is signed by the key ${apt ?? debootstrap}, which the keyring does not have`,
      hint: "name the keyring of that distribution with rootfs.keyring; if it is the right one, do not trust this mirror",
    }),
  },
  {
    code: "rootfs/bad-signature",
    pattern: /(?:BADSIG|EXPKEYSIG|REVKEYSIG|EXPSIG) (\w+)|Invalid Release signature \(key id (\w+)\)|is not signed\.$/m,
    explain: (_, { url, release }) => ({
      message: `the signature of the release file of ${release} at ${url} is not valid`,
      hint: "it was changed on its way or on the mirror: try another mirror, and do not trust this one",
    }),
  },
  {
    code: "rootfs/bad-signature",
    pattern: /Failed to fetch (\S+)\s+Hash Sum mismatch|^W: (\S+) was corrupt$/m,
    explain: ([, apt, debootstrap]) => ({
      message: `${apt ?? debootstrap} is not what the signed release file says`,
      hint: "it was changed on its way or on the mirror: try again, or another mirror",
    }),
  },
  {
    code: "rootfs/no-package",
    pattern: /doesn't have the component '([^']+)'|Invalid Release file, no valid components/,
    explain: ([, component], { url, release }) => ({
      message: `${release} at ${url} has no component ${component === undefined ? "of those in rootfs.components" : `"${component}"`}`,
      hint: "correct rootfs.components (main, contrib, non-free; universe on Ubuntu)",
    }),
  },
  {
    code: "rootfs/no-package",
    pattern: /Unable to locate package (\S+)|Package '?([^\s']+)'? has no installation candidate|Couldn't find these debs: (.*)/,
    explain: ([, unknown, virtual, missing], { release }) => ({
      message: `${release} has no package ${(unknown ?? virtual ?? missing ?? "").trim().split(" ").join(", ")}`,
      hint: "correct the name in rootfs.packages, or add the component that has it to rootfs.components",
    }),
  },
  {
    code: "rootfs/layer-failed",
    tool: "files",
    pattern: /^shim: (.+)$/m,
    explain: ([, words = ""]) => ({
      message: `a file of the root cannot be put into place: ${words}`,
      hint: "correct its path in rootfs.files",
    }),
  },
  {
    code: "rootfs/bad-image",
    tool: "oci",
    pattern:
      /^cloister: (layer \d+ is not what .*)$|^(?:tar|gzip|zstd|layer|\/\*stdin\*\\): (?!Exiting|Error is not|ended with|Skipping|Removing leading|A lone zero|Extracting contiguous)(.+)$/m,
    explain: ([, wrong, words = ""]) => ({
      message: wrong ?? `the image's layers cannot be unpacked (${words})`,
      hint: "copy the image anew: its layers must be whole",
    }),
  },
  {
    code: "rootfs/bad-archive",
    tool: "tar",
    pattern:
      /^cloister: (the archive changed.*)$|^(?:tar|gzip|bzip2|xz|zstd|\/\*stdin\*\\): (?!Exiting|Error is not|ended with|Skipping|Removing leading|A lone zero|Extracting contiguous)(.+)$/m,
    explain: ([, changed, words = ""]) => ({
      message: changed ?? `the archive cannot be unpacked (${words})`,
      hint: "it must be a tar, plain or by gzip, bzip2, xz or zstd, whole",
    }),
  },
];

/** The known release whose name is nearest to one that is none; null where it is one itself, or none is near. */
function meantRelease(release: string): string | null {
  const known = Object.values(releases).flat();
  return known.includes(release) ? null : (didYouMean(release, known) ?? null);
}
