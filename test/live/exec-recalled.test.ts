import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, closeSync, cpSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readProc } from "../../src/host/proc-reader.ts";
import { needs } from "../support/needs.ts";
import { entriesDirectory, entriesOf, exec, noted, withoutNode } from "../support/noted-exec.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("what was run inside once is run again without Node: the same in everything that can be seen of it", () =>
  withSite(async (site) => {
    const again = await noted(site);
    const seen =
      "env | sort | grep -v ^SHLVL; id; pwd; umask; ulimit -n; grep -E '^(Cap|NoNewPrivs|Groups)' /proc/self/status; cat /proc/self/cgroup /proc/self/oom_score_adj; ls /proc/self/fd";
    const flags = ["-u", "1:2", "-w", "/tmp", "-e", "COLOUR=red", "--env", "MORE=x y", "-T"];
    for (const words of [
      ["web", "--", "sh", "-c", seen],
      [...flags, "web", "sh", "-c", seen],
    ]) {
      const first = await exec(site, words);
      assert.is(first.code, 0);
      assert.ok(first.stdout.length > 200);
      assert.equal(await again(...words), first);
    }
    assert.equal(await again("web", "sh", "-c", "cat; exit 7"), { code: 7, stdout: "", stderr: "" });
    assert.is((await again("web", "sh", "-c", "kill -9 $$")).code, 137);
    assert.is((await again("web", "no-such-command")).code, 127);
    assert.is((await again("web", "/etc")).code, 126);
    assert.is((await again("-u", "nobody-there", "web", "true")).code, 125);
  }),
);

live("a signal to the launcher's process reaches the command", () =>
  withSite(async (site) => {
    await noted(site);
    const [program, ...args] = site.rig.command(
      "exec",
      "web",
      "sh",
      "-c",
      'trap "echo got it; exit 6" TERM; echo ready; sleep 100 >/dev/null 2>&1 & wait',
    );
    const child = spawn(program, args, {
      ...{ cwd: site.rig.directory, stdio: ["ignore", "pipe", "pipe"] },
      env: { ...site.rig.env, CLOISTER_CACHE: "on", PATH: withoutNode(site) },
    });
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await until("it is ready", () => said === "ready\n");
    child.kill("SIGTERM");
    const [code] = await once(child, "close");
    assert.equal([said, code], ["ready\ngot it\n", 6]);
  }),
);

live("a signal that comes before the command is there reaches it all the same", () =>
  withSite(async (site) => {
    await noted(site);
    const [program, ...args] = site.rig.command("exec", "web", "sleep", "100");
    const recalled = { ...site.rig.env, CLOISTER_CACHE: "on", PATH: withoutNode(site) };
    // What is found out by Node first, too.
    for (const env of [recalled, { ...site.rig.env, CLOISTER_CACHE: "on" }]) {
      for (let turn = 0; turn < 20; turn++) {
        const child = spawn(program, args, { cwd: site.rig.directory, stdio: ["ignore", "pipe", "pipe"], env });
        const ended = once(child, "close");
        await until("signals are held", () => holdsSignals(child.pid ?? 0));
        child.kill("SIGTERM");
        assert.equal(await ended, [143, null]);
      }
      site.declare({ web: { overlay: "ephemeral" } });
    }
  }),
);

