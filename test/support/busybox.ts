import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Directories of a root; `/tmp` is the only one that everybody may write. */
const directories = [
  "bin",
  "dev",
  "etc",
  "home",
  "mnt",
  "proc",
  "root",
  "run",
  "srv",
  "sys",
  "tmp",
  "usr",
  "usr/bin",
  "usr/sbin",
  "var",
  "var/tmp",
];

const passwd = [
  "root:x:0:0:root:/root:/bin/sh",
  "daemon:x:1:1:daemon:/usr/sbin:/bin/false",
  "www-data:x:33:33:www-data:/var/www:/bin/false",
  "user:x:1000:1000:user:/home:/bin/sh",
];
const group = ["root:x:0:", "daemon:x:1:", "adm:x:4:user", "www-data:x:33:", "user:x:1000:"];

/**
 * Makes a root of about 2 MB at `directory` (which must not be there): busybox with a link for each of its commands, users and the
 * empty directories that mounts need. Takes about 20 ms. `program`: a busybox with the same commands, of another architecture.
 */
export function busyboxRoot(directory: string, program = "/bin/busybox"): string {
  mkdirSync(directory, { mode: 0o755 });
  for (const name of directories) mkdirSync(join(directory, name), { mode: 0o755 });
  for (const name of ["tmp", "var/tmp"]) chmodSync(join(directory, name), 0o1777);
  const busybox = join(directory, "bin/busybox");
  copyFileSync(program, busybox);
  chmodSync(busybox, 0o755);
  const applets = execFileSync("/bin/busybox", ["--list"], { encoding: "utf8" }).split("\n");
  for (const applet of applets) if (applet !== "" && applet !== "busybox") linkSync(busybox, join(directory, "bin", applet));
  symlinkSync("../../bin/env", join(directory, "usr/bin/env"));
  writeFileSync(join(directory, "etc/passwd"), `${passwd.join("\n")}\n`);
  writeFileSync(join(directory, "etc/group"), `${group.join("\n")}\n`);
  return directory;
}

/** The same root as an uncompressed tar at `file`; its members are named `./bin/sh`. */
export function busyboxTar(file: string): string {
  const directory = busyboxRoot(`${file}.tree`);
  tarOf(directory, file);
  execFileSync("rm", ["-rf", "--one-file-system", directory]);
  return file;
}

/** A directory as an uncompressed tar at `file`, the same each time. */
export function tarOf(directory: string, file: string): void {
  execFileSync("tar", ["--create", "--file", file, "--directory", directory, "--sort=name", "--mtime=@0", "--numeric-owner", "."]);
}
