// S36: the caller's environment steers nothing: tools come from fixed places, and their environment is made anew.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { toolList } from "../../../src/host/tool-list.ts";
import { needs } from "../../support/needs.ts";
import type { Site } from "../../support/site.ts";
import { withSite } from "../../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("a hostile PATH and whatever loads code into perl, sh, node or mount do nothing", () =>
  withSite(async (site) => {
    const { evil, environment, marks } = plant(site);
    site.declare({ web: { command: ["sleep", "1000"], mounts: { "/data": "./root:ro" } } });
    const args = (...words: readonly string[]) => site.rig.run([...words], { env: environment });
    for (const words of [
      ["plan"],
      ["apply", "--yes"],
      ["status"],
      ["exec", "-T", "web", "--", "true"],
      ["verify"],
      ["logs", "web"],
      ["doctor"],
    ]) {
      const { code, stderr } = await args(...words);
      assert.is(code, 0, `${words.join(" ")}: ${stderr}`);
    }
    const { pid } = await site.seen();
    for (const outside of [pid, parentOf(pid), parentOf(parentOf(pid))]) {
      const names = variablesOf(outside);
      assert.equal(
        Object.keys(names).filter((name) => !/^(PATH|LC_ALL|PWD|OLDPWD|CLOISTER_[A-Z]+)$/.test(name)),
        [],
        `process ${outside}`,
      );
      assert.not.match(names.PATH ?? "", new RegExp(evil));
    }
    assert.is((await args("destroy", "--yes")).code, 0);
    assert.equal(marks(), []);

    // The controls: each of them does something where it is passed on.
    const naive = (command: string, ...rest: readonly string[]) =>
      spawnSync(command, rest, { env: { ...site.rig.env, ...environment }, stdio: "ignore" });
    naive("perl", "-e", "1");
    naive(process.execPath, "-e", "1");
    naive("bash", "-c", ":");
    naive("/bin/sh", "-c", "mount");
    assert.equal(marks().sort(), ["bash", "coverage", "mount", "node", "perl"]);
  }),
);

live("a variable for the process inside cannot act on the host's tools on its way", () =>
  withSite(async (site) => {
    const { environment, marks } = plant(site);
    const { PATH: _path, ...hostile } = environment;
    await site.stand({ environment: hostile, command: ["sleep", "1000"] });
    const flags = Object.entries(environment).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const { code, stdout } = await site.exec(["/bin/env"], flags);
    assert.is(code, 0);
    for (const [name, value] of Object.entries(environment)) assert.ok(stdout.split("\n").includes(`${name}=${value}`), name);
    assert.equal(marks(), []);
  }),
);

live("a directory with a colon in its name makes no PATH of somebody else's", () =>
  withSite(async (site) => {
    const data = join(site.rig.directory, "x:y");
    site.declare({ web: { overlay: "none" } });
    await site.rig.expect(0, "apply", "--yes", "--data-dir", data);
    const { pid } = await site.seen();
    assert.is(variablesOf(parentOf(pid)).PATH, "/usr/sbin:/usr/bin:/sbin:/bin");
    await site.rig.expect(0, "destroy", "--yes", "--data-dir", data);
  }),
);

test.run();

/** Variables that make tools run code of ours, which leaves a mark; `marks`: those that were left. */
function plant({ rig }: Site) {
  const evil = join(rig.directory, "evil");
  const left = join(rig.directory, "marks");
  for (const directory of [evil, left]) mkdirSync(directory);
  for (const name of [...toolList.map((tool) => basename(tool.name)), "readlink", "cat", "mkdir", "id"]) {
    if (name !== "sh") writeFileSync(join(evil, name), `#!/bin/sh\n: >${left}/${name}\n`, { mode: 0o755 });
  }
  writeFileSync(join(evil, "evil.cjs"), `require("node:fs").writeFileSync(${JSON.stringify(join(left, "node"))}, "")`);
  writeFileSync(join(evil, "evil.sh"), `: >${left}/bash\n`);
  writeFileSync(join(evil, "Evil.pm"), `package Evil; open my $mark, '>', '${left}/perl'; 1;\n`);
  writeFileSync(join(evil, "strict.pm"), `package strict; open my $mark, '>', '${left}/perl'; 1;\n`);
  const environment = {
    PATH: `${evil}:${rig.env.PATH ?? ""}`,
    PERL5LIB: evil,
    PERL5OPT: "-MEvil",
    NODE_OPTIONS: `--require=${evil}/evil.cjs`,
    NODE_PATH: evil,
    NODE_V8_COVERAGE: join(left, "coverage"),
    NODE_REDIRECT_WARNINGS: join(left, "warnings"),
    BASH_ENV: join(evil, "evil.sh"),
    ENV: join(evil, "evil.sh"),
    LIBMOUNT_FSTAB: join(evil, "fstab"),
    LIBMOUNT_MTAB: join(evil, "mtab"),
    LIBMOUNT_FORCE_MOUNT2: "always",
    LANGUAGE: "de",
    LOCPATH: evil,
    NLSPATH: join(evil, "%N"),
    IFS: "/",
    CDPATH: evil,
  };
  return { evil, environment, marks: () => (existsSync(left) ? readdirSync(left) : []) };
}

function variablesOf(pid: number): Readonly<Record<string, string>> {
  const entries = readFileSync(`/proc/${pid}/environ`, "utf8")
    .split("\0")
    .filter((entry) => entry !== "");
  return Object.fromEntries(entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]));
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
