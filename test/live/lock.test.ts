// timeout: 600 s
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ReleaseRootfs } from "../../src/model/rootfs.ts";
import { installable } from "../support/installable.ts";
import { needs } from "../support/needs.ts";
import type { Repository, RepositoryOptions } from "../support/repository.ts";
import { makeRepositoryOf } from "../support/repository.ts";
import type { Rig } from "../support/rig.ts";
import { withRig } from "../support/rig.ts";
import { storeContent } from "../support/root-build.ts";
import { sweptAway } from "../support/store-site.ts";

const live = needs(test, "root", "mmdebstrap", "busybox", "gpg", "catatonit");

/** A repository of three packages, two of them of one source; one release file after another, each with its own key. */
function repository(rig: Rig, name: string, options: RepositoryOptions = {}): Repository {
  const packages = {
    tiny: installable,
    "lib-one": { "usr/lib/one": `one of ${name}\n` },
    "lib-two": { "usr/lib/two": `two of ${name}\n` },
  };
  mkdirSync(join(rig.directory, name));
  return makeRepositoryOf(join(rig.directory, name), "jammy", { packages, ...options });
}

/** Versions of the libraries, which are made of one source. */
function versions(one: string, tiny = "1"): RepositoryOptions {
  const library = { Version: one, Source: "libs" };
  return { control: { tiny: { Version: tiny }, "lib-one": library, "lib-two": { ...library, Depends: `lib-one (= ${one})` } } };
}

/** One environment from a repository: half a second to build. */
function declare(rig: Rig, { mirror, keyring }: Pick<Repository, "mirror" | "keyring">, changes: Partial<ReleaseRootfs> = {}): void {
  const rootfs = { release: "jammy", variant: "essential", packages: [], mirror, keyring, ...changes };
  const manifest = { api_version: "cloister/v1", name: rig.project, environments: { web: { rootfs } } };
  rig.write("cloister.yaml", JSON.stringify(manifest));
}

const lockOf = (rig: Rig) => readFileSync(join(rig.directory, "cloister.lock"), "utf8");
const store = (rig: Rig) => join(rig.dataDir, "store");
const imagesIn = (rig: Rig) => readdirSync(join(store(rig), "sha256"));
const packagesIn = (text: string): Readonly<Record<string, { readonly version: string; readonly sha256: string }>> =>
  JSON.parse(text).roots[0].packages;

const namesIn = (text: string): readonly string[] => {
  const { roots, layers = [] } = JSON.parse(text);
  return [...roots, ...layers].map(
    ({ name, projects }: { readonly name: string; readonly projects: readonly string[] }) => `${name} ${projects.join(",")}`,
  );
};

function says(text: string, words: string): void {
  assert.ok(text.includes(words), `not said: ${words}\n${text}`);
}

/** Takes away every root, and what is kept for locks where that is asked for. */
function emptyStore(rig: Rig, { debs }: { readonly debs: boolean }): void {
  for (const name of ["roots", "sha256", ...(debs ? ["debs", "locks"] : [])])
    for (const file of readdirSync(join(store(rig), name))) rmSync(join(store(rig), name, file));
}

live("the same resolution gives the same bytes, and what is locked is built to the bit, offline and from no mirror", () =>
  withRig(async (rig) => {
    declare(rig, repository(rig, "first", versions("1.0-1")));
    await rig.expect(0, "lock");
    const text = lockOf(rig);
    assert.is(statSync(join(rig.directory, "cloister.lock")).mode & 0o777, 0o644);
    assert.equal(Object.keys(packagesIn(text)), ["lib-one", "lib-two", "tiny"]);
    assert.match(text, /"Source": "libs"/);
    assert.match((await rig.expect(0, "lock")).stdout, /^nothing to do: \S+ is up to date: 1 root, 3 packages\n$/);
    assert.match((await rig.expect(0, "build", "--locked")).stdout, /^nothing to build/, "what was resolved stands in the store");
    const images = imagesIn(rig);

    rmSync(join(rig.directory, "cloister.lock"));
    emptyStore(rig, { debs: true });
    await rig.expect(0, "lock");
    assert.is(lockOf(rig), text);
    assert.equal(imagesIn(rig), images);

    // The mirror is gone, and another one is named: nothing of it is in what is built.
    rmSync(join(rig.directory, "first"), { recursive: true });
    emptyStore(rig, { debs: false });
    declare(rig, { mirror: "http://192.0.2.1/ubuntu", keyring: "/nowhere.gpg" });
    await rig.expect(0, "build", "--locked", "--offline");
    assert.equal(imagesIn(rig), images);
    await rig.expect(0, "apply", "--locked", "--offline", "--yes");
    assert.match((await rig.expect(0, "plan", "--locked", "--detailed-exitcode")).stdout, /^nothing to change/);
    assert.match((await rig.expect(0, "exec", "web", "/bin/busybox", "cat", "/usr/lib/two")).stdout, /^two of first/);
  }),
);

