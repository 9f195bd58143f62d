import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { shellWord } from "../../../src/model/shell.ts";
import { neededFunctions, shellFunctions } from "../../../src/plan/script/functions.ts";
import { assignments, call, command, comment } from "../../../src/plan/script/words.ts";
import { needs } from "../../support/needs.ts";

const hostile: readonly string[] = [
  ...["'; touch /pwned; '", "$(touch /pwned)", "`touch /pwned`", "a\\", "\\", "'\\'", "a'\\", "\\'", "\\\\", "'$'", "'\\\n'", "C:\\x\\"],
  ...["~/x", "~", "a\nb", "\n", "trailing\n", "\r\n", "\t", "\u001b[31m", "\u202eabc", "\u200b", "\u0085", "\u2028", "\u007f"],
  ...["“q”", "‘q’ ’", "\u00a0", "é", "日本", "—", "″", "$HOME", "${x", "$", "$'x'", "$((1+2))", "$!", "$@", "%s %n", "-n", "--"],
  ...["*", "?", "[a]", "{a,b}", "#x", "# shellcheck disable=all", "!", "!!", "a=b", "=", "==", "a|b", "&&", "<x>", '"', '"$x"', "", " "],
  ...["if", "then", "done", "in", "(", ")", "a;b", "a\\\nb", "[ x = y ]", "cd .."],
];
const shells = [["dash"], ["bash", "--posix"], ["busybox", "sh"]] as const;

for (const [shell, ...rest] of shells) {
  const with_ = shell === "busybox" ? needs(test, "busybox") : test;
  with_(`${shell}: a word is the text that it was, as an argument, as a variable and beside a reference`, () => {
    const beside = { of: "web.namespaces", name: "pid" } as const;
    const lines = hostile.flatMap((text) => [
      call("printf", "%s\\0", text),
      command(...assignments({ DATA: text }), "sh", "-c", `'printf "%s\\0" "$DATA"'`),
      call("printf", "%s\\0", [text, beside, text]),
    ]);
    const script = ["web_pid=12", ...lines].join("\n");
    assert.not.match(script, /[^\P{C}\n]/u);
    const { stdout, stderr } = spawnSync(shell, [...rest, "-c", script], { encoding: "utf8" });
    assert.is(stderr, "");
    assert.equal(
      stdout.split("\0").slice(0, -1),
      hostile.flatMap((text) => [text, text, `${text}12${text}`]),
    );
  });
}

needs(test, "shellcheck")("shellcheck takes no text for a slip", () => {
  const script = hostile.map((text) => `${call("printf", "%s", text)}\n${command(...assignments({ DATA: text }), "env")}`).join("\n");
  const { stdout } = spawnSync("shellcheck", ["-s", "sh", "-"], { input: `#!/bin/sh\n${script}\n`, encoding: "utf8" });
  assert.is(stdout, "");
});

test("a plain quoting is caught: in double quotes a text is no text", () => {
  const { stdout } = spawnSync("dash", ["-c", `printf %s "$(echo pwned)"`], { encoding: "utf8" });
  assert.is(stdout, "pwned");
  assert.is(shellWord("$(echo pwned)"), "'$(echo pwned)'");
});

test("a comment is one line, whatever it tells", () => {
  assert.is(comment("a\ntouch /pwned\r\u001b[2J"), "# a\\ntouch /pwned\\r\\x1b[2J");
});

test("a name that is no variable's is refused", () => {
  assert.throws(() => assignments({ "A;touch /pwned": "" }), /is no name of a variable/);
});

test("long commands are cut between words, and mean the same", () => {
  const words = Array.from({ length: 60 }, (_, index) => `word-${index} 'x'`);
  const text = call("printf", "%s|", ...words);
  assert.ok(text.split("\n").length > 5);
  assert.is(spawnSync("dash", ["-c", text], { encoding: "utf8" }).stdout, words.map((word) => `${word}|`).join(""));
});

test("a script has the functions that it calls, with those that these call, and no others", () => {
  const all = ["fail", "shown", "start_of", "alive", "ended", "thaw", "end_process", "write_kernel"];
  assert.equal(neededFunctions("end_process 1 2 TERM 3"), all);
  assert.equal(neededFunctions("at='directory'\nrm -f -- /directory"), []);
  assert.ok(Object.entries(shellFunctions).every(([name, text]) => text.includes(`${name}() `)));
});

test.run();
