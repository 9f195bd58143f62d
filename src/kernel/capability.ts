/** The capabilities of capabilities(7), without `CAP_`; the index is the number. */
export const capabilityNames = [
  "CHOWN",
  "DAC_OVERRIDE",
  "DAC_READ_SEARCH",
  "FOWNER",
  "FSETID",
  "KILL",
  "SETGID",
  "SETUID",
  "SETPCAP",
  "LINUX_IMMUTABLE",
  "NET_BIND_SERVICE",
  "NET_BROADCAST",
  "NET_ADMIN",
  "NET_RAW",
  "IPC_LOCK",
  "IPC_OWNER",
  "SYS_MODULE",
  "SYS_RAWIO",
  "SYS_CHROOT",
  "SYS_PTRACE",
  "SYS_PACCT",
  "SYS_ADMIN",
  "SYS_BOOT",
  "SYS_NICE",
  "SYS_RESOURCE",
  "SYS_TIME",
  "SYS_TTY_CONFIG",
  "MKNOD",
  "LEASE",
  "AUDIT_WRITE",
  "AUDIT_CONTROL",
  "SETFCAP",
  "MAC_OVERRIDE",
  "MAC_ADMIN",
  "SYSLOG",
  "WAKE_ALARM",
  "BLOCK_SUSPEND",
  "AUDIT_READ",
  "PERFMON",
  "BPF",
  "CHECKPOINT_RESTORE",
] as const;

/** The numbers of the named capabilities, in order; names that the table does not have are left out. */
export function capabilityNumbers(names: readonly string[]): readonly number[] {
  const wanted = new Set(names);
  return capabilityNames.flatMap((name, number) => (wanted.has(name) ? [number] : []));
}

/** The names in a hexadecimal mask of /proc/PID/status. Numbers beyond the table are named `CAP_N`. */
export function parseCapabilityMask(mask: string): readonly string[] {
  const bits = BigInt(`0x${mask.trim()}`);
  const names: string[] = [];
  for (let number = 0; number < 64; number++) {
    if ((bits >> BigInt(number)) & 1n) names.push(capabilityNames[number] ?? `CAP_${number}`);
  }
  return names;
}
