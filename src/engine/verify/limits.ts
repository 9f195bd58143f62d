import type { InsideProcess, Isolation, ObservedLimits } from "../../model/isolation.ts";
import type { Check } from "./check.ts";
import { fail, listed, none, pass, reported, skip } from "./check.ts";
import { keeperOf } from "./processes.ts";

/** What keeps it from taking the whole host, and what it is called. */
export const limitChecks: readonly Check[] = [
  {
    id: "limits/own-group",
    title: "it has control groups of its own",
    rule: "H1",
    judge: ({ cgroups }) => {
      if (cgroups.length === 0) return skip("no control groups on this host");
      const shared = cgroups.filter((group) => group.path === "/" || group.strangers.length > 0);
      return none(
        shared.map((group) =>
          group.path === "/"
            ? `${group.hierarchy}: the root group`
            : `${group.hierarchy}: ${group.path} is shared with pid ${listed(group.strangers.map(String))}`,
        ),
        {
          evidence: listed(cgroups.map((group) => `${group.hierarchy}:${group.path}`)),
          hint: "join a group of its own before the namespaces are made",
        },
      );
    },
  },
  {
    id: "limits/all-in-group",
    title: "and every process inside is in them",
    rule: "S42",
    judge: ({ cgroups, processes }, { mounts }) => {
      if (mounts === null) return skip("no manifest says which groups are its own");
      const away = processes.flatMap((process) =>
        cgroups.flatMap(({ hierarchy, path }) => {
          // The keeper has a group of its own below the environment's.
          const own = path.replace(/\/keeper$/, "");
          const found = process.cgroups[hierarchy] ?? "";
          return found === own || found.startsWith(`${own}/`) ? [] : [`${process.comm} (pid ${process.pid}): ${hierarchy}:${found}`];
        }),
      );
      return none(away, {
        evidence: `processes looked at: ${processes.length}`,
        hint: "write the pid to cgroup.procs of each hierarchy before it enters",
      });
    },
  },
  limit("pids", "S42", "the number of its processes is limited"),
  limit("memory", "H1", "its memory is limited"),
  limit("cpus", "H1", "its processors are limited"),
  {
    id: "limits/core",
    title: "it leaves no core files on the host",
    rule: "S42",
    judge: (seen, { coreLimit }) => {
      const within = (value: number) => coreLimit === -1 || (value !== -1 && value <= coreLimit);
      const over = limited(seen).filter((process) => !within(process.coreLimit.soft) || !within(process.coreLimit.hard));
      return none(
        over.map(
          (process) => `${process.comm} (pid ${process.pid}): ${amount(process.coreLimit.soft)} (hard ${amount(process.coreLimit.hard)})`,
        ),
        {
          evidence: `Max core file size within ${amount(coreLimit)}`,
          hint: `set both limits to ${coreLimit} before anything of the root runs (prlimit --core)`,
        },
      );
    },
  },
  {
    id: "limits/entered-core",
    title: "nor does what enters",
    rule: "S42",
    judge: (seen, { coreLimit, mounts }) =>
      mounts === null
        ? skip("what enters by other tools has the limits of its caller")
        : reported(seen, "limits", (text) => {
            const [, soft = "", hard = ""] = /^Max core file size\s+(\S+)\s+(\S+)/m.exec(text) ?? [];
            const over = [soft, hard].some((value) => coreLimit !== -1 && (value === "unlimited" || Number(value) > coreLimit));
            return none(over ? [`Max core file size ${soft} (hard ${hard})`] : [], {
              evidence: `Max core file size ${soft} (hard ${hard})`,
              hint: "set both limits when entering",
            });
          }),
  },
  {
    id: "limits/out-of-memory",
    title: "it goes first when memory runs out",
    rule: "S42",
    judge: (seen, claim) => {
      const first = limited(seen).filter((process) => process.oomScoreAdj < claim.oomScoreAdj);
      const entered = Number(seen.attempts.find((attempt) => attempt.probe === "oom_score_adj")?.detail ?? Number.NaN);
      const strays = claim.mounts !== null && !(entered >= claim.oomScoreAdj) ? [`what enters has oom_score_adj ${entered}`] : [];
      return none([...first.map((process) => `${process.comm} (pid ${process.pid}) has oom_score_adj ${process.oomScoreAdj}`), ...strays], {
        evidence: `oom_score_adj ${claim.oomScoreAdj} or more`,
        hint: `write ${claim.oomScoreAdj} to /proc/PID/oom_score_adj before it enters`,
      });
    },
  },
  {
    id: "limits/group-hidden",
    title: "where its control group lies on the host cannot be seen",
    rule: "S30",
    judge: (seen, { namespaces }) =>
      namespaces.cgroup === "host"
        ? skip("the manifest shares the host's cgroup namespace")
        : reported(seen, "cgroup", (text) => {
            const outside = seen.namespaces.cgroup.inside === seen.namespaces.cgroup.host;
            const paths = text.split("\n").filter((line) => line !== "" && !line.endsWith(":/"));
            return outside
              ? fail(
                  `/proc/self/cgroup inside shows the host's paths: ${listed(paths) || "/"}`,
                  "unshare the cgroup namespace after joining the group",
                )
              : pass(listed(paths) || "all paths are /");
          }),
  },
  {
    id: "limits/hostname",
    title: "it has a host name of its own",
    rule: "tutorial",
    judge: (seen, claim) =>
      reported(seen, "hostname", (name) => {
        if (claim.hostname !== null && name !== claim.hostname)
          return fail(`it is called ${name}, wanted ${claim.hostname}`, "run `cloister apply`");
        if (claim.namespaces.uts === "host") return skip("the manifest shares the host's uts namespace");
        return name === seen.host.hostname && claim.hostname === null
          ? fail(`it is called ${name}, as the host`, "set a host name inside")
          : pass(`${name}; the host is ${seen.host.hostname}`);
      }),
  },
];

function limit(name: keyof ObservedLimits, rule: string, title: string): Check {
  return {
    id: `limits/${name}`,
    title,
    rule,
    judge: ({ limits: have }, { limits: want }) => {
      const [asked, found] = [want[name], have[name]];
      if (asked === null) return skip(found === null ? "none was asked for" : `none was asked for; ${found} holds from above`);
      if (found === null) return fail(`no limit in its group or above, wanted ${asked}`, "set it in a control group of its own");
      return found <= asked ? pass(`${found} in force`) : fail(`${found} in force, wanted ${asked}`, "run `cloister apply`");
    },
  };
}

/** All but a reaper that can do nothing: it leaves no core, and goes with the environment anyway. */
function limited(seen: Isolation): readonly InsideProcess[] {
  const keeper = keeperOf(seen);
  const idle = keeper !== null && Object.values(keeper.capabilities).every((set) => set.length === 0);
  return seen.processes.filter((process) => !(idle && process === keeper));
}

function amount(value: number): string {
  return value === -1 ? "unlimited" : String(value);
}
