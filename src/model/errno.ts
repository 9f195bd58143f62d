/** What to do about what the kernel refuses, by its name for that. */
const remedies: Readonly<Record<string, string>> = {
  EAGAIN: "no more processes may be started here: see the limit of the control group (pids.max) and ulimit -u",
  EDQUOT: "the quota is used up: free some space there, or name another place with --state-dir or --data-dir",
  EIO: "the disk or the file system has a fault: see dmesg",
  EMFILE: "too many files are open: raise ulimit -n",
  ENFILE: "too many files are open on this machine: see fs.file-max",
  ENOMEM: "there is no memory left",
  ENOSPC: "free some space there, or name another place with --state-dir or --data-dir",
  EROFS: "make that place writable, or name another one with --state-dir or --data-dir",
};

/** The kernel's name for why it refused a call (`ENOENT`), as Node throws it; "" for any other error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** A system call that the kernel refused, as Node throws it; null for any other error. */
export function refusedCall(error: unknown): { readonly message: string; readonly hint: string | null } | null {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return null;
  return { message: error.message, hint: remedies[String(error.code)] ?? null };
}