live("lock --check and --locked end with 2 where the manifest moved on; without them it is told", () =>
  withRig(async (rig) => {
    const first = repository(rig, "first", versions("1.0-1"));
    declare(rig, first);
    says((await rig.expect(2, "lock", "--check")).stderr, "lock/stale: there is no ");
    says((await rig.expect(2, "build", "--locked")).stderr, "lock/stale: there is no ");
    await rig.expect(0, "lock");
    await rig.expect(0, "lock", "--check");
    declare(rig, first, { packages: ["tiny"] });
    for (const verb of [
      ["lock", "--check"],
      ["build", "--locked"],
      ["apply", "--locked"],
      ["plan", "--locked"],
    ])
      assert.match(
        (await rig.expect(2, ...verb)).stderr,
        /does not say what the root of web \(jammy-essential\+1\) is made of/,
        verb.join(" "),
      );
    says((await rig.expect(0, "plan")).stdout, "lock/stale");
    await rig.expect(0, "lock");
    assert.equal(namesIn(lockOf(rig)), [`jammy-essential ${rig.project}`, `jammy-essential+1 ${rig.project}`]);
    declare(rig, first);
    await rig.expect(2, "lock", "--check");
    await rig.expect(0, "lock");
    assert.equal(namesIn(lockOf(rig)), [`jammy-essential ${rig.project}`], "what nobody asks for any more is left out");

    declare(rig, first, { tool: "debootstrap", variant: "minbase" });
    says((await rig.expect(3, "lock")).stderr, "lock/wrong-tool: the root of web is to be built by debootstrap");
    declare(rig, first);
    rig.write("cloister.lock", `<<<<<<< HEAD\n${lockOf(rig)}`);
    for (const verb of ["lock", "plan"]) {
      const { stderr } = await rig.expect(3, verb);
      says(stderr, "lock/damaged: ");
      says(stderr, "it has conflicts that are not resolved");
    }
    rig.write("cloister.lock", '{"schema": "cloister/lock/v1", "roots": [{"name": "x"}]}');
    says((await rig.expect(3, "lock")).stderr, "not to be believed: roots[0]");
  }),
);

live("a project's lock leaves what another of the same directory has locked", () =>
  withRig(async (rig) => {
    const first = repository(rig, "first", versions("1.0-1"));
    declare(rig, first);
    await rig.expect(0, "lock");
    await rig.expect(0, "lock", "-p", `${rig.project}-b`);
    assert.equal(JSON.parse(lockOf(rig)).roots[0].projects, [rig.project, `${rig.project}-b`]);
    declare(rig, first, { packages: ["tiny"] });
    await rig.expect(0, "lock");
    const both = [rig.project, `${rig.project}-b`].join(",");
    assert.equal(namesIn(lockOf(rig)), [`jammy-essential ${both}`, `jammy-essential+1 ${rig.project}`]);
  }),
);

