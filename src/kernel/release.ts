/** Whether a kernel of this release (`6.18.4-amd64`, as in /proc/sys/kernel/osrelease) is this version or a later one; no for what is no release. */
export function isRelease(release: string, [major, minor]: readonly [major: number, minor: number]): boolean {
  const [, ownMajor, ownMinor] = /^(\d+)\.(\d+)/.exec(release)?.map(Number) ?? [];
  if (ownMajor === undefined || ownMinor === undefined) return false;
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
