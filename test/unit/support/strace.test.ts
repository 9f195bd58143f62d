import { test } from "uvu";
import * as assert from "uvu/assert";
import { mutates } from "../../support/strace.ts";

const changes = [
  'mount("proc", "/proc", "proc", 0, NULL) = 0',
  'openat(AT_FDCWD, "/etc/passwd", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3',
  'openat(AT_FDCWD, "/sys/fs/cgroup/x/cgroup.procs", O_RDWR) = -1 EACCES (Permission denied)',
  'mkdir("/run/cloister", 0700) = -1 EEXIST (File exists)',
  "unshare(CLONE_NEWNS) = 0",
  "clone(child_stack=NULL, flags=CLONE_NEWUSER|SIGCHLD) = 7",
  "kill(17, SIGTERM) = 0",
  'renameat2(AT_FDCWD, "a", AT_FDCWD, "b", 0) = 0',
];

const looks = [
  'openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3',
  'openat(AT_FDCWD, "/dev/null", O_RDWR) = 3',
  "clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FS|CLONE_FILES) = 8",
  "kill(17, 0) = 0",
  'execve("/bin/true", ["true"], 0x7ffd /* 3 vars */) = 0',
];

for (const call of changes) test(`changes something: ${call}`, () => assert.ok(mutates(call)));
for (const call of looks) test(`only looks: ${call}`, () => assert.not(mutates(call)));

test.run();
