import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { busyboxRoot, busyboxTar } from "../../support/busybox.ts";
import { needs } from "../../support/needs.ts";
import { withRig } from "../../support/rig.ts";
import { strace } from "../../support/strace.ts";

const live = needs(test, "root", "busybox", "strace");

live("the busybox root is a root that one can run in", async () => {
  await withRig((rig) => {
    const root = busyboxRoot(join(rig.directory, "root"));
    const printed = execFileSync("chroot", [root, "/bin/sh", "-c", "id -un; ls -d /proc /dev /tmp; wc -l </etc/passwd"], {
      encoding: "utf8",
    });
    assert.is(printed, "root\n/dev\n/proc\n/tmp\n4\n");
    return Promise.resolve();
  });
});

live("the tar holds the same root, and nothing else is left beside it", async () => {
  await withRig((rig) => {
    const tar = busyboxTar(join(rig.directory, "root.tar"));
    const members = execFileSync("tar", ["--list", "--file", tar], { encoding: "utf8" }).split("\n");
    assert.ok(members.includes("./bin/sh"));
    assert.ok(members.includes("./etc/passwd"));
    assert.equal(readdirSync(rig.directory), ["root.tar"]);
    return Promise.resolve();
  });
});

live("strace sees what a command writes and starts, and only that", async () => {
  await withRig((rig) => {
    const look = strace(["cat", "/etc/hostname"], { log: join(rig.directory, "log"), env: rig.env });
    assert.equal({ code: look.code, mutations: look.mutations, processes: look.processes }, { code: 0, mutations: [], processes: [] });
    const act = strace(["sh", "-c", 'mkdir "$1"; /bin/true; exit 3', "sh", join(rig.directory, "made")], {
      log: join(rig.directory, "log"),
      env: rig.env,
    });
    assert.is(act.code, 3);
    assert.is(act.mutations.length, 1);
    assert.match(act.mutations[0] ?? "", /^mkdir\(".*made", 0777\)\s+= 0$/);
    assert.is(act.processes.length, 2);
    return Promise.resolve();
  });
});

test.run();
