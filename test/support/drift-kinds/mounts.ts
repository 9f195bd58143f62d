import { closeSync, openSync } from "node:fs";
import type { DriftKind } from "./place.ts";
import { busyboxInMounts, busyboxInside, doing, fromInside, fromOutside, outside } from "./place.ts";

const mounted = (target: string, field = "") => `mounts[${JSON.stringify(target)}]${field === "" ? "" : `.${field}`}`;

/** Remounts /srv, or another one, with one flag more or less. */
function remounted(flag: string, target = "/srv"): DriftKind {
  return {
    ...{ name: `remount ${flag}`, ...fromOutside, found: [mounted(target, "options")] },
    inject: doing(({ seen }) => outside("mount", "-N", String(seen.pid), "-o", `remount,bind,${flag}`, target)),
  };
}

const readOnlySys = 'security.read_only_paths["/proc/sys"]';

/** What is done to mounts. */
export const mountKinds: readonly DriftKind[] = [
  { name: "umount", ...fromInside, found: [mounted("/cache")], inject: busyboxInside("umount", "/cache") },
  { name: "umount by the host", ...fromOutside, found: [mounted("/data")], inject: busyboxInMounts("umount", "/data") },
  {
    ...{ name: "lazy umount of a mount in use", ...fromOutside, found: [mounted("/srv")] },
    inject: (place) => {
      const held = openSync(`/proc/${place.seen.pid}/root/srv/index.html`, "r");
      busyboxInMounts("umount", "-l", "/srv")(place);
      return () => closeSync(held);
    },
  },
  ...["ro", "noexec", "suid", "dev", "noatime", "nodiratime", "nosymfollow"].map((flag) => remounted(flag)),
  remounted("rw", "/fixed"),
  {
    ...{ name: "remount ro from inside", ...fromInside, found: [mounted("/layers", "options")] },
    inject: busyboxInside("mount", "-o", "remount,bind,ro,nosuid,nodev", "/layers"),
  },
  {
    ...{ name: "a mount over a declared one", ...fromInside, found: [mounted("/srv")] },
    inject: busyboxInside("mount", "-t", "tmpfs", "tmpfs", "/srv"),
  },
  {
    ...{ name: "a mount over one of its own type", ...fromOutside, found: [mounted("/cache")] },
    inject: busyboxInMounts("mount", "-t", "tmpfs", "tmpfs", "/cache"),
  },
  {
    ...{ name: "a bind swapped for one of another source", ...fromOutside, found: [mounted("/srv")] },
    inject: doing((place) => {
      busyboxInMounts("umount", "/srv")(place);
      busyboxInMounts("mount", "-o", "bind,nosuid,nodev", "/etc", "/srv")(place);
    }),
  },
  {
    ...{ name: "an extra mount", ...fromInside, found: [mounted("/mnt")] },
    inject: busyboxInside("mount", "-t", "tmpfs", "tmpfs", "/mnt"),
  },
  { name: "an extra bind", ...fromOutside, found: [mounted("/mnt")], inject: busyboxInMounts("mount", "-o", "bind", "/srv", "/mnt") },
  {
    ...{ name: "a moved mount", ...fromOutside, found: [mounted("/cache"), mounted("/mnt")] },
    inject: busyboxInMounts("mount", "-o", "move", "/cache", "/mnt"),
  },
  {
    ...{ name: "propagation shared", ...fromOutside, found: [mounted("/cache", "propagation")] },
    inject: busyboxInMounts("mount", "--make-shared", "/cache"),
  },
  {
    ...{ name: "propagation unbindable", ...fromOutside, found: [mounted("/srv", "propagation")] },
    inject: busyboxInMounts("mount", "--make-unbindable", "/srv"),
  },
  {
    ...{ name: "propagation of the root", ...fromOutside, found: ["rootfs.propagation"] },
    inject: busyboxInMounts("mount", "--make-shared", "/"),
  },
  {
    ...{ name: "size of a tmpfs", ...fromOutside, found: [mounted("/cache", "size")] },
    inject: doing(({ seen }) => outside("mount", "-N", String(seen.pid), "-o", "remount,nosuid,nodev,size=8m", "/cache")),
  },
  {
    ...{ name: "a device node removed", ...fromInside, found: ['devices["/dev/zero"]'] },
    inject: busyboxInside("sh", "-c", "umount /dev/zero && rm /dev/zero"),
  },
  {
    ...{ name: "a device node under another", ...fromOutside, found: ['devices["/dev/zero"]'] },
    inject: busyboxInMounts("mount", "-o", "bind", "/dev/null", "/dev/zero"),
  },
  {
    ...{ name: "a device node swapped for a file", ...fromOutside, found: ['devices["/dev/zero"]', mounted("/dev/zero")] },
    inject: doing((place) => {
      busyboxInMounts("umount", "/dev/zero")(place);
      busyboxInMounts("mount", "-o", "bind", "/etc/passwd", "/dev/zero")(place);
    }),
  },
  {
    ...{ name: "a mask removed", ...fromOutside, found: ['security.masked_paths["/proc/uptime"]'] },
    inject: busyboxInMounts("umount", "/proc/uptime"),
  },
  {
    ...{ name: "a mount over a mask", ...fromInside, found: ['security.masked_paths["/sys/kernel"]'] },
    inject: busyboxInside("mount", "-t", "tmpfs", "tmpfs", "/sys/kernel"),
  },
  {
    name: "a mount over a read-only path",
    ...fromOutside,
    found: [readOnlySys],
    inject: busyboxInMounts("mount", "-t", "tmpfs", "tmpfs", "/proc/sys"),
  },
  { name: "a read-only path removed", ...fromOutside, found: [readOnlySys], inject: busyboxInMounts("umount", "/proc/sys") },
  {
    ...{ name: "a read-only path made writable", ...fromOutside, found: [readOnlySys] },
    inject: busyboxInMounts("mount", "-o", "remount,bind,rw", "/proc/sys"),
  },
];
