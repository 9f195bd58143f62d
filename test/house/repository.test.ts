import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";

/** Everything that may stand at the top: what a newcomer reads, what tools insist on finding there, and five directories. */
const top = [
  ...[".biome.json", ".ci", ".dependency-cruiser.cjs", ".gitignore", ".npmrc"],
  ...["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"],
  ...["docs", "examples", "package-lock.json", "package.json", "schemas", "src", "test", "tsconfig.json"],
];

/** Files that git has, or would take at the next `git add`. */
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" }).trim().split("\n");

interface PackageJson {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

const packageJson: PackageJson = JSON.parse(readFileSync("package.json", "utf8"));

test("the top level holds what it must and nothing else", () => {
  assert.equal([...new Set(files.map((file) => file.replace(/\/.*/, "")))].sort(), [...top].sort());
});

test("every dependency is pinned to one version", () => {
  const loose = Object.entries({ ...packageJson.dependencies, ...packageJson.devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  assert.equal(loose, []);
});

test("the lock file names no place to download from", () => {
  assert.not.match(readFileSync("package-lock.json", "utf8"), /"resolved"/);
});

test("the lock file has the packages of every platform, or npm ci refuses it", () => {
  const { packages }: LockFile = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const optional = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  assert.ok(optional.length > 20);
  assert.equal(
    optional.filter((name) => !(`node_modules/${name}` in packages)),
    [],
  );
});

test("no file names the registry that packages came from", () => {
  const found = spawnSync("git", ["grep", "--untracked", "-nE", "registry\\.npmjs|npm\\.pkg|registry\\.yarnpkg"], { encoding: "utf8" });
  const lines = found.stdout.split("\n").filter((line) => line !== "" && !line.startsWith("test/house/repository.test.ts:"));
  assert.equal(lines, []);
});

test("no script of the repository fails shellcheck, and none is left out of it", () => {
  const scripts = files.filter((file) => file.endsWith(".sh") || file === ".ci/run");
  assert.ok(scripts.length >= 4, scripts.join(" "));
  const { status, stdout } = spawnSync("shellcheck", scripts, { encoding: "utf8" });
  assert.is(status, 0, stdout);
});

test.run();
