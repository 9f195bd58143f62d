import type { NamespaceKind } from "../../model/environment.ts";
import { namespaceKinds } from "../../model/environment.ts";
import type { Isolation, IsolationClaim } from "../../model/isolation.ts";
import type { Check, Verdict } from "./check.ts";
import { fail, pass, skip } from "./check.ts";

const titles: Readonly<Record<NamespaceKind, string>> = {
  mount: "mounts are its own",
  uts: "host name is its own to set",
  ipc: "shared memory and message queues are its own",
  net: "network stack is its own",
  pid: "process numbers are its own",
  user: "users are its own",
  cgroup: "control groups are seen from its own root",
  time: "clocks are its own",
};

const rules: Readonly<Record<NamespaceKind, string>> = {
  mount: "S01",
  uts: "tutorial",
  ipc: "tutorial",
  net: "tutorial",
  pid: "tutorial",
  user: "S02",
  cgroup: "S30",
  time: "tutorial",
};

/** One namespace of each kind, other than the host's, where the manifest does not say otherwise. */
export const namespaceChecks: readonly Check[] = [
  ...namespaceKinds.map((kind) => ({
    id: `namespaces/${kind}`,
    title: titles[kind],
    rule: rules[kind],
    judge: (seen: Isolation, claim: IsolationClaim) => judgeNamespace(kind, seen, claim),
  })),
  {
    id: "namespaces/time-offsets",
    title: "clocks are shifted as declared",
    rule: "tutorial",
    judge: ({ timeOffsets: have }, { namespaces, timeOffsets: want }) => {
      if (namespaces.time !== "private") return skip("no time offsets were asked for");
      const shown = `monotonic ${have.monotonic} s, boottime ${have.boottime} s`;
      const same = have.monotonic === want.monotonic && have.boottime === want.boottime;
      return same
        ? pass(shown)
        : fail(
            `${shown}; wanted ${want.monotonic} s and ${want.boottime} s`,
            "recreate the environment: offsets can only be given at its start",
          );
    },
  },
];

function judgeNamespace(kind: NamespaceKind, seen: Isolation, claim: IsolationClaim): Verdict {
  const setting = claim.namespaces[kind];
  const { inside, host } = seen.namespaces[kind];
  if (setting === "host")
    return skip(kind === "time" ? "no time offsets were asked for" : `the manifest shares the host's ${kind} namespace`);
  if (inside === null) return skip(`this kernel has no ${kind} namespaces`);
  const shown = `${kind}:[${inside}], the host's is [${host ?? "?"}]`;
  if (inside === host) return fail(`${kind}:[${inside}] is the host's own`, `give it a ${kind} namespace of its own (unshare --${kind})`);
  return pass(setting === "private" ? shown : `${shown} (${setting})`);
}
