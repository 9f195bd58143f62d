import { readProc } from "./proc-reader.ts";

/** The versions of those Debian packages that are installed, from dpkg's own file: asking dpkg-query would be one more process. */
export function packageVersions(names: readonly string[]): ReadonlyMap<string, string> {
  const status = `\n\n${readProc("/var/lib/dpkg/status")}`;
  const versions = new Map<string, string>();
  for (const name of names) {
    const start = status.indexOf(`\n\nPackage: ${name}\n`);
    const stanza = start === -1 ? "" : status.slice(start + 2, status.indexOf("\n\n", start + 2));
    const version = /^Status: .* installed$/m.test(stanza) ? /^Version: (\S+)$/m.exec(stanza)?.[1] : undefined;
    if (version !== undefined) versions.set(name, version);
  }
  return versions;
}
