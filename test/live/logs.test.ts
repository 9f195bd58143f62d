// alone: lines a second are measured
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readProc } from "../../src/host/proc-reader.ts";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { waiting } from "../support/supervisors.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("logs --json: each line of each process is one document, whatever is in it, and one that was not ended is a line", () =>
  withSite(async (site) => {
    const says = (words: string) => ({ command: ["sh", "-c", `printf '${words}'; exec sleep 1000`] });
    await site.stand({ processes: { main: says('a"b\\n\\033[31mred\\nrest'), other: says("x\\n\\n") } });
    const lines = async (...words: readonly string[]) => {
      const { stdout } = await site.rig.expect(0, "logs", "--json", ...words);
      assert.not(stdout.includes("\x1b"));
      return stdout
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line));
    };
    const document = (process: string, line: string) => ({ schema: "cloister/log-line/v1", environment: "web", process, line });
    const main = ['a"b', "\x1b[31mred", "rest"].map((line) => document("main", line));
    const other = ["x", ""].map((line) => document("other", line));
    await until("both have written", async () => (await lines("web")).length === 5);
    assert.equal(await lines("web"), [...main, ...other]);
    assert.equal(await lines("web/main"), main, "also of one alone");
    assert.equal(await lines("-n", "1", "web/other"), other.slice(1));
    assert.is((await site.rig.expect(0, "logs", "web/main")).stdout, 'a"b\n\x1b[31mred\nrest', "control: without it, as it was written");
  }),
);

live("with times: -t, --since, --until, and several processes in the order in which they wrote; a log without them says so", () =>
  withSite(async (site) => {
    // Each line is written when its file is there, which is made when the line before is in a log: by then it has its moment.
    const says = (name: string) => ({
      command: ["sh", "-c", `for i in 1 2 3; do until [ -e /tmp/${name}$$i ]; do sleep 0.02; done; echo ${name}$$i; done; exec sleep 1000`],
    });
    const turns = { first: says("a"), second: says("b") };
    await site.stand({ logging: { times: true }, processes: { ...turns, plain: { command: ["echo", "x"], logging: { times: false } } } });
    const lines = async (...words: readonly string[]) => (await site.rig.expect(0, "logs", ...words)).stdout.trimEnd().split("\n");
    const both = ["web/first", "web/second"];
    const order = ["first  | a1", "second | b1", "first  | a2", "second | b2", "first  | a3", "second | b3"];
    for (const [index, line] of order.entries()) {
      await site.inside("touch", `/tmp/${line.slice(-2)}`);
      await until(`${line} is in the log`, async () => (await lines(...both)).filter((one) => one !== "").length === index + 1);
    }
    assert.equal(await lines(...both), order, "interleaved as they came");
    const timed = await lines("-t", ...both);
    assert.match(timed[0] ?? "", /^first {2}\| \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z a1$/);
    const moments = timed.map((line) => /\| (\S+) /.exec(line)?.[1] ?? "");
    assert.equal(moments, [...moments].sort());
    const [third = "", fourth = ""] = moments.slice(2);
    assert.equal(await lines("--since", third, ...both), order.slice(2));
    assert.equal(await lines("--until", third, ...both), order.slice(0, 3));
    assert.equal(await lines("--since", third, "--until", fourth, ...both), order.slice(2, 4));
    assert.equal(await lines("-n", "1", "--until", fourth, ...both), order.slice(2, 4));
    assert.equal(await lines("--since", "1h", "web/first"), ["a1", "a2", "a3"]);
    assert.is((await site.rig.expect(0, "logs", "--until", "1h", "web/first")).stdout, "");
    const document: { readonly time?: string } = JSON.parse((await lines("--json", "-n", "1", "web/first"))[0] ?? "");
    assert.is(document.time, moments[4]);
    const refused = await site.rig.expect(1, "logs", "--since", "1h", "web");
    assert.match(refused.stderr, /^error engine\/no-log: of web\/plain it is not kept when a line came/);
    assert.match((await lines("-t", "web/plain"))[0] ?? "", /^- +x$/);
    for (const wrong of ["yesterday", "2026-13-45"]) {
      assert.match((await site.rig.expect(64, "logs", "--since", wrong, "web")).stderr, /usage\/invalid-value/);
    }
    assert.equal(await lines("-f", "--until", third, ...both), order.slice(0, 3), "what is over is not waited for");
    const soon = new Date(Date.now() + 2000).toISOString();
    assert.equal(await lines("-f", "--until", soon, ...both), order, "what is followed ends then");
    assert.ok(Date.now() >= Date.parse(soon));
  }),
);

