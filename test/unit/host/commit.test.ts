import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { commitOf } from "../../../src/host/commit.ts";
import { withDirectory } from "../../support/directory.ts";

test("the commit is what git says: on a branch, packed, detached, in a worktree, below the top", () =>
  withDirectory((directory) => {
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd: directory, encoding: "utf8" }).trim();
    git("init", "--quiet", "--initial-branch", "main");
    assert.is(commitOf(directory), null, "nothing was committed yet");
    git("commit", "--quiet", "--allow-empty", "--message", "one");
    const first = git("rev-parse", "HEAD");
    mkdirSync(join(directory, "a/b"), { recursive: true });
    assert.is(commitOf(join(directory, "a/b")), first);
    git("pack-refs", "--all");
    assert.is(commitOf(directory), first);
    git("commit", "--quiet", "--allow-empty", "--message", "two");
    git("checkout", "--quiet", "--detach", first);
    assert.is(commitOf(directory), first);
    git("worktree", "add", "--quiet", "tree", "main");
    assert.is(commitOf(join(directory, "tree")), git("rev-parse", "main"));
  }));

test("what is no repository, or a broken one, has no commit", () =>
  withDirectory((directory) => {
    assert.is(commitOf(directory), null);
    mkdirSync(join(directory, ".git"));
    execFileSync("mkfifo", [join(directory, ".git/HEAD")]);
    assert.is(commitOf(directory), null);
    rmSync(join(directory, ".git/HEAD"));
    for (const head of ["", "ref: refs/heads/none", "ref: refs/../../etc/passwd", "ref: ref: x", "0123"]) {
      writeFileSync(join(directory, ".git/HEAD"), `${head}\n`);
      assert.is(commitOf(directory), null, head);
    }
  }));

test.run();
