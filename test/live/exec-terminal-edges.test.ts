import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { eachWay } from "../support/noted-exec.ts";

const live = needs(test, "root", "busybox", "catatonit");

eachWay(live, "our terminal is raw while the command runs, and as it was before at each end", async ({ started }) => {
  const words = ["exec", "--detach-keys", "ctrl-x", "web", "--", "sh", "-c", 'trap "exit 6" TERM; echo ready; sleep 100 & wait'];
  for (const end of ["SIGTERM", "detach keys"]) {
    const kept = ["sh", "-c", 'stty iutf8; before=$(stty -g); "$@"; echo "code $?"; test "$before" = "$(stty -g)" && echo restored', "sh"];
    const terminal = started(words, kept);
    const [, caller = "", shell = ""] = await terminal.shows(/^TTY (\S+) PID (\d+)/m);
    await terminal.shows(/^ready\r$/m);
    const fields = execFileSync("stty", ["-F", caller, "-g"], { encoding: "utf8" }).split(":");
    const [input, output = 1, , local = 1] = fields.map((field) => Number.parseInt(field, 16));
    // No OPOST; none of ISIG, ICANON, XCASE, ECHO, IEXTEN.
    assert.equal([input, output & 1, local & 0x800f], [0, 0, 0]);
    if (end === "SIGTERM") process.kill(Number(readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8")), end);
    else terminal.type("\u0018");
    await terminal.shows(/^code (?:6|0)\r$/m);
    await terminal.shows(/^restored\r$/m);
    await terminal.end();
  }
});

eachWay(live, "an error before the command is there leaves our terminal as it was", async ({ started }) => {
  const kept = ["sh", "-c", 'before=$(stty -g); "$@"; echo "code $?"; test "$before" = "$(stty -g)" && echo restored', "sh"];
  for (const [flags, command, code] of [
    [["-u", "nobody-there"], "true", 125],
    [[], "no-such-command", 127],
    [[], "/etc", 126],
  ] as const) {
    const terminal = started(["exec", ...flags, "web", "--", command], kept);
    await terminal.shows(new RegExp(`^code ${code}\r$`, "m"));
    await terminal.shows(/^restored\r$/m);
    await terminal.end();
  }
});

eachWay(live, "the first of the detach keys is the command's where another follows, or nothing does", async ({ started }) => {
  const script = "stty raw -echo; echo re''ady; head -c 4 | od -An -tx1; exit 4";
  const terminal = started(["exec", "--detach-keys", "ctrl-x,x", "web", "--", "sh", "-c", script]);
  await terminal.shows(/^ready/m);
  terminal.type("\u0018y\u0018\u0018");
  await terminal.shows(/18 79 18 18/);
  assert.is(await terminal.end(), 4);
});

test.run();
