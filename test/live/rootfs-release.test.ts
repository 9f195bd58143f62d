// timeout: 600 s
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readRoot } from "../../src/host/store.ts";
import { CloisterError } from "../../src/model/diagnostic.ts";
import { rootPath } from "../../src/model/root.ts";
import type { Step } from "../../src/model/step.ts";
import { rootKey } from "../../src/resources/rootfs.ts";
import { busyboxTar } from "../support/busybox.ts";
import { needs } from "../support/needs.ts";
import { makeRepository } from "../support/repository.ts";
import type { BuildOptions } from "../support/root-build.ts";
import { buildRoot, rootFactsHere, storeContent, tinyRelease } from "../support/root-build.ts";

const live = needs(test, "root", "mmdebstrap", "busybox", "gpg");
const tiny = { tiny: { "bin/busybox": { copyOf: "/bin/busybox" }, "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n" } } as const;

async function withDirectory(body: (directory: string) => Promise<void>, parent = tmpdir()): Promise<void> {
  const directory = mkdtempSync(join(parent, "cloister-test-"));
  chmodSync(directory, 0o755);
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly cause: string;
}

/** What it failed of, or null where it did not. */
async function failure(attempt: Promise<unknown>): Promise<Failure | null> {
  try {
    await attempt;
    return null;
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
    const { code = "", message = "", cause = "" } = error.diagnostics[0] ?? {};
    return { code, message, cause };
  }
}

async function failureOf(attempt: Promise<unknown>): Promise<Failure> {
  const found = await failure(attempt);
  if (found === null) throw new Error("nothing failed");
  return found;
}

/** Programs of an image, by its own tool: nothing is mounted. In a release /bin is a link. */
function programs(image: string, directory: "/usr/bin" | "/bin"): string {
  return execFileSync("dump.erofs", ["--ls", `--path=${directory}`, image], { encoding: "utf8" });
}

live("a release is built once, under its key, and the same bytes twice", () =>
  withDirectory(async (directory) => {
    const store = join(directory, "store");
    const rootfs = tinyRelease(makeRepository(directory, "jammy", tiny));
    const stages: string[] = [];
    const root = await buildRoot(rootfs, store, { onProgress: (stage) => stages.push(stage) });
    const key = rootKey(rootfs, rootFactsHere(rootfs, store));
    assert.equal(readRoot(store, key), root);
    assert.equal(storeContent(store), [`roots/${key}.json`, `sha256/${root.digest}`]);
    assert.is(statSync(store).mode & 0o777, 0o700);
    assert.is(statSync(rootPath(store, root)).mode & 0o777, 0o400);
    assert.is(root.builder.name, "mmdebstrap");
    assert.match(root.builder.version ?? "", /^\d/);
    assert.match(programs(rootPath(store, root), "/usr/bin"), /busybox/);
    assert.equal([...new Set(stages)], ["updating lists", "resolving", "downloading", "extracting", "cleaning up", "making the image"]);

    rmSync(`${store}/roots/${key}.json`);
    const again = await buildRoot(rootfs, store);
    assert.is(again.digest, root.digest);
  }),
);

// A build mounts over a directory of the host: not over one where people keep disks.
live("store, keyring, mirror and tar below /mnt are found", () =>
  withDirectory(async (directory) => {
    const store = join(directory, "store");
    const root = await buildRoot(tinyRelease(makeRepository(directory, "jammy", tiny)), store);
    assert.match(programs(rootPath(store, root), "/usr/bin"), /busybox/);
    const tar = await buildRoot({ type: "tar", tar: busyboxTar(join(directory, "root.tar")) }, store);
    assert.match(programs(rootPath(store, tar), "/bin"), /busybox/);
  }, "/mnt"),
);

live("what a build writes to /tmp is gone with it; without a layer of its own it would stay", () =>
  withDirectory(async (directory) => {
    const rootfs = tinyRelease(makeRepository(directory, "jammy", tiny));
    const trace = `/tmp/cloister-test-trace-${process.pid}`;
    const script = (change: (word: string) => string): BuildOptions => ({
      change: (step) =>
        step.type !== "run" ? step : { ...step, command: step.command.map((word) => (typeof word === "string" ? change(word) : word)) },
    });
    const leaving = (word: string) => word.replace(/^(echo 'cloister: making the image')$/m, `: >${trace}; $1`);
    await buildRoot(rootfs, join(directory, "store"), script(leaving));
    assert.not.ok(existsSync(trace));
    await buildRoot(
      rootfs,
      join(directory, "naive"),
      script((word) => leaving(word).replace(/^mount -t overlay .*$/m, "")),
    );
    assert.ok(existsSync(trace));
    rmSync(trace);
  }),
);

