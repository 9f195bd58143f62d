// timeout: 600 s
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Rig } from "../support/rig.ts";
import { withRig } from "../support/rig.ts";

const live = needs(test, "root", "mmdebstrap", "catatonit", "overlayfs", "a package mirror");

function declare(rig: Rig, packages: readonly string[]): void {
  const web = { rootfs: { release: "bookworm", packages } };
  rig.write("cloister.yaml", JSON.stringify({ api_version: "cloister/v1", name: rig.project, environments: { web } }));
}

const inside = async (rig: Rig, ...command: readonly string[]) =>
  (await rig.expect(0, "exec", "-T", "web", "--", ...command)).stdout.trim();

// curl depends on sixteen packages; python3 must be unpacked after python3-minimal is ready; openssh-server makes keys that are others each time.
live("packages of Debian over a base: whole for dpkg, marked for apt, nothing started, and what keys are made is not locked", () =>
  withRig(async (rig) => {
    declare(rig, ["curl", "python3"]);
    await rig.expect(0, "lock");
    const { layers, roots } = JSON.parse(readFileSync(join(rig.directory, "cloister.lock"), "utf8"));
    assert.is(roots.length, 1);
    assert.ok(layers[0].result !== null);
    assert.ok(Object.keys(layers[0].from.packages).includes("libcurl4"));
    await rig.expect(0, "apply", "--locked", "--offline", "-y");
    assert.match(await inside(rig, "curl", "--version"), /^curl 7\.88/);
    assert.match(await inside(rig, "python3", "-c", "import json; print(json.dumps([1]))"), /^\[1\]$/);
    assert.is(await inside(rig, "dpkg", "--audit"), "");
    assert.is(await inside(rig, "dpkg", "--verify"), "");
    const automatic = (await inside(rig, "apt-mark", "showauto")).split("\n");
    assert.ok(automatic.includes("libcurl4") && !automatic.includes("curl"));
    const traces = ["/usr/sbin/policy-rc.d", "/var/log/dpkg.log", "/var/log/alternatives.log", "/var/cache/ldconfig/aux-cache"];
    assert.is(await inside(rig, "sh", "-c", 'for f; do if [ -e "$f" ]; then echo "$f"; fi; done', "sh", ...traces), "");

    declare(rig, ["curl", "python3", "openssh-server"]);
    const { stdout } = await rig.expect(0, "lock");
    assert.match(stdout, /^note: bookworm-minbase\+3 is something else each time that it is made \(first at \/etc\/ssh\/ssh_host_/m);
    await rig.expect(0, "lock", "--check");
    await rig.expect(0, "build", "--locked", "--offline");
  }),
);

test.run();
