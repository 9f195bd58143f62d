import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildFailure } from "../../../src/host/build-failure.ts";
import type { BuildTool } from "../../../src/model/step.ts";

const capture = (name: string) => readFileSync(`test/unit/host/captures/${name}.txt`, "utf8");

function check(name: string, code: string, message: RegExp): void {
  const tool: BuildTool = (["mmdebstrap", "debootstrap", "tar"] as const).find((one) => name.startsWith(one)) ?? "tar";
  const found = buildFailure({ tool, output: capture(name), log: "/store/logs/k.log", freeBytes: 1e9 });
  assert.is(found.code, code, `${name}: ${found.message}`);
  assert.match(found.message, message, name);
  assert.match(found.hint ?? "", /all of its output is in \/store\/logs\/k\.log$/);
  assert.ok((found.cause ?? "").split("\n").length <= 10);
  assert.is((found.cause ?? "") === "", false, `${name}: no cause`);
}

const deb = "http://deb\\.debian\\.org/debian";
const jammy = "file:///tmp/cl-repo/repository";

test("a release that the mirror does not have", () => {
  for (const tool of ["mmdebstrap-1.3.5", "debootstrap-1.0.128"])
    check(`${tool}-no-release`, "rootfs/no-release", new RegExp(`${deb} has no release "bookwrm"$`));
  const output = "cloister: fetching file:///mirror/dists/jamy/Release\ncat: /mirror/dists/jamy/Release: No such file or directory\n";
  const missing = buildFailure({ tool: "mmdebstrap", output, log: null, freeBytes: null });
  assert.is(missing.message, 'file:///mirror has no release "jamy"');
  assert.is(missing.hint, 'did you mean "jammy"?');
  const elsewhere = buildFailure({ tool: "mmdebstrap", output: output.replaceAll("jamy", "jammy"), log: null, freeBytes: null });
  assert.match(elsewhere.hint ?? "", /^correct rootfs\.release .* or name a mirror that has it/);
  const unknown = "cloister: fetching http://m/dists/fo/InRelease\nE: No such script: /usr/share/debootstrap/scripts/fo\n";
  assert.is(buildFailure({ tool: "debootstrap", output: unknown, log: null, freeBytes: null }).code, "rootfs/no-release");
});

test("a mirror that stops half-way", () => {
  const fetching = "cloister: fetching http://m/dists/jammy/InRelease\n";
  for (const [tool, words, through] of [
    [
      "mmdebstrap",
      "E: Failed to fetch http://m/a.deb  Error reading from server. Remote end closed connection [IP: 127.0.0.1 80]",
      " through http://m/a.deb",
    ],
    ["debootstrap", "2026-11-26 10:10:10 (1 MB/s) - Connection closed at byte 4096. Giving up.", ""],
  ] as const) {
    const { code, message } = buildFailure({ tool, output: `${fetching}${words}\n`, log: null, freeBytes: null });
    assert.is(`${code}: ${message}`, `rootfs/no-network: the mirror http://m ended the connection half-way${through}`);
  }
});

test("a mirror that cannot be reached, by address or by name", () => {
  check(
    "mmdebstrap-1.3.5-refused",
    "rootfs/no-network",
    /mirror http:\/\/127\.0\.0\.1:9\/debian cannot be reached \(Could not connect to 127\.0\.0\.1:9 .*refused\)\)$/,
  );
  check(
    "mmdebstrap-1.3.5-no-host",
    "rootfs/no-network",
    /mirror http:\/\/mirror\.invalid\/debian cannot be reached \(Could not resolve 'mirror\.invalid'\)$/,
  );
  check(
    "debootstrap-1.0.128-refused",
    "rootfs/no-network",
    /mirror http:\/\/127\.0\.0\.1:9\/debian cannot be reached \(failed: Connection refused\)$/,
  );
  check(
    "debootstrap-1.0.128-no-host",
    "rootfs/no-network",
    /mirror\.invalid\/debian cannot be reached \(unable to resolve host address .mirror\.invalid.\)$/,
  );
});

test("a server that is no mirror", () => {
  for (const tool of ["mmdebstrap-1.3.5", "debootstrap-1.0.128"]) {
    check(`${tool}-not-a-mirror`, "rootfs/no-network", /mirror http:\/\/deb\.debian\.org\/nothing answers 400 Bad Request$/);
  }
});

test("a release file that another key signed, or that was changed", () => {
  for (const tool of ["mmdebstrap-1.3.5", "debootstrap-1.0.128"]) {
    check(`${tool}-other-key`, "rootfs/bad-signature", new RegExp(`jammy at ${jammy} is signed by the key [0-9A-F]{16}, which`));
    check(
      `${tool}-tampered-release`,
      "rootfs/bad-signature",
      new RegExp(`the signature of the release file of jammy at ${jammy} is not valid$`),
    );
  }
});

