import type { Environment } from "../model/environment.ts";
import type { ManagedFile } from "../model/managed-file.ts";
import type { Difference } from "../model/resource.ts";
import type { FileSeen } from "./file-seen.ts";
import type { FileWant } from "./managed-file.ts";
import { managedFiles } from "./managed-file.ts";

const resolverFile = "/etc/resolv.conf";

/** /etc/resolv.conf, where it is to be the host's or names servers of its own. */
export const dns = managedFiles({
  name: "dns",
  path: () => "dns",
  declared: resolverOf,
  contents: (want, have) => byServers(want, have),
  describe: ({ file }) => serversIn(file.content ?? "") || "no name servers",
  // Many roots have a link there, to what systemd-resolved would write.
  overLink: true,
});

function resolverOf({ dns: wanted }: Environment): Readonly<Record<string, ManagedFile>> {
  if (wanted === "none") return {};
  const content = "host" in wanted ? wanted.host : wanted.map((server) => `nameserver ${server}\n`).join("");
  return { [resolverFile]: { content, uid: 0, gid: 0, mode: "0644" } };
}

function serversIn(text: string): string {
  return [...text.matchAll(/^nameserver[ \t]+(\S+)/gm)].map(([, server]) => server).join(" ");
}

function byServers({ file: { content = "" } }: FileWant, { text, line: evidence }: FileSeen): readonly Difference[] {
  const [want, have] = [serversIn(content), serversIn(text ?? "")];
  if (want !== have) return [{ field: "", want: want || "no name servers", have: have || "no name servers", evidence }];
  return [{ field: "", want: `nothing but what dns says (${want || "no name servers"})`, have: `other text in ${resolverFile}`, evidence }];
}
