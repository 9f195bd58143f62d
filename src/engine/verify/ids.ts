import type { IdMapping } from "../../model/environment.ts";
import type { Check } from "./check.ts";
import { fail, none, pass, reported, skip, unlessHostUsers } from "./check.ts";

// Below it stand the accounts of a host (0-65535, nobody included).
const firstUnprivileged = 65_536;
const wholeRange = 65_536;
const remedy = "give it an id range of its own (`users: auto`), high above the accounts of the host";

/** Ids: root inside is nobody outside. Not judged where the manifest says `users: {mode: host}`. */
export const idChecks: readonly Check[] = [
  nobody("root-is-nobody", { title: "root inside is nobody outside", field: "Uid" }),
  nobody("root-group-is-nobody", { title: "group root inside is nobody's group outside", field: "Gid" }),
  {
    id: "ids/range",
    title: "it has a whole range of users and groups",
    rule: "S02",
    judge: unlessHostUsers(({ uidMap, gidMap }, { users }) => {
      if (users === "map") return skip(`the manifest maps ids by itself: ${mapText(uidMap)}`);
      const shown = `uid_map ${mapText(uidMap)}, gid_map ${mapText(gidMap)}`;
      const whole = [uidMap, gidMap].every((map) => map.reduce((sum, line) => sum + line.count, 0) >= wholeRange);
      return whole ? pass(shown) : fail(shown, `map ${wholeRange} ids: with fewer, packages and services cannot have users of their own`);
    }),
  },
  {
    id: "ids/not-the-hosts",
    title: "no id inside is an account of the host",
    rule: "S03",
    judge: unlessHostUsers(({ uidMap, gidMap }, { users }) => {
      const low = [...uidMap, ...gidMap].filter((line) => line.outside < firstUnprivileged);
      if (users === "map" && low.every((line) => line.outside > 0)) return skip(`the manifest maps ids by itself: ${mapText(uidMap)}`);
      return none(
        low.map((line) => `${line.inside} inside is ${line.outside} on the host (${line.count})`),
        { evidence: `the lowest id on the host is ${Math.min(...[...uidMap, ...gidMap].map((line) => line.outside))}`, hint: remedy },
      );
    }),
  },
  {
    id: "ids/not-anothers",
    title: "no other environment has the same ids",
    rule: "S03",
    judge: unlessHostUsers(({ uidMap, otherMaps }) => {
      const same = otherMaps.filter((other) => other.uidMap.some((theirs) => uidMap.some((ours) => overlap(ours, theirs))));
      return none(
        same.map((other) => `process ${other.pid} has uid_map ${mapText(other.uidMap)}`),
        {
          evidence: `compared with ${otherMaps.length} other user namespaces`,
          hint: "recreate one of the two: a range belongs to one environment",
        },
      );
    }),
  },
  {
    id: "ids/setgroups",
    title: "groups of the host can be neither taken nor dropped",
    rule: "S02",
    judge: unlessHostUsers(({ setgroups, gidMap }) => {
      if (setgroups === "deny") return pass("setgroups: deny");
      const foreign = gidMap.some((line) => line.outside < firstUnprivileged);
      return foreign
        ? fail(`setgroups: ${setgroups}, with groups of the host mapped`, remedy)
        : pass("setgroups: allow, and no group of the host is mapped");
    }),
  },
  {
    id: "ids/processes",
    title: "no process inside runs with an id of the host",
    rule: "S11",
    judge: unlessHostUsers(({ processes }) => {
      const foreign = processes.filter((process) => process.uids.some((uid) => uid < firstUnprivileged));
      return none(
        foreign.map((process) => `${process.comm} (pid ${process.pid}) runs as uid ${process.uids.join("/")}`),
        { evidence: `processes looked at: ${processes.length}`, hint: remedy },
      );
    }),
  },
];

/** By the line of /proc/PID/status of a process that entered as root. */
function nobody(id: string, { title, field }: { readonly title: string; readonly field: "Uid" | "Gid" }): Check {
  return {
    id: `ids/${id}`,
    title,
    rule: "S02",
    judge: unlessHostUsers((seen) =>
      reported(seen, "entered", (status) => {
        const outside = Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? "0");
        const who = field.toLowerCase();
        const shown = `a process that is ${who} 0 inside is ${who} ${outside} on the host`;
        return outside >= firstUnprivileged ? pass(shown) : fail(shown, remedy);
      }),
    ),
  };
}

function mapText(map: readonly IdMapping[]): string {
  return map.length === 0 ? "(empty)" : map.map((line) => `${line.inside} ${line.outside} ${line.count}`).join("; ");
}

function overlap(a: IdMapping, b: IdMapping): boolean {
  return a.outside < b.outside + b.count && b.outside < a.outside + a.count;
}