live("--update moves what is named, with what is of the same source, or everything; diff says what moved", () =>
  withRig(async (rig) => {
    declare(rig, repository(rig, "first", versions("7.88.1-10+deb12u5")));
    await rig.expect(0, "lock");
    const old = rig.write("old.lock", lockOf(rig));
    declare(rig, repository(rig, "second", versions("7.88.1-10+deb12u12", "2")));
    assert.match((await rig.expect(0, "lock")).stdout, /^nothing to do/);
    assert.is(lockOf(rig), readFileSync(old, "utf8"));
    assert.match((await rig.expect(64, "lock", "--update", "nothing")).stderr, /no locked root has a package nothing/);
    assert.match((await rig.expect(64, "lock", "lib-one")).stderr, /packages are named with --update/);

    await rig.expect(0, "lock", "--update", "lib-one");
    const said = (await rig.expect(0, "lock", "diff", old, "cloister.lock")).stdout;
    assert.match(
      said,
      /^jammy-essential\n {2}~ lib-one 7\.88\.1-10\+deb12u5 -> u12\n {2}~ lib-two 7\.88\.1-10\+deb12u5 -> u12\n {2}~ release file: /,
      said,
    );
    assert.is(packagesIn(lockOf(rig)).tiny?.version, "1");
    const document = JSON.parse((await rig.expect(0, "lock", "diff", "--json", old, "cloister.lock")).stdout);
    assert.is(document.schema, "cloister/lock-diff/v1");
    assert.equal(
      document.differences[0].packages.map(({ name }: { readonly name: string }) => name),
      ["lib-one", "lib-two"],
    );
    emptyStore(rig, { debs: false });
    await rig.expect(0, "build", "--locked", "--offline");

    await rig.expect(0, "lock", "--update");
    assert.is(packagesIn(lockOf(rig)).tiny?.version, "2");
    assert.is((await rig.expect(0, "lock", "diff", "cloister.lock", "cloister.lock")).stdout, "they say the same\n");
    const [command, ...words] = rig.command("lock", "diff", "/dev/stdin", "cloister.lock");
    const piped = await rig.start(["sh", "-c", 'cat old.lock | exec "$@"', "sh", command, ...words], {});
    assert.match(piped.stdout, /^jammy-essential\n {2}~ lib-one 7/, piped.stderr);
    assert.match((await rig.expect(64, "lock", "--check", "--update")).stderr, /usage\/invalid-value: --check looks/);
  }),
);

live("verify --rebuild builds of the lock once more, offline too, and nothing that no lock names", () =>
  withRig(async (rig) => {
    const first = repository(rig, "first", versions("1.0-1"));
    declare(rig, first);
    await rig.expect(0, "build");
    const { stderr } = await rig.expect(1, "rootfs", "verify", "--rebuild");
    says(stderr, "rootfs/not-locked");
    await rig.expect(0, "lock");
    rmSync(first.directory, { recursive: true });
    const { stdout } = await rig.expect(0, "rootfs", "verify", "--rebuild", "web");
    assert.match(stdout, /^same +jammy-essential \(/m);
  }),
);

live("a package or result that is not as locked is refused by name and digest, and nothing is kept", () =>
  withRig(async (rig) => {
    const first = repository(rig, "first", versions("1.0-1"));
    declare(rig, first);
    await rig.expect(0, "lock");
    const text = lockOf(rig);
    const digest = packagesIn(text)["lib-one"]?.sha256 ?? "";
    emptyStore(rig, { debs: false });
    const refused = async (code: string, message: RegExp, ...flags: readonly string[]) => {
      const { stdout } = await rig.expect(1, "build", "--locked", ...flags);
      assert.match(stdout, new RegExp(code));
      assert.match(stdout, message);
      assert.equal(storeContent(store(rig)), []);
    };
    const kept = join(store(rig), "debs", digest);
    const bytes = readFileSync(kept);
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(200) ^ 1, 200);
    writeFileSync(kept, changed);
    await refused("lock/mismatch", new RegExp(`lib-one 1\\.0-1 \\(sha256 [0-9a-f]{64}, the lock says ${digest}\\)`));
    rmSync(kept);
    await refused("lock/not-kept", new RegExp(`lib-one 1\\.0-1 \\(sha256 ${digest}\\)`), "--offline");
    writeFileSync(join(first.directory, "pool/lib-one.deb"), changed);
    await refused("lock/mismatch", /lib-one 1\.0-1/);
    assert.not.ok(existsSync(kept));
    rmSync(join(first.directory, "pool/lib-one.deb"));
    await refused("lock/not-there", new RegExp(`lib-one 1\\.0-1 \\(sha256 ${digest}\\) from ${first.mirror}/pool/lib-one\\.deb`));
    writeFileSync(join(first.directory, "pool/lib-one.deb"), bytes);

    const { image, tree } = JSON.parse(text).roots[0].result;
    rig.write("cloister.lock", text.replace(image, "0".repeat(64)));
    await refused("lock/mismatch", new RegExp(`the image is not what the lock says: sha256 ${image}, locked 0{64}`));
    // Made by another version of mkfs.erofs: then the tree decides.
    rig.write("cloister.lock", text.replace(image, "0".repeat(64)).replace('"mkfs": "', '"mkfs": "another '));
    await rig.expect(0, "build", "--locked");
    emptyStore(rig, { debs: false });
    rig.write("cloister.lock", text.replace(tree, "1".repeat(64)).replace('"mkfs": "', '"mkfs": "another '));
    await refused("lock/mismatch", new RegExp(`the tree is not what the lock says: sha256 ${tree}, locked 1{64}`));
  }),
);

