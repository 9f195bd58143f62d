import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startEntering } from "../../../src/host/enter-process.ts";
import { withDirectory } from "../../support/directory.ts";

const request = { command: ["perl", "shim.pl", "x64", "enter", "pid=1", "--", "true"], environment: { CLOISTER_SET_A: "1" } };

/** A pipe of which both ends are open: where it is read, and where it is written. */
function pipe(): { readonly reader: number; readonly writer: number } {
  const ends = { reader: -1, writer: -1 };
  withDirectory((directory) => {
    const path = join(directory, "pipe");
    execFileSync("mkfifo", [path]);
    ends.reader = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    ends.writer = fs.openSync(path, fs.constants.O_WRONLY);
  });
  return ends;
}

function run(writer: number): Promise<number> {
  process.env.CLOISTER_ENTERING = String(writer);
  return startEntering({ shim: "shim.pl", architecture: "x64" }).run(request);
}

test("who waits for it is told what to run", async () => {
  const { reader, writer } = pipe();
  assert.is(await run(writer), 0);
  assert.is(fs.readFileSync(reader, "latin1"), "set=A=1\0pid=1\0--\0true\0end");
  fs.closeSync(reader);
});

test("where who waits was killed nothing is said", async () => {
  const { reader, writer } = pipe();
  fs.closeSync(reader);
  assert.is(await run(writer), 137);
  fs.closeSync(writer);
});

test.run();
