import * as fs from "node:fs";

/**
 * `MAJOR:MINOR` of the whole disk that a block device is (a part of), or on which the file system of a path lies. Throws where there is none: the kernel
 * throttles disks only, and overlays, network and memory have none.
 */
export function diskOf(path: string): string {
  const stat = fs.statSync(path);
  const [major, minor] = numbers(stat.isBlockDevice() ? stat.rdev : stat.dev);
  const device = `/sys/dev/block/${major}:${minor}`;
  if (!fs.existsSync(device)) throw Object.assign(new Error(`${path} lies on no disk`), { code: "no disk" });
  // A partition's directory lies in its disk's.
  return fs.existsSync(`${device}/partition`) ? fs.readFileSync(`${fs.realpathSync(device)}/../dev`, "utf8").trim() : `${major}:${minor}`;
}

/** Linux has 12 bits for the major number and 20 for the minor one, which glibc packs around each other. */
function numbers(device: number): readonly [major: number, minor: number] {
  return [(device >>> 8) & 0xfff, (device & 0xff) | ((device >>> 12) & 0xfff00)];
}
