import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** A Debian repository of our own, signed by a key of its own: everything that a build asks of a mirror, without a network. */
export interface Repository {
  /** `file:///...`, for `rootfs.mirror`. */
  readonly mirror: string;
  /** Holds the key that signs it, for `rootfs.keyring`. */
  readonly keyring: string;
  /** The repository's own directory, to damage. */
  readonly directory: string;
}

/** Packages by name, each with its files by path. All are `Essential: yes`, version 1, for every architecture. */
export type Packages = Readonly<
  Record<
    string,
    Readonly<Record<string, string | { readonly copyOf: string } | { readonly executable: string } | { readonly linkTo: string }>>
  >
>;

const date = "Sat, 10 Oct 2026 10:10:10 UTC";

/** What a repository has beyond the files of its packages. */
export interface RepositoryOptions {
  /** Fields of the packages' control files, by package, beside or instead of the usual ones. */
  readonly control?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** More lines of the release file. */
  readonly release?: readonly string[];
  /** Debian's name of the processor that it is for; absent: the host's. */
  readonly architecture?: string;
}

/** Makes a repository with one suite below `directory`; takes about 0.3 s. */
export function makeRepository(directory: string, suite: string, packages: Packages): Repository {
  return makeRepositoryOf(directory, suite, { packages });
}

/** The same, with options. */
export function makeRepositoryOf(
  directory: string,
  suite: string,
  {
    packages,
    control: controls = {},
    release: more = [],
    architecture = hostArchitecture(),
  }: RepositoryOptions & { readonly packages: Packages },
): Repository {
  const root = join(directory, "repository");
  const binary = join(root, "dists", suite, "main", `binary-${architecture}`);
  mkdirSync(binary, { recursive: true });
  mkdirSync(join(root, "pool"));
  const stanzas = Object.entries(packages).map(([name, files]) => makePackage(root, name, { files, control: controls[name] ?? {} }));
  writeFileSync(join(binary, "Packages"), stanzas.map((stanza) => `${stanza}\n\n`).join(""));
  const index = readFileSync(join(binary, "Packages"));
  // debootstrap takes no other.
  const compressed = gzipSync(index);
  writeFileSync(join(binary, "Packages.gz"), compressed);
  const release = [
    ...["Origin: cloister-test", `Suite: ${suite}`, `Codename: ${suite}`, `Date: ${date}`, ...more],
    ...[`Architectures: ${architecture} all`, "Components: main", "SHA256:"],
    ` ${sha256(index)} ${index.length} main/binary-${architecture}/Packages`,
    ` ${sha256(compressed)} ${compressed.length} main/binary-${architecture}/Packages.gz`,
  ];
  writeFileSync(join(root, "dists", suite, "Release"), `${release.join("\n")}\n`);
  const keyring = sign(directory, join(root, "dists", suite));
  // apt's downloader is an unprivileged user.
  execFileSync("chmod", ["-R", "a+rX", root]);
  return { mirror: `file://${root}`, keyring, directory: root };
}

function hostArchitecture(): string {
  return execFileSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).trim();
}

/** Builds `pool/NAME.deb` and returns its stanza in the index. */
function makePackage(
  root: string,
  name: string,
  { files, control: own }: { readonly files: Packages[string]; readonly control: Readonly<Record<string, string>> },
): string {
  const tree = mkdtempSync(join(root, "..", "package-"));
  chmodSync(tree, 0o755);
  const usual = { Version: "1", Architecture: "all", Essential: "yes", Priority: "required", Maintainer: "nobody <nobody@localhost>" };
  const fields = { Package: name, ...usual, ...own, Description: "of a test" };
  const control = Object.entries(fields).map(([field, value]) => `${field}: ${value}`);
  writeInto(tree, "DEBIAN/control", `${control.join("\n")}\n`);
  for (const [path, content] of Object.entries(files)) {
    if (typeof content !== "string" && "linkTo" in content) {
      symlinkSync(content.linkTo, join(tree, path));
      continue;
    }
    writeInto(
      tree,
      path,
      typeof content === "string" ? content : "executable" in content ? content.executable : readFileSync(content.copyOf),
    );
    chmodSync(join(tree, path), typeof content === "string" ? 0o644 : 0o755);
  }
  const file = join(root, "pool", `${name}.deb`);
  execFileSync("dpkg-deb", ["--build", "--root-owner-group", "-Znone", tree, file], {
    stdio: "ignore",
    env: { ...process.env, SOURCE_DATE_EPOCH: "1000000000" },
  });
  rmSync(tree, { recursive: true });
  return [...control, `Filename: pool/${name}.deb`, `Size: ${statSync(file).size}`, `SHA256: ${sha256(readFileSync(file))}`].join("\n");
}

function writeInto(tree: string, path: string, content: string | Buffer): void {
  mkdirSync(join(tree, path, ".."), { recursive: true, mode: 0o755 });
  writeFileSync(join(tree, path), content);
}

/** Signs `Release` as `InRelease` by a new key, and returns the keyring. */
function sign(directory: string, suite: string): string {
  const home = join(directory, "gnupg");
  mkdirSync(home, { mode: 0o700 });
  const gpg = (...args: readonly string[]) =>
    execFileSync("gpg", ["--batch", "--quiet", "--homedir", home, "--pinentry-mode", "loopback", "--passphrase", "", ...args], {
      stdio: ["ignore", "pipe", "ignore"],
    });
  gpg("--quick-generate-key", "cloister test <test@localhost>", "ed25519", "sign", "never");
  gpg("--clearsign", "--output", join(suite, "InRelease"), join(suite, "Release"));
  const keyring = join(directory, "keyring.gpg");
  writeFileSync(keyring, gpg("--export"));
  execFileSync("gpgconf", ["--homedir", home, "--kill", "gpg-agent"]);
  rmSync(home, { recursive: true });
  return keyring;
}

function sha256(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
