// S37: a process is who it is by pid, start time and what nobody else can write; a number that is used again, or a claim, is not believed.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { endProcess } from "../../../src/host/process-end.ts";
import { needs } from "../../support/needs.ts";
import type { Site } from "../../support/site.ts";
import { processesOf, startOf, withSite } from "../../support/site.ts";
import type { Subreaper } from "../../support/subreaper.ts";
import { startReaped } from "../../support/subreaper.ts";
import { until } from "../../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** A program of this name that only waits, with one child. */
const waiting = "#!/bin/sh\nsleep 1000 &\nwait\n";

live("another user of the host who claims to hold an environment is not believed, not ended and not in the way", () =>
  withSite(async (site) => {
    site.declare({ web: {} });
    const claim = { CLOISTER_ENVIRONMENT: `${site.rig.project}/web`, CLOISTER_ID: "aaaaaaaa", CLOISTER_MANIFEST: "/somewhere/else" };
    const stranger = await startNamed(site, { name: "unshare", uid: 65534, claim });
    try {
      assert.is((await site.status()).state, "absent");
      await site.apply();
      assert.is.not((await site.seen()).id, "aaaaaaaa");
      await site.rig.expect(0, "destroy", "--yes");
      assert.is((await site.status()).state, "absent");
      assert.ok(startOf(stranger.pid), "it still lives");
    } finally {
      await stranger.end();
    }
    // The control: the same claim by root is how an environment is found whose control groups are gone.
    const ours = await startNamed(site, { name: "unshare", uid: 0, claim: { ...claim, CLOISTER_MANIFEST: site.rig.directory } });
    try {
      assert.is((await site.status()).state, "unfinished");
    } finally {
      await ours.end();
    }
  }),
);

live("a process inside that claims to hold another environment, or to be its main process, is not believed", () =>
  withSite(async (site) => {
    const declared = { web: {}, seer: { namespaces: { pid: "host" }, unsafe: ["host-pid"] }, db: {} };
    site.declare(declared);
    await site.apply("web", "seer");
    const running: Subreaper[] = [];
    for (const name of ["web", "seer"]) {
      const variables = [
        `CLOISTER_ENVIRONMENT=${site.rig.project}/db`,
        "CLOISTER_ID=aaaaaaaa",
        `CLOISTER_PROCESS=${site.rig.project}/${name}/main`,
      ];
      const script = `printf '${waiting.replaceAll("\n", "\\n")}' >/tmp/unshare; chmod +x /tmp/unshare; exec /tmp/unshare`;
      const flags = variables.flatMap((variable) => ["-e", variable]);
      running.push(await startReaped(site.rig, "exec", "-T", ...flags, name, "--", "sh", "-c", script));
      await until(`unshare in ${name}`, () => processesOf(site.rig).some((pid) => commOf(pid) === "unshare"));
    }
    assert.is((await site.status("db")).state, "absent");
    assert.is((await site.status("seer")).process, null);
    await site.rig.expect(0, "destroy", "--yes", "db");
    assert.is((await site.status("web")).state, "running");
    assert.is((await site.status("seer")).state, "running");
    await site.rig.expect(0, "destroy", "--yes");
    for (const one of running) await one.ended();
  }),
);

live("with its waiting parent killed, the keeper is found by its age; a younger process of the same name is not taken for it", () =>
  withSite(async (site) => {
    site.declare({ web: {} });
    const reaper = await startReaped(site.rig, "apply", "--yes");
    await until("web", async () => (await site.status()).state === "running");
    const before = await site.seen();
    const script = `printf '${waiting.replaceAll("\n", "\\n")}' >/tmp/catatonit; chmod +x /tmp/catatonit; /tmp/catatonit </dev/null >/dev/null 2>&1 &`;
    await site.inside("sh", "-c", script);
    await until("a second catatonit", () => processesOf(site.rig).filter((pid) => commOf(pid) === "catatonit").length === 2);
    process.kill(parentOf(before.pid), "SIGKILL");
    await until("the keeper has another parent", () => parentOf(before.pid) === reaper.pid);
    const after = await site.seen();
    assert.is(after.pid, before.pid);
    assert.is(after.start, before.start);
    assert.is(await site.inside("hostname"), "web");
    await site.rig.expect(0, "destroy", "--yes");
    await reaper.ended();
  }),
);

live("a process whose start time is another one is not signalled, not entered and not looked into", () =>
  withSite(async (site) => {
    await site.stand();
    const { pid, start } = await site.seen();
    await endProcess({ pid, start: String(Number(start) - 1), signal: "SIGKILL", graceMs: 0 });
    assert.is(startOf(pid), start);
    const enter = (given: string) =>
      ended("nsenter", [
        "--target",
        String(pid),
        "--pid",
        "--",
        "perl",
        ...shim("enter"),
        `pid=${pid}`,
        `start=${given}`,
        "last_cap=40",
        "--",
        "/bin/true",
      ]);
    assert.equal(await enter(String(Number(start) - 1)), 125);
    assert.equal(await enter(start), 0);
    const stage = join(site.rig.directory, "stage");
    mkdirSync(stage);
    const attach = (given: string) => ended("perl", [...shim("attach"), String(pid), given, stage, "0", "2", "sysctl", "kernel.hostname"]);
    assert.equal(await attach("1"), 125);
  }),
);

live("a hundred numbers that the kernel really used again: none is taken for what it was", () => {
  // In a pid namespace of its own, the next number can be chosen.
  const script = `
    set -eu
    start() { cut -d' ' -f22 "/proc/$1/stat"; }
    sleep 100 & first=$!
    for round in $(seq 100); do
      was=$(start $first)
      kill $first; wait $first 2>/dev/null || :
      while :; do
        echo $((first - 1)) >/proc/sys/kernel/ns_last_pid
        sleep 100 & again=$!
        if [ $again = $first ] && [ $(start $again) != $was ]; then break; fi
        kill $again; wait $again 2>/dev/null || :
      done
      perl "$@" $again $was hostname ""
    done
    # The control: the number alone.
    perl "$@" $first "" hostname ""
    kill $first`;
  const text = execFileSync("unshare", ["--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", script, "sh", ...shim("observe")], {
    encoding: "utf8",
  });
  assert.match(text, /^\d+ hostname =.*\n$/);
});

test.run();

interface Named {
  readonly name: string;
  readonly uid: number;
  readonly claim: Readonly<Record<string, string>>;
}

/** Starts a program of a name, as a user, with a claim in its environ. */
async function startNamed(site: Site, { name, uid, claim }: Named) {
  const directory = join(site.rig.directory, `of-${uid}`);
  mkdirSync(directory, { mode: 0o755 });
  for (const path of [site.rig.directory, directory]) chmodSync(path, 0o755);
  const program = join(directory, name);
  writeFileSync(program, waiting, { mode: 0o755 });
  const child = spawn(program, { uid, gid: uid, cwd: "/", env: { PATH: "/usr/bin:/bin", ...claim }, stdio: "ignore" });
  await once(child, "spawn");
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} did not start`);
  const sleeper = await until(`the child of ${name}`, () => childOf(pid));
  const end = async () => {
    process.kill(sleeper, "SIGKILL");
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  };
  return { pid, end };
}

function childOf(pid: number): number | null {
  const child = Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"), 10);
  return Number.isNaN(child) ? null : child;
}

function commOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

function shim(verb: string): string[] {
  return [resolve("dist/shim.pl"), process.arch, verb];
}

async function ended(command: string, args: readonly string[]): Promise<number | null> {
  const child = spawn(command, args, { stdio: "ignore" });
  await once(child, "close");
  return child.exitCode;
}