test("a package that is not what the release file says", () => {
  for (const tool of ["mmdebstrap-1.3.5", "debootstrap-1.0.128"]) {
    check(`${tool}-tampered-package`, "rootfs/bad-signature", /repository\/pool\/tiny\.deb is not what the signed release file says$/);
  }
});

test("a package or component that the release does not have", () => {
  for (const tool of ["mmdebstrap-1.3.5", "debootstrap-1.0.128"]) {
    check(`${tool}-no-package`, "rootfs/no-package", /^jammy has no package tinny$/);
    check(`${tool}-no-component`, "rootfs/no-package", /jammy at \S+ has no component ("man"|of those in rootfs\.components)$/);
  }
});

test("a full disk, said or seen", () => {
  for (const name of ["mmdebstrap-1.3.5", "tar-1.34", "mkfs.erofs-1.5"])
    check(`${name}-no-space`, "rootfs/no-space", /the disk of the store is full$/);
  const output = capture("debootstrap-1.0.128-no-space");
  assert.not.match(output, /space/);
  const failed = { tool: "debootstrap", output, log: null } as const;
  assert.is(buildFailure({ ...failed, freeBytes: 4096 }).code, "rootfs/no-space");
  assert.is(buildFailure({ ...failed, freeBytes: 1e9 }).code, "rootfs/build-failed");
});

test("a kernel that gives a user namespace no binfmt_misc, as mount(8) and the shim tell it", () => {
  const told = (tool: BuildTool, output: string) => {
    const { code, message, hint } = buildFailure({ tool, output, log: null, freeBytes: 1e9 });
    assert.match(hint ?? "", /CONFIG_BINFMT_MISC.*cloister doctor/);
    return `${code}: ${message}`;
  };
  const words = "rootfs/foreign-architecture: no interpreter can be registered for programs of another architecture";
  const fetching = "cloister: fetching http://m/dists/jammy/InRelease\n";
  const unknown = "unknown filesystem type 'binfmt_misc'";
  assert.is(
    told("mmdebstrap", `${fetching}mount: /proc/sys/fs/binfmt_misc: ${unknown}.\n       dmesg(1) may have more\n`),
    `${words}: ${unknown}`,
  );
  assert.is(told("mmdebstrap", `${fetching}mount: /proc/sys/fs/binfmt_misc: permission denied.\n`), `${words}: permission denied`);
  const layer = "cloister: the layer\nshim: binfmt_misc: fsopen: No such device\n\ncloister: it ended with 1\n";
  for (const tool of ["setup", "packages"] as const) assert.is(told(tool, layer), `${words}: fsopen: No such device`);
  const printed = layer.replace("shim:", "cloister: the command\nshim:");
  assert.is(buildFailure({ tool: "setup", output: printed, log: null, freeBytes: 1e9 }).code, "rootfs/layer-failed");
});

test("a full disk is not the cause of what it cannot be, and the kernel's other limits are none", () => {
  const judged = (output: string, freeBytes: number, tool: "mmdebstrap" | "setup" = "mmdebstrap") => {
    const { code, message } = buildFailure({ tool, output, log: null, freeBytes });
    return `${code}: ${message}`;
  };
  assert.match(judged(capture("mmdebstrap-1.3.5-no-release"), 4096), /^rootfs\/no-release: /);
  assert.match(judged(capture("mmdebstrap-1.3.5-tampered-package"), 4096), /^rootfs\/no-space: /);
  const refused = "unshare: unshare failed: No space left on device\n";
  assert.is(judged(refused, 1e9), "rootfs/build-failed: the kernel makes no more namespaces (unshare: unshare failed)");
  const mount = "mount: /run/cloister: mount(2) system call failed: No space left on device.\n";
  assert.is(judged(mount, 1e9), "rootfs/build-failed: the kernel makes no more mounts (mount: /run/cloister: mount(2) system call failed)");
  assert.match(
    judged(`cloister: the layer\n${refused}\ncloister: it ended with 1\n`, 1e9, "setup"),
    /^rootfs\/build-failed: the kernel makes/,
  );
  const command = "cloister: the layer\ncloister: the command\ncp: No space left on device\n\ncloister: it ended with 1\n";
  assert.is(judged(command, 1e9, "setup"), "rootfs/layer-failed: a setup command ended with 1");
  assert.match(judged(command, 4096, "setup"), /^rootfs\/no-space: /);
});

test("an archive that is none, or cut", () => {
  check("tar-1.34-garbage.tar", "rootfs/bad-archive", /cannot be unpacked \(This does not look like a tar archive\)$/);
  check("tar-1.34-cut.tgz", "rootfs/bad-archive", /cannot be unpacked \(stdin: unexpected end of file\)$/);
  const changed = buildFailure({
    tool: "tar",

    output: "cloister: the archive changed while it was read\n",
    log: null,
    freeBytes: null,
  });
  assert.is(changed.message, "the archive changed while it was read");
});

