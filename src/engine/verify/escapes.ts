import type { Isolation } from "../../model/isolation.ts";
import type { Check, Verdict } from "./check.ts";
import { attempts, fail, none, pass, refused } from "./check.ts";

const hint = "pivot_root into the root and detach the old one: what is not in the mount namespace cannot be reached";

/** Ways out of the root that are tried, and what is found behind them. */
export const escapeChecks: readonly Check[] = [
  { id: "escapes/chroot", title: "a second chroot leads nowhere", rule: "S01", judge: (seen) => judgeEscape(seen, "escape-chroot") },
  {
    id: "escapes/setns",
    title: "joining its own mount namespace anew leads nowhere",
    rule: "S01",
    judge: (seen) => judgeEscape(seen, "escape-setns"),
  },
  {
    id: "escapes/handle",
    title: "files of the host cannot be opened by number",
    rule: "S01",
    judge: (seen) => refused(seen, "escape-handle", "do not give DAC_READ_SEARCH over the host"),
  },
  {
    id: "escapes/read",
    title: "a private file of the host cannot be read",
    rule: "S44",
    judge: (seen) => judgeFile(seen, "read"),
  },
  {
    id: "escapes/write",
    title: "a private file of the host cannot be written",
    rule: "S44",
    judge: (seen) => judgeFile(seen, "write"),
  },
];

const ways = ["root", "escape-chroot", "escape-setns"];

function judgeEscape(seen: Isolation, probe: string): Verdict {
  const [tried] = attempts(seen, probe);
  if (tried === undefined || tried.outcome === "KILLED") return fail("the probe did not report", "run verify again");
  if (tried.outcome !== "") return pass(tried.outcome);
  const [root] = attempts(seen, "root");
  const place = tried.detail.split(" ")[0];
  if (place === seen.roots.host) return fail(`reached the host's / (device:inode ${place})`, hint);
  return place === root?.detail.split(" ")[0]
    ? pass(`ends in its own root (device:inode ${place})`)
    : fail(`reached another root (device:inode ${place})`, hint);
}

function judgeFile(seen: Isolation, word: "read" | "write"): Verdict {
  const tried = ways.flatMap((way) => attempts(seen, way));
  if (tried.length === 0) return fail("the probe did not report", "run verify again");
  const open = tried.filter((attempt) => attempt.detail.split(" ").slice(1).includes(word));
  return none(
    open.map((attempt) => `/etc/shadow of the host opens, by ${attempt.probe}`),
    { evidence: "/etc/shadow of the host was looked for in its root and behind each way out", hint },
  );
}