live("what another run has just built is taken as it is", () =>
  withDirectory(async (directory) => {
    const store = join(directory, "store");
    const rootfs = tinyRelease(makeRepository(directory, "jammy", tiny));
    const built: string[] = [];
    const both = await Promise.all([1, 2].map(() => buildRoot(rootfs, store, { onProgress: (stage) => built.push(stage) })));
    assert.equal(both[0], both[1]);
    assert.is(built.filter((stage) => stage === "extracting").length, 1);
    assert.is(storeContent(store).length, 2);
  }),
);

live("a tree, where mkfs.erofs is missing", () =>
  withDirectory(async (directory) => {
    const store = join(directory, "store");
    const rootfs = tinyRelease(makeRepository(directory, "jammy", tiny));
    const root = await buildRoot(rootfs, store, { without: ["mkfs.erofs"] });
    assert.is(root.format, "tree");
    assert.is(readFileSync(`${rootPath(store, root)}/etc/passwd`, "utf8"), tiny.tiny["etc/passwd"]);
    rmSync(`${store}/roots/${root.key}.json`);
    assert.is((await buildRoot(rootfs, store, { without: ["mkfs.erofs"] })).digest, root.digest);
    assert.equal(storeContent(store), [`roots/${root.key}.json`, `trees/${root.digest}`]);
  }),
);

live("a release file of another key, a changed one and a changed package are refused, and nothing is kept", () =>
  withDirectory(async (directory) => {
    const store = join(directory, "store");
    const [ours, others] = ["ours", "others"].map((name) => {
      mkdirSync(join(directory, name));
      return makeRepository(join(directory, name), "jammy", tiny);
    });
    if (ours === undefined || others === undefined) throw new Error("no repositories");
    const refused = async (repository: { readonly mirror: string; readonly keyring: string }, message: RegExp) => {
      const { code, message: said, cause } = await failureOf(buildRoot(tinyRelease(repository), store));
      assert.is(code, "rootfs/bad-signature", cause);
      assert.match(said, message);
      assert.equal(storeContent(store), []);
    };
    await refused({ mirror: ours.mirror, keyring: others.keyring }, /signed by the key [0-9A-F]+, which the keyring does not have$/);

    const archive = `${ours.directory}/pool/tiny.deb`;
    const bytes = readFileSync(archive);
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(changed.length - 5000) ^ 1, changed.length - 5000);
    writeFileSync(archive, changed);
    await refused(ours, /tiny\.deb is not what the signed release file says$/);
    writeFileSync(archive, bytes);

    const release = `${ours.directory}/dists/jammy/InRelease`;
    writeFileSync(release, readFileSync(release, "utf8").replace("Origin: cloister-test", "Origin: cloister-tess"));
    await refused(ours, /the signature of the release file of jammy at \S+ is not valid$/);
  }),
);

// The control: where the keyring alone decides, a key that the host trusts for its own apt is nothing; with the host's it would be enough.
live("keys that the host trusts for its own packages count for nothing", () =>
  withDirectory(async (directory) => {
    const repository = makeRepository(directory, "jammy", tiny);
    const trusted = join(directory, "trusted.gpg.d");
    mkdirSync(trusted, { mode: 0o755 });
    writeFileSync(join(trusted, "host.gpg"), readFileSync(repository.keyring));
    writeFileSync(join(directory, "none.gpg"), "");
    const trusting = ["unshare", "--mount", "sh", "-c", 'mount --bind "$1" /etc/apt/trusted.gpg.d && shift && exec "$@"', "sh", trusted];
    const rootfs = tinyRelease({ mirror: repository.mirror, keyring: join(directory, "none.gpg") });
    const inHost = (naive: boolean) => ({
      change: (step: Step) => {
        if (step.type !== "run" || step.progress !== "mmdebstrap") return step;
        const command = naive ? step.command.filter((word) => word !== "--keyring=/run/cloister/keyrings") : step.command;
        return { ...step, command: [...trusting, ...command] };
      },
    });
    const { code } = await failureOf(buildRoot(rootfs, join(directory, "store"), inHost(false)));
    assert.is(code, "rootfs/bad-signature");
    const root = await buildRoot(rootfs, join(directory, "naive"), inHost(true));
    assert.is(root.name, "jammy-extract+1");
  }),
);