/** Whether a process has the signals wait that are for a command. All of them perl has wait while it forks, and they are its own. */
function holdsSignals(pid: number): boolean {
  const held = Number.parseInt(/^SigBlk:\t[0-9a-f]*([0-9a-f]{4})$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0", 16);
  const [alarm, term] = [1 << 13, 1 << 14];
  return (held & (alarm | term)) === term;
}

live("a variable by which parts of cloister speak with each other is not the caller's to set", () =>
  withSite(async (site) => {
    await noted(site);
    const said = site.rig.write("said", "");
    for (const cache of ["on", "off"]) {
      const env = { CLOISTER_ENTERING: "1", CLOISTER_INHERITED: "1", CLOISTER_SERVER: "1 1 1", CLOISTER_CACHE: cache };
      // With a file pipes are connected.
      const [program, ...args] = site.rig.command("exec", "web", "echo", "it ran");
      const line = ["-c", 'said=$1; shift; "$@" >"$said"', "sh", said, program, ...args] as const;
      assert.equal(await site.rig.start(["sh", ...line], { env }), { code: 0, stdout: "", stderr: "" });
      assert.is(readFileSync(said, "utf8"), "it ran\n");
      assert.equal(await exec(site, ["web", "echo", "it ran"], env), { code: 0, stdout: "it ran\n", stderr: "" });
    }
  }),
);

live("Node finds out what is to be run and is gone while it runs, and who waits passes signals on", () =>
  withSite(async (site) => {
    await site.stand({ overlay: "ephemeral" });
    const script = 'trap "echo got it; exit 6" USR1; echo ready; read line; echo "$line"; read line';
    const [program, ...args] = site.rig.command("exec", "web", "sh", "-c", script);
    const env = { ...site.rig.env, CLOISTER_CACHE: "on" };
    const child = spawn(program, args, { cwd: site.rig.directory, stdio: ["pipe", "pipe", "pipe"], env });
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await until("it is ready", () => said === "ready\n");
    const { pid = 0 } = child;
    const commands = () =>
      readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
        .split(" ")
        .filter((one) => one !== "")
        .map((one) => readProc(`/proc/${one}/comm`).trim());
    await until("Node is gone", () => commands().join() === "sh");
    child.stdin?.write("a line\n");
    await until("it was read", () => said === "ready\na line\n");
    child.kill("SIGUSR1");
    const [code] = await once(child, "close");
    assert.equal([said, code], ["ready\na line\ngot it\n", 6]);
    // Nothing to run: the launcher ends as Node does, which has said why.
    const other = await exec(site, ["other", "true"]);
    assert.is(other.code, 125);
    assert.match(other.stderr, /^error usage\/unknown-environment: [^\n]*no environment "other"\n {2}hint: [^\n]*\n$/);
  }),
);

live("Node that only finds out what is run reads no more than what enters", () =>
  withSite(async (site) => {
    await site.stand({ overlay: "ephemeral", environment: { COLOUR: "green" } });
    const parts = join(site.rig.directory, "parts");
    mkdirSync(parts);
    for (const name of readdirSync("dist").filter((one) => /\.(?:cjs|pl)$|^cloister$/.test(one)))
      cpSync(join("dist", name), join(parts, name));
    rmSync(join(parts, "cloister.cjs"));
    const [, ...flags] = site.rig.command("exec", "-e", "MORE=x", "web", "sh", "-c", "echo $COLOUR $MORE; exit 3");
    const env = { CLOISTER_CACHE: "on" };
    assert.equal(await site.rig.start([join(parts, "cloister"), ...flags], { env }), { code: 3, stdout: "green x\n", stderr: "" });
  }),
);

live("nothing that the caller left open comes inside", () =>
  withSite(async (site) => {
    await noted(site);
    const directory = openSync("/etc", "r");
    const [program, ...args] = site.rig.command("exec", "web", "ls", "/proc/self/fd");
    const child = spawn(program, args, {
      ...{ cwd: site.rig.directory, stdio: ["ignore", "pipe", "pipe", "ignore", directory] },
      env: { ...site.rig.env, CLOISTER_CACHE: "on", PATH: withoutNode(site) },
    });
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await once(child, "close");
    closeSync(directory);
    assert.equal(said.trim().split("\n"), ["0", "1", "2", "3"]);
  }),
);

live("a broken pipe ends a command inside, also where the caller ignores that", () =>
  withSite(async (site) => {
    await noted(site);
    const line = site.rig.command("exec", "web", "grep", "SigIgn", "/proc/self/status");
    for (const PATH of [withoutNode(site), site.rig.env.PATH ?? ""]) {
      const env = { CLOISTER_CACHE: "on", PATH };
      const { code, stdout } = await site.rig.start(["sh", "-c", 'trap "" PIPE; exec "$@"', "sh", ...line], { env });
      assert.equal([code, stdout], [0, `SigIgn:\t${"0".repeat(16)}\n`]);
      site.declare({ web: { overlay: "ephemeral" } });
    }
  }),
);

live("a note that does not fit in every respect is nobody's: Node is started", () =>
  withSite(async (site) => {
    const again = await noted(site);
    const byNode = { code: 99, stdout: "node was started\n", stderr: "" };
    assert.is((await again("web", "true")).code, 0);
    for (const words of [["--no-such-flag", "web", "true"], ["web"], ["other", "true"], ["-e", "novalue", "web", "true"], []])
      assert.equal(await again(...words), byNode, words.join(" "));
    assert.equal(await exec(site, ["web", "true"], { PATH: withoutNode(site), CLOISTER_CACHE: "off" }), byNode);
    const [entry = ""] = entriesOf(site);
    for (const [path, mode, usual] of [
      [join(entriesDirectory(site), entry), 0o620, 0o600],
      [entriesDirectory(site), 0o722, 0o700],
      [join(site.rig.stateDir, "run"), 0o777, 0o700],
    ] as const) {
      chmodSync(path, mode);
      assert.equal(await again("web", "true"), byNode, path);
      chmodSync(path, usual);
    }
    assert.is((await again("web", "true")).code, 0);
    // The same process number, another process.
    const { pid } = await site.seen();
    process.kill(pid, "SIGKILL");
    await site.apply();
    assert.equal(await again("web", "true"), byNode);
    // Edited, whatever it says now.
    assert.is((await exec(site, ["web", "true"])).code, 0);
    assert.is((await again("web", "true")).code, 0);
    site.declare({ web: { overlay: "ephemeral", environment: { COLOUR: "blue" } } });
    assert.equal(await again("web", "true"), byNode);
    assert.is((await exec(site, ["web", "sh", "-c", "echo $COLOUR"])).stdout, "blue\n");
  }),
);

test.run();
