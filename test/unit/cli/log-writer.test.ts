import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../../support/needs.ts";
import { until } from "../../support/until.ts";

const traced = needs(test, "strace");

// Whatever takes the place of something else is late.
const renames = "?rename,?renameat,?renameat2";
const late = ["strace", "-qq", "-o", "/dev/null", "-e", `trace=${renames}`, "-e", `inject=${renames}:delay_enter=300000`];

traced("what one keeps of a log while another one rotates it keeps its time", async () => {
  const directory = mkdtempSync(join(tmpdir(), "cloister-unit-"));
  try {
    const [log, times] = [join(directory, "main.log"), join(directory, "main.times")];
    const writing = (...before: readonly string[]) => {
      const [program = "", ...words] = [...before, "perl", "src/host/log-writer.pl", process.arch, log, "16", "3", times];
      return spawn(program, words, { stdio: ["pipe", "inherit", "inherit"] });
    };
    const files = () => readdirSync(directory).filter((name) => name.startsWith("main.log"));
    const [first, second] = [writing(...late), writing()];
    first.stdin?.write("0123456789\n");
    await until("the first line", () => existsSync(log) && statSync(log).size > 0);
    first.stdin?.write("abcdefghij\n");
    await until("it is being rotated", () => files().length > 1 || existsSync(`${times}.new`));
    second.stdin?.write("beside it\n");
    for (const one of [first, second]) await endOf(one);
    const starts = files().flatMap((name) => /\d{16}$/.exec(name) ?? []);
    const [last = ""] = starts.sort().slice(-1);
    const begins = [...starts.map(Number), Number(last) + statSync(`${log}.${last}`).size];
    const text = readFileSync(times, "utf8");
    assert.equal(text.match(/^\d+/gm)?.map(Number), begins, text);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

async function endOf(writer: ChildProcess): Promise<void> {
  const ended = once(writer, "exit");
  writer.stdin?.end();
  assert.equal(await ended, [0, null]);
}

test.run();