test("a program that is missing", () => {
  const failed = { log: null, freeBytes: null } as const;
  const zstd = buildFailure({
    ...failed,
    tool: "tar",
    output: "tar (child): zstd: Cannot exec: No such file or directory\ntar (child): Error is not recoverable: exiting now\n",
  });
  assert.is(zstd.code, "rootfs/no-tool");
  assert.is(zstd.message, "zstd is not installed");
  const shell = buildFailure({ ...failed, tool: "mmdebstrap", output: "sh: 29: mmdebstrap: not found\n" });
  assert.is(shell.message, "mmdebstrap is not installed");
});

test("of packages likewise, but what finds and fetches them runs on the host", () => {
  const packages = (...lines: readonly string[]) => {
    const { code, message } = buildFailure({ tool: "packages", output: `${lines.join("\n")}\n`, log: null, freeBytes: null });
    return `${code}: ${message}`;
  };
  const fetching = "cloister: fetching http://m/dists/jammy/InRelease";
  assert.is(packages(fetching, "E: Unable to locate package toool"), "rootfs/no-package: jammy has no package toool");
  assert.match(packages("cloister: not kept: curl 1 (sha256 00)"), /^lock\/not-kept: /);
  const compared = ["cloister: the layer", "cloister: not as locked: curl 1 (sha256 00, the lock says 11)"];
  assert.match(packages(...compared, "shim: not all of the packages could be decompressed"), /^lock\/mismatch: /);
  assert.is(
    packages("cloister: the layer", "shim: the root's /run is a symbolic link"),
    "rootfs/layer-failed: dpkg in the root could not be started: the root's /run is a symbolic link",
  );
  const began = [fetching, "cloister: the layer", "cloister: the command"];
  assert.is(
    packages(...began, "E: Unable to locate package evil", "", "cloister: it ended with 1"),
    "rootfs/layer-failed: dpkg in the root ended with 1",
  );
});

test("of a setup command only what it cannot have printed is believed", () => {
  const setup = (...lines: readonly string[]) => {
    const output = ["cloister: the layer", ...lines, ""].join("\n");
    const { code, message } = buildFailure({ tool: "setup", output, log: null, freeBytes: null });
    return `${code}: ${message}`;
  };
  const began = "cloister: the command";
  const ended = ["", "cloister: it ended with 7"];
  const seven = "rootfs/layer-failed: a setup command ended with 7";
  assert.is(setup(began, "the reason", ...ended), seven);
  const imitated = ["cloister: not as locked: evil", "shim: evil", "E: Unable to locate package evil", "cloister: it ended with 3", began];
  for (const evil of imitated) assert.is(setup(began, evil, ...ended), seven, evil);
  assert.is(setup(began, "cloister: the tree does not fit into memory, building it on disk", "shim: evil", ...ended), seven);
  assert.is(setup(began, "cloister: it ended with 3", "cloister: cleaning up", "shim: x"), "rootfs/build-failed: setup failed");
  assert.is(
    setup("shim: the root's /run is a symbolic link", "", "cloister: it ended with 125"),
    "rootfs/layer-failed: a setup command could not be started: the root's /run is a symbolic link",
  );
  assert.is(setup("unshare: unshare failed", "", "cloister: it ended with 1"), "rootfs/build-failed: setup failed");
  assert.is(setup(began, "cp: write error: No space left on device", ...ended), seven);
  assert.is(setup(began, "No space left on device", ...Array<string>(10).fill("and went on"), ...ended), seven);
});

test("a keyring that went away", () => {
  const output =
    "cloister: fetching http://m/dists/jammy/InRelease\ncp: cannot stat '/usr/share/keyrings/u.gpg': No such file or directory\n";
  const found = buildFailure({ tool: "mmdebstrap", output, log: null, freeBytes: null });
  assert.is(`${found.code}: ${found.message}`, "rootfs/no-keyring: the keyring cannot be read: /usr/share/keyrings/u.gpg");
});

test("what nobody knows keeps its last lines, without the noise", () => {
  const output = `${Array.from({ length: 30 }, (_, index) => `line ${index}`).join("\n")}\n\nI: main() received signal PIPE: waiting for setup...\nE: mmdebstrap failed to run\n`;
  const found = buildFailure({ tool: "mmdebstrap", output, log: null, freeBytes: null });
  assert.is(found.code, "rootfs/build-failed");
  assert.is(found.message, "mmdebstrap failed");
  assert.is(found.cause, Array.from({ length: 10 }, (_, index) => `line ${index + 20}`).join("\n"));
  assert.is(found.hint, undefined);
});

test("long hostile output is judged in no time", () => {
  const output = `${"connect failed /dists/".repeat(20_000)}\n${"Failed to fetch x  ".repeat(20_000)}`;
  const started = performance.now();
  buildFailure({ tool: "tar", output, log: null, freeBytes: null });
  assert.ok(performance.now() - started < 500);
});

test.run();
