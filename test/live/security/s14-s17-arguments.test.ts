// S14-S17: what a manifest or a command line says is data: never a shell's, never another option, layer, field or column.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../../support/needs.ts";
import type { Site } from "../../support/site.ts";
import { mountAt, withSite } from "../../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** Names of directories that mean something to a shell, an fstab, a list of options, a list of layers, or an option parser. */
const names = [
  "with space",
  "tab\there",
  "line\nbreak",
  "quote'and\"quote",
  "$(touch injected)",
  "`touch injected`",
  ";touch injected;",
  "back\\slash\\040octal",
  "#comment",
  "colon:/etc",
  "comma,lowerdir=/etc",
  "-o remount",
  "--bind",
  "percent%s%n",
  "ünïcode\u202eevil",
  "star*?[a]",
];

live("sources, roots and our own directories may have any name", () =>
  withSite(async (site) => {
    for (const name of names) {
      // A manifest's paths hold no control characters; those of the command line may.
      const written = name.replace(/[\n\t]/g, "");
      // A dollar begins a variable.
      const path = written.replaceAll("$", "$$$$");
      const odd = join(site.rig.directory, written);
      mkdirSync(join(odd, "source"), { recursive: true });
      writeFileSync(join(odd, "source/name"), "the right one\n");
      renameSync(site.root, join(odd, "root"));
      site.declare({
        web: {
          rootfs: { directory: `./${path}/root` },
          mounts: {
            "/bound": { type: "bind", source: `./${path}/source`, read_only: true },
            "/over": { type: "overlay", source: `./${path}/source` },
            [`/t ${written}`]: { type: "tmpfs", size: "64K" },
          },
        },
      });
      const places = ["--data-dir", join(odd, name, "data"), "--state-dir", join(odd, name, "state")];
      await site.rig.expect(0, "apply", "--yes", ...places);
      const again = await site.rig.expect(0, "apply", "--yes", ...places);
      assert.match(again.stdout, /^nothing to change/, name);
      for (const target of ["/bound", "/over"]) {
        const { stdout } = await site.rig.expect(0, "exec", "-T", ...places, "web", "--", "cat", `${target}/name`);
        assert.is(stdout, "the right one\n", `${name} at ${target}`);
        assert.is((await site.rig.cloister("exec", "-T", ...places, "web", "--", "test", "-e", `${target}/passwd`)).code, 1, name);
      }
      await site.rig.expect(0, "destroy", "--yes", "--volumes", ...places);
      renameSync(join(odd, "root"), site.root);
    }
    assert.equal(injected(site), []);
    // The controls: a shell, and overlay's own list.
    spawnSync("sh", ["-c", `cd ${site.rig.directory}; ls ${site.rig.directory}/${names[4]}`]);
    assert.equal(injected(site).length, 1);
    const odd = join(site.rig.directory, "colon:/etc");
    mkdirSync(join(site.rig.directory, "colon"));
    const script = `mount -t overlay overlay -o 'lowerdir=${odd}' /mnt && ls /mnt`;
    assert.match(execFileSync("unshare", ["--mount", "sh", "-c", script], { encoding: "utf8" }), /^passwd$/m);
  }),
);

