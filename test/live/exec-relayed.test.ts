import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { bothWays, noted } from "../support/noted-exec.ts";
import { withSite } from "../support/site.ts";
import { startTerminal } from "../support/terminal.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("a file is not handed in: its bytes come and go by pipes, all of them", () =>
  withSite(async (site) => {
    await noted(site);
    const bytes = randomBytes(3_000_000);
    const [input, output] = [join(site.rig.directory, "input"), join(site.rig.directory, "output")];
    writeFileSync(input, bytes);
    const redirected = 'input=$1 output=$2; shift 2; exec "$@" <"$input" >>"$output" 2>&1';
    const inside = "cat; readlink /proc/self/fd/1 | cut -d: -f1 >&2; exit 4";
    await bothWays(site, async (env) => {
      writeFileSync(output, "before\n");
      const line = [redirected, "sh", input, output, ...site.rig.command("exec", "web", "sh", "-c", inside)];
      assert.equal(await site.rig.start(["sh", "-c", ...line], { env }), { code: 4, stdout: "", stderr: "" });
      assert.ok(readFileSync(output).equals(Buffer.concat([Buffer.from("before\n"), bytes, Buffer.from("pipe\n")])));
      // Who does not read to the end, and what goes on after the end, keep nobody waiting.
      const short = [redirected, "sh", input, output, ...site.rig.command("exec", "web", "sh", "-c", "sleep 1000 & echo $!")];
      assert.is((await site.rig.start(["sh", "-c", ...short], { env })).code, 0);
      const full = ['exec "$@" >/dev/full', "sh", ...site.rig.command("exec", "web", "echo", "too much")];
      const { code, stderr } = await site.rig.start(["sh", "-c", ...full], { env });
      assert.equal([code, stderr], [125, "cloister: standard output: No space left on device\n"]);
    });
  }),
);

live("a stream that is closed is as the null device, and a command that cannot be started says only that", () =>
  withSite(async (site) => {
    await noted(site);
    const line = site.rig.command("exec", "web", "sh", "-c", "cat; echo out; echo err >&2; exit 3");
    const missing = site.rig.command("exec", "web", "no-such-command");
    const output = site.rig.write("closed", "");
    await bothWays(site, async (env) => {
      const run = (script: string, words: readonly string[]) => site.rig.start(["sh", "-c", script, "sh", ...words], { env });
      assert.equal(await run('exec "$@" <&-', line), { code: 3, stdout: "out\n", stderr: "err\n" });
      assert.equal(await run('exec "$@" >&-', line), { code: 3, stdout: "", stderr: "err\n" });
      assert.equal(await run('exec "$@" 2>&-', line), { code: 3, stdout: "out\n", stderr: "" });
      const { code, stderr } = await run('out=$1; shift; exec "$@" >"$out"', [output, ...missing]);
      assert.equal([code, stderr], [127, "cloister: no-such-command: command not found\n"]);
    });
  }),
);

live("half a terminal is not handed in: what is typed comes by a pipe, and Ctrl-C is the command's", () =>
  withSite(async (site) => {
    await noted(site);
    const inside = 'trap "echo got it; exit 6" INT; test -t 0 || echo no terminal; read line; echo "line $line"; read line';
    await bothWays(site, async ({ PATH = "" }) => {
      const [program, ...args] = site.rig.command("exec", "web", "sh", "-c", inside);
      const line = [
        "env",
        "CLOISTER_CACHE=on",
        `PATH=${PATH}`,
        "sh",
        "-c",
        'trap : INT; "$@" | (trap "" INT; exec cat)',
        "sh",
        program,
        ...args,
      ] as const;
      const terminal = startTerminal(site.rig, line);
      await terminal.shows(/^no terminal\r$/m);
      terminal.type("typed\n");
      await terminal.shows(/^line typed\r$/m);
      terminal.type("\u0003");
      await terminal.shows(/^(?:\^C)?got it\r$/m);
      await terminal.end();
    });
  }),
);

live("a job in the background is not stopped for what is typed, and has it when it comes to the foreground", () =>
  withSite(async (site) => {
    await noted(site);
    const output = join(site.rig.directory, "output");
    const words = site.rig.command("exec", "web", "sh", "-c", "echo begun; exit 4");
    const jobs = 'set -m; out=$1; shift; "$@" >"$out" & wait $!; echo "ended with $?"';
    const terminal = startTerminal(site.rig, ["sh", "-c", jobs, "sh", output, ...words]);
    await terminal.shows(/^ended with 4\r$/m);
    assert.is(readFileSync(output, "utf8"), "begun\n");
    await terminal.end();
    const reading = site.rig.command("exec", "web", "sh", "-c", 'echo begun; read line; echo "line $line"');
    const brought = 'set -m; out=$1; shift; "$@" >"$out" & until grep -q begun "$out"; do :; done; echo ready; fg >/dev/null; cat "$out"';
    const other = startTerminal(site.rig, ["sh", "-c", brought, "sh", output, ...reading]);
    await other.shows(/^ready\r$/m);
    other.type("typed\n");
    await other.shows(/^line typed\r$/m);
    await other.end();
  }),
);

test.run();