live("rotated by size: no file is larger, the newest are kept, every line of them is there once, also of the lives before", () =>
  withSite(async (site) => {
    const numbers = (from: number, to: number) => ["sh", "-c", `seq ${from} ${to}; exec sleep 1000`];
    const logging = { max_size: "4K", max_files: 3 };
    await site.stand({ processes: { main: { command: numbers(1000, 1999), logging } } });
    const kept = async () => {
      const { stdout } = await site.rig.expect(0, "logs", "web/main");
      assert.match(stdout, /^(\d+\n)*$/);
      return stdout.trimEnd().split("\n").map(Number);
    };
    await until("the first life", async () => (await kept()).at(-1) === 1999);
    assert.is(spans(await kept()), "1000-1999", "5,000 bytes are in two files");
    await site.stand({ processes: { main: { command: numbers(2000, 2999), logging } } });
    await until("the second life", async () => (await kept()).at(-1) === 2999);
    assert.is(spans(await kept()), "1000-2999", "across a restart, in three files");
    await site.rig.expect(0, "restart", "web");
    await until("the third life", async () => (await kept()).filter((number) => number === 2999).length === 2);
    const now = await kept();
    assert.is(spans(now.slice(-1000)), "2000-2999", "the newest are all there");
    assert.ok(now.length < 3000 && now[0] !== 1000, "the oldest are gone");
    assert.ok(
      now.slice(1).every((number) => number >= 1000 && number <= 2999),
      "no line is cut where files meet, but for the first that is kept",
    );
    const sizes = files(site).map(({ size }) => size);
    assert.ok(sizes.length === 3 && sizes.every((size) => size <= 4096), sizes.join());
    const last = (await site.rig.expect(0, "logs", "-n", "1200", "web/main")).stdout.trimEnd().split("\n").map(Number);
    assert.is(spans(last), spans(now.slice(-1200)));
    // What is plain again goes on in the file that is there.
    await site.stand({ processes: { main: { command: ["echo", "5000"] } } });
    await until("the plain life", async () => (await kept()).at(-1) === 5000);
    assert.is(spans(await kept()), spans([...now, 5000]));
  }),
);

live(
  "300,000 lines, a write each, as fast as they come: none is lost or twice, a follower sees them all, and the writer does not grow",
  () =>
    withSite(async (site) => {
      const count = 300_000;
      const program = `BEGIN { for (i = 1; i <= ${count}; i++) { print i; fflush() } }`;
      const burst = `until [ -e /tmp/go ]; do sleep 0.05; done; awk '${program}'; echo done; exec sleep 1000`;
      const logging = { times: true, max_size: "128K", max_files: 100 };
      await site.stand({ processes: { main: { command: ["sh", "-c", burst], logging } } });
      const writer = writerOf(site);
      const before = peakKilobytes(writer);
      const [file, ...words] = site.rig.command("logs", "-f", "web");
      const follower = spawn(file, words, { cwd: site.rig.directory, env: site.rig.env, stdio: ["ignore", "pipe", "inherit"] });
      let seen = "";
      follower.stdout.on("data", (chunk: Buffer) => {
        seen += chunk.toString("latin1");
      });
      try {
        const begun = performance.now();
        await site.inside("touch", "/tmp/go");
        const ended = () => textOf(join(logsOf(site), "main.log")).endsWith("\ndone\n");
        await until("all is written", ended, 60_000);
        const rate = count / ((performance.now() - begun) / 1000);
        await until("the follower has seen the end", () => seen.endsWith("\ndone\n"), 20_000);
        assert.is(spans(seen.trimEnd().split("\n").slice(0, -1).map(Number)), `1-${count}`, "followed across files");
        const all = (await site.rig.expect(0, "logs", "web")).stdout;
        assert.is(all, seen);
        assert.ok(files(site).length > 10, "control: it was rotated meanwhile");
        assert.ok(rate > 100_000 || process.env.CI === "true", `${Math.round(rate)} lines a second`);
        const grown = peakKilobytes(writer) - before;
        assert.ok(grown < 512, `${grown} kB more`);
        await site.rig.expect(0, "logs", "-t", "-n", "3", "web");
      } finally {
        const closed = once(follower, "close");
        follower.kill("SIGINT");
        await closed;
      }
    }),
);

test.run();

/** Numbers as runs of consecutive ones: `1-3 5-6`. */
function spans(numbers: readonly number[]): string {
  const starts = numbers.flatMap((number, index) => (number - 1 === numbers[index - 1] ? [] : [index]));
  return starts.map((start, index) => `${numbers[start]}-${numbers[(starts[index + 1] ?? numbers.length) - 1]}`).join(" ");
}

/** The text of a log file; "" where it is being rotated. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

interface LogFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

/** The files of main's log. */
function files(site: Site): readonly LogFile[] {
  const directory = logsOf(site);
  const names = readdirSync(directory).filter((name) => name.startsWith("main.log"));
  return names.map((name) => ({ name, path: join(directory, name), size: statSync(join(directory, name)).size }));
}

function logsOf({ rig }: Site): string {
  return join(rig.stateDir, "state", rig.project, "logs/web");
}

/** What keeps main's log. */
function writerOf(site: Site): number {
  const [pid] = waiting(site).filter((one) => readProc(`/proc/${one}/cmdline`).includes("/log-writer.pl\0"));
  if (pid === undefined) throw new Error("nothing keeps the log");
  return pid;
}

function peakKilobytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readProc(`/proc/${pid}/status`))?.[1]);
}
