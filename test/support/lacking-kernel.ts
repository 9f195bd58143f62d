import type { RigOptions } from "./rig.ts";

/** What a kernel is to lack. */
export interface Lack {
  readonly fileSystems?: readonly string[];
  readonly loopDevices?: boolean;
}

const script = `mount -t tmpfs tmpfs /mnt
grep -vE "^(nodev)?[[:space:]]($1)\\$" /proc/filesystems >/mnt/filesystems
mount --bind /mnt/filesystems /proc/filesystems
if [ -n "$2" ]; then mount --bind /mnt/filesystems "$2"; fi
umount -l /mnt
shift 2
exec "$@"`;

/**
 * A host whose kernel lacks something: each command runs in a mount namespace where other files lie over those of the kernel that tell of file systems and give out
 * loop devices.
 */
export function lackingKernel({ fileSystems = [], loopDevices = false }: Lack): NonNullable<RigOptions["network"]> {
  const operands = [["none", ...fileSystems].join("|"), loopDevices ? "/dev/loop-control" : ""];
  return { command: (...words) => ["unshare", "--mount", "--", "sh", "-c", script, "sh", ...operands, ...words] };
}