live("gc keeps what the lock of a known project names, or a root that stays was built of; the rest goes", () =>
  withRig(async (rig) => {
    const kept = (place: string) => readdirSync(join(store(rig), place)).sort();
    const named = (text = lockOf(rig)) =>
      Object.values(packagesIn(text))
        .map(({ sha256 }) => sha256)
        .sort();
    const decompressed = () => kept("decompressed").map((name) => name.split("-")[0]);
    declare(rig, repository(rig, "first", versions("1.0-1")));
    await rig.expect(0, "lock");
    await rig.expect(0, "gc");
    assert.equal(kept("debs"), named(), "of a project of which nothing was ever applied, too");
    assert.equal(decompressed(), named());
    // Half of one that somebody was killed over.
    writeFileSync(join(store(rig), "decompressed", `${named()[0] ?? ""}.1234`), "half");
    await rig.expect(0, "apply", "--locked", "--yes");
    const old = { debs: named(), locks: kept("locks") };
    assert.is(old.debs.length, 3);
    await rig.expect(0, "gc");
    assert.equal({ debs: kept("debs"), locks: kept("locks") }, old);

    declare(rig, repository(rig, "second", versions("1.0-2", "2")));
    await rig.expect(0, "lock", "--update");
    await rig.expect(0, "apply", "--locked", "--yes");
    await rig.expect(0, "gc");
    const both = [...old.debs, ...named()].sort();
    assert.equal(kept("debs"), both, "what was written over the old root keeps it, and what it was built of");
    await rig.expect(0, "destroy", "--yes", "--volumes");
    await rig.expect(0, "apply", "--locked", "--yes");
    writeFileSync(join(store(rig), "locks", "half.json"), "{");
    assert.match((await rig.expect(0, "rootfs", "prune", "--dry-run")).stdout, /^- jammy-essential .*\nwould remove \d+ files/);
    assert.equal(kept("debs"), both);
    await rig.expect(0, "rootfs", "prune");
    assert.equal(kept("debs"), named());
    assert.equal(decompressed(), named());
    assert.is(kept("locks").length, 2);
    emptyStore(rig, { debs: false });
    await rig.expect(0, "gc");
    await rig.expect(0, "build", "--locked", "--offline");

    // Of a lock that nobody can read whatever it says is kept.
    emptyStore(rig, { debs: false });
    const text = lockOf(rig);
    rig.write("cloister.lock", `<<<<<<< HEAD\n${text}`);
    await rig.expect(0, "gc");
    assert.equal(kept("debs"), named(text));
    rmSync(join(rig.directory, "cloister.lock"));
    await rig.expect(0, "destroy", "--yes", "--volumes");
    await sweptAway(rig, () => [...kept("debs"), ...kept("decompressed"), ...kept("locks"), ...kept("lockfiles")]);
  }),
);

live("a release file that has expired is refused, and taken as a snapshot's; --offline asks no mirror", () =>
  withRig(async (rig) => {
    const valid = "Sun, 11 Oct 2026 10:10:10 UTC";
    const past = repository(rig, "past", { release: [`Valid-Until: ${valid}`] });
    declare(rig, past);
    assert.match((await rig.expect(1, "lock")).stdout, new RegExp(`rootfs/expired.*has expired \\(it was valid until ${valid}\\)`));
    declare(rig, { ...past, mirror: past.mirror.replace("repository", "@SNAPSHOTID@") }, { snapshot: "20261101T000000Z" });
    // What the snapshot is of lies under its own name.
    rmSync(join(past.directory, "..", "20261101T000000Z"), { recursive: true, force: true });
    await rig.start(["cp", "-a", past.directory, join(past.directory, "..", "20261101T000000Z")], {});
    assert.match((await rig.expect(0, "lock")).stdout, new RegExp(`the release file of \\S+ was valid until ${valid}`));
    assert.match(lockOf(rig), new RegExp(`"valid_until": "${valid}"`));

    declare(rig, { mirror: "http://192.0.2.1/ubuntu", keyring: past.keyring }, { packages: ["tiny"] });
    for (const verb of [["lock"], ["build"], ["apply", "--yes"]]) {
      const { stderr } = await rig.expect(1, ...verb, "--offline");
      says(stderr, "rootfs/offline: ");
      says(stderr, "jammy-essential is not in the store, and --offline forbids to ask http://192.0.2.1/ubuntu");
    }
  }),
);

test.run();