live("words of a command, variables, users and directories arrive as they are", () =>
  withSite(async (site) => {
    await site.stand();
    const words = [...names, "", "-", "--", "--help", "-c", "a=b", "$HOME", "\u0001\u007f", "x".repeat(100_000)];
    const script = 'for word; do printf "<%s>" "$word"; done; printf "{%s}" "$ODD"';
    for (const flags of [["-T"]]) {
      const { stdout } = await site.rig.expect(
        0,
        "exec",
        ...flags,
        "-e",
        `ODD=${words.join("|")}`,
        "web",
        "--",
        "sh",
        "-c",
        script,
        "sh",
        ...words,
      );
      assert.is(stdout, `${words.map((word) => `<${word}>`).join("")}{${words.join("|")}}`);
    }
    for (const user of ["-1", "--help", "root;id", "root\nuser", "0x0", " 0", "0 ", "root:root:root", ""]) {
      assert.is((await site.exec(["id"], [`--user=${user}`])).code, 125, JSON.stringify(user));
    }
    for (const directory of ["--help", "-", "tmp", "/tmp/../../..", "/tmp\n/x"]) {
      const { code, stdout } = await site.exec(["pwd"], [`--working-dir=${directory}`]);
      assert.ok(code === 125 || stdout === "/\n" || stdout === "/tmp\n", `${directory}: ${code} ${stdout}`);
    }
    for (const command of ["-c", "--", "--help", "$(id)"]) assert.is((await site.exec([command])).code, 127, command);
    // The control: by way of a shell the words are no longer those that were given.
    assert.is.not(execFileSync("sh", ["-c", `printf '<%s>' ${names[0]}`], { encoding: "utf8" }), `<${names[0]}>`);
  }),
);

live("no field of a manifest can hold more than what it is for", () =>
  withSite(async (site) => {
    const bad: readonly Readonly<Record<string, unknown>>[] = [
      { mounts: { "/a": { type: "tmpfs", size: "64K,suid,dev,exec" } } },
      { mounts: { "/a": { type: "tmpfs", mode: "0777,uid=0" } } },
      { mounts: { "/a": { type: "tmpfs", options: ["nosuid,suid"] } } },
      { mounts: { "/a": { type: "bind", source: "./root", options: ["lowerdir=/etc"] } } },
      { mounts: { "/a/../../etc": { type: "tmpfs" } } },
      { mounts: { "/a\u0000b": { type: "tmpfs" } } },
      { mounts: { "/a\nb": { type: "tmpfs" } } },
      { mounts: { "/a": { type: "volume", source: "../../etc" } } },
      { hostname: "a; touch injected" },
      { hostname: "--help" },
      { sysctls: { "net/../kernel/core_pattern": "1" } },
      { sysctls: { "kernel.core_pattern": "|/evil" } },
      { command: ["a\u0000b"] },
      { environment: { "A=B": "c" } },
      { environment: { LD_PRELOAD: "x\u0000y" } },
      { user: "root; id" },
      { working_dir: "/a/../../.." },
      { security: { masked_paths: ["/proc/../etc"] } },
      { namespaces: { net: "join:../x" } },
    ];
    for (const declared of bad) {
      site.declare({ web: declared });
      const { code, stderr } = await site.rig.cloister("apply", "--yes");
      assert.is(code, 3, `${JSON.stringify(declared)}: ${stderr}`);
    }
    for (const name of ["../evil", "-rf", "a b", "A", "a\nb", "x".repeat(64), ""]) {
      site.declare({ [name]: {} });
      assert.is((await site.rig.cloister("apply", "--yes")).code, 3, name);
    }
    for (const project of ["../../etc", "-x", "a/b", "a b", ""]) {
      const { code } = await site.rig.cloister("apply", "--yes", `--project=${project}`);
      assert.ok(code === 3 || code === 64, `${project}: ${code}`);
    }
    // The control: mount takes the options that such a size brings.
    const script = "mount -t tmpfs -o nosuid,size=64k,suid none /mnt; grep ' /mnt ' /proc/self/mountinfo";
    assert.not.match(execFileSync("unshare", ["--mount", "sh", "-c", script], { encoding: "utf8" }), /nosuid/);
    assert.equal(injected(site), []);
    await site.stand({ mounts: { "/a": { type: "tmpfs", size: "64K" } } });
    assert.ok(mountAt(await site.seen(), "/a").options.includes("nosuid"));
  }),
);

test.run();

/** Files that a word run by a shell would have made, wherever that may have been. */
function injected(site: Site): string[] {
  const places = ["/", "/tmp", process.cwd(), site.rig.directory, site.root, join(site.root, "tmp")].filter(existsSync);
  const found = places.flatMap((place) =>
    readdirSync(place)
      .filter((name) => name === "injected")
      .map((name) => join(place, name)),
  );
  return found;
}