live("a release, package or component that is not there is named", () =>
  withDirectory(async (directory) => {
    const store = join(directory, "store");
    const repository = makeRepository(directory, "jammy", tiny);
    const said = async (changes: Parameters<typeof tinyRelease>[1]) => {
      const { code, message } = await failureOf(buildRoot(tinyRelease(repository, changes), store));
      return `${code}: ${message.replace(repository.mirror, "MIRROR")}`;
    };
    assert.is(await said({ release: "jamy" }), 'rootfs/no-release: MIRROR has no release "jamy"');
    assert.is(await said({ packages: ["tinny"] }), "rootfs/no-package: jammy has no package tinny");
    assert.is(await said({ components: ["man"] }), 'rootfs/no-package: jammy at MIRROR has no component "man"');
    assert.match(
      await said({ mirror: "http://127.0.0.1:9/ubuntu" }),
      /^rootfs\/no-network: the mirror http:\/\/127\.0\.0\.1:9\/ubuntu cannot be reached \(/,
    );
    assert.equal(storeContent(store), []);
  }),
);

/** With another amount of memory, as the script finds it (kB). */
function withMemory(kilobytes: number): BuildOptions {
  return {
    change: (step) =>
      step.type !== "run"
        ? step
        : {
            ...step,
            command: step.command.map((word) =>
              typeof word === "string" ? word.replace(/^done <\/proc\/meminfo$/m, `$&\nfree=${kilobytes}`) : word,
            ),
          },
  };
}

live("with little memory it is built on disk, and where memory runs out it starts again there", () =>
  withDirectory(async (directory) => {
    const rootfs = tinyRelease(makeRepository(directory, "jammy", tiny));
    const built = async (name: string, memory: BuildOptions) => {
      const stages = new Set<string>();
      const { digest } = await buildRoot(rootfs, join(directory, name), { ...memory, onProgress: (stage) => stages.add(stage) });
      return { digest, again: stages.has("starting again on disk") };
    };
    const inMemory = await built("memory", {});
    assert.is(inMemory.again, false);
    assert.equal(await built("disk", withMemory(100_000)), inMemory);
    const short = withMemory(2_000_000);
    const small: BuildOptions = { change: (step) => shrink(short.change?.(step) ?? step) };
    assert.equal(await built("both", small), { ...inMemory, again: true });
  }),
);

/** The tree's memory: three megabytes. */
function shrink(step: Step): Step {
  return step.type !== "run"
    ? step
    : { ...step, command: step.command.map((word) => (typeof word === "string" ? word.replace("$((free / 2))k", "3m") : word)) };
}

for (const [where, memory, step] of [
  ["memory", {}, 96],
  ["disk", withMemory(100_000), 224],
] as const) {
  live(`a disk that fills up is said, at whatever size, with the tree in ${where}, and nothing is kept`, () =>
    withDirectory(async (directory) => {
      const store = join(directory, "store");
      const rootfs = tinyRelease(makeRepository(directory, "jammy", tiny));
      mkdirSync(store, { mode: 0o700 });
      let points = 0;
      for (let built = false; !built; points += 1) {
        const size = (points + 1) * step;
        execFileSync("mount", ["-t", "tmpfs", "-o", `mode=700,size=${size}k`, "cloister-test", store]);
        try {
          const found = await failure(buildRoot(rootfs, store, memory));
          built = found === null;
          if (found === null) continue;
          assert.is(found.code, "rootfs/no-space", `${size} kB: ${found.message}\n${found.cause}`);
          assert.equal(storeContent(store), []);
        } finally {
          execFileSync("umount", [store]);
        }
      }
      assert.ok(points > 20, `only ${points - 1} sizes were too small for a root of 2 MB`);
    }),
  );
}

test.run();
