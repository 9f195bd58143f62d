import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { busyboxRoot } from "../support/busybox.ts";
import { needs } from "../support/needs.ts";
import { withRig } from "../support/rig.ts";

const cloister = resolve("dist/cloister");

function run(command: string, ...args: readonly string[]) {
  return spawnSync(command, args, { encoding: "utf8", env: { PATH: process.env.PATH } });
}

needs(
  test,
  "root",
  "catatonit",
  "overlayfs",
)("this machine is fit, and is as before", () => {
  const state = () => ["mountinfo", "cgroup", "uid_map"].map((name) => readFileSync(`/proc/self/${name}`, "utf8"));
  const modules = () => readFileSync("/proc/filesystems", "utf8");
  const before = [state(), modules()];
  const { status, stdout, stderr } = run(cloister, "doctor", "--json");
  assert.is(status, 0, stdout + stderr);
  const document: unknown = JSON.parse(stdout);
  assert.match(JSON.stringify(document), /"schema":"cloister\/doctor\/v1","fit":true/);
  assert.equal([state(), modules()], before);
});

needs(
  test,
  "root",
  "catatonit",
)("a tool that is not there is named with its package", () => {
  // In a mount namespace of its own a file that cannot be executed lies over the tool.
  const script = 'mount --bind /etc/passwd "$(command -v catatonit)" && exec "$1" doctor';
  const { status, stdout } = run("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", cloister);
  assert.is(status, 1);
  assert.match(stdout, /FAIL {2}catatonit +not installed\n +mend: apt-get install catatonit\n/);
  assert.match(stdout, /cannot run cloister yet: 1 to mend/);
});

needs(test, "root")("another user is told to be root, and what could not be tried is no fault", () => {
  // Where that user may read it: the checkout may lie where only root may look.
  const place = mkdtempSync(join(tmpdir(), "cloister-doctor-"));
  try {
    for (const name of readdirSync("dist").filter((each) => /^cloister$|\.(cjs|pl)$/.test(each)))
      cpSync(join("dist", name), join(place, name));
    chmodSync(place, 0o755);
    const { status, stdout } = run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", join(place, "cloister"), "doctor");
    assert.is(status, 1);
    assert.match(stdout, /FAIL {2}runs as root +not user 0\n +mend: sudo cloister/);
  } finally {
    rmSync(place, { recursive: true });
  }
});

needs(
  test,
  "root",
  "catatonit",
  "busybox",
)("apply refuses before it begins, with the package to install", () =>
  withRig((rig) => {
    busyboxRoot(join(rig.directory, "root"));
    rig.write("cloister.yaml", "api_version: cloister/v1\nname: any\nenvironments: { box: { rootfs: { directory: ./root } } }\n");
    const script = 'mount --bind /etc/passwd "$(command -v catatonit)" && exec "$@"';
    const args = ["--mount", "--propagation", "private", "sh", "-c", script, "sh", ...rig.command("apply", "--yes")];
    const { status, stderr } = spawnSync("unshare", args, { encoding: "utf8", cwd: rig.directory, env: { ...rig.env } });
    assert.is(status, 6, stderr);
    assert.match(stderr, /error host\/missing-tool: catatonit is not installed\n +hint: apt-get install catatonit/);
    return Promise.resolve();
  }),
);

test.run();
