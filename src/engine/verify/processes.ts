import type { InsideProcess, Isolation } from "../../model/isolation.ts";
import type { Check } from "./check.ts";
import { attempts, fail, listed, none, pass, refused, reported, skip, unlessHostUsers } from "./check.ts";

/** What processes inside see of others, hold open, and are. */
export const processChecks: readonly Check[] = [
  {
    id: "processes/invisible",
    title: "processes of the host cannot be seen",
    rule: "tutorial",
    judge: (seen) => {
      const [list] = attempts(seen, "processes");
      if (list === undefined) return fail("the probe did not report", "run verify again");
      if (list.outcome !== "")
        return fail("/proc inside is missing, or shows another pid namespace", "mount a new /proc after the pid namespace was entered");
      return reported(seen, "init", (comm) => pass(`/proc inside lists pids ${list.detail}; pid 1 is ${comm.trim()}`));
    },
  },
  {
    id: "processes/not-killable",
    title: "processes of the host cannot be signalled",
    rule: "tutorial",
    judge: (seen) => refused(seen, "kill", "give it a pid namespace and ids of its own"),
  },
  {
    id: "processes/wholly-inside",
    title: "every process inside is in all of its namespaces",
    rule: "S11",
    judge: ({ processes, namespaces }) => {
      const strays = processes.filter(
        (process) => process.namespaces.mount !== namespaces.mount.inside || process.namespaces.user !== namespaces.user.inside,
      );
      const foreign = strays.filter(
        (process) => process.namespaces.mount === namespaces.mount.host || process.namespaces.user === namespaces.user.host,
      );
      return none(
        foreign.map((process) => `${name(process)} is in the host's mount or user namespace`),
        {
          evidence: `processes looked at: ${processes.length}`,
          hint: "enter all namespaces in one go before anything else",
        },
      );
    },
  },
  {
    id: "processes/keeper-capabilities",
    title: "the process that holds the environment has no capability",
    rule: "S11",
    judge: (seen) => {
      const keeper = keeperOf(seen);
      if (keeper === null) return skip("it has no pid 1 of its own");
      const held = [...new Set(Object.values(keeper.capabilities).flat())];
      return held.length === 0
        ? pass(`${name(keeper)}: all five sets are empty`)
        : fail(`${name(keeper)} has ${held.length}: ${listed(held)}`, "drop all capabilities before the program that is pid 1 starts");
    },
  },
  {
    id: "processes/keeper-program",
    title: "the program of pid 1 cannot be replaced from inside",
    rule: "S09",
    judge: unlessHostUsers((seen) => {
      const [tried] = attempts(seen, "init-program");
      if (tried === undefined) return fail("the probe did not report", "run verify again");
      // ETXTBSY comes after the permission was granted: once it does not run, it can be written.
      const refusal = tried.outcome !== "" && tried.outcome !== "ETXTBSY";
      const shown = `open for writing: ${tried.outcome || "allowed"} ${tried.detail}`;
      return refusal ? pass(shown) : fail(shown, "run a program of the host as pid 1, with ids that do not own it");
    }),
  },
  {
    id: "processes/keeper-memory",
    title: "nor can pid 1 be traced: its keyrings and environment are the host's",
    rule: "S31",
    judge: unlessHostUsers((seen) =>
      refused(seen, "trace-init", "run a program as pid 1 that its user cannot read (mode 0711): then it is undumpable"),
    ),
  },
  {
    id: "processes/entering-memory",
    title: "a process that enters cannot be traced from inside",
    rule: "S09",
    judge: (seen) => refused(seen, "trace-entering", "make it undumpable (PR_SET_DUMPABLE) before it enters"),
  },
  {
    id: "processes/entering-program",
    title: "the program of a process that enters cannot be reached",
    rule: "S09",
    judge: (seen) => refused(seen, "entering-program", "make it undumpable (PR_SET_DUMPABLE) before it enters"),
  },
  {
    id: "processes/no-doors",
    title: "no process holds a directory outside of its root",
    rule: "S10",
    judge: (seen) => {
      const doors = attempts(seen, "door").map((attempt) => attempt.detail);
      return reported(seen, "doors", (count) =>
        none(doors, {
          evidence: `${count} roots, working and open directories can be looked at from inside; all lie inside`,
          hint: "close every descriptor but 0, 1 and 2, and change to / before entering",
        }),
      );
    },
  },
  {
    id: "processes/descriptors",
    title: "no process holds a file that was opened outside",
    rule: "S10",
    judge: ({ processes, mounts }) => {
      const own = new Set(mounts.map((mount) => mount.id));
      const leaked = processes.flatMap((process) =>
        process.descriptors
          .filter((one) => one.link.startsWith("/") && !one.isNull && one.mount !== null && !own.has(one.mount) && !ownPipe(one.link))
          .map((one) => `${name(process)} has ${one.link} as ${one.number}`),
      );
      const count = processes.reduce((sum, process) => sum + process.descriptors.length, 0);
      return none(leaked, {
        evidence: `${count} descriptors: pipes, sockets, /dev/null and files of its own mounts`,
        hint: "close or replace every descriptor before entering",
      });
    },
  },
  {
    id: "processes/entered-descriptors",
    title: "a process that enters brings no descriptor but 0, 1 and 2",
    rule: "S10",
    judge: (seen) =>
      reported(seen, "descriptors", (text) => {
        const lines = text.split("\n");
        const more = lines.filter((line) => Number(line.split(" ")[0]) > 2 || / \/(?!dev\/null)/.test(line));
        return none(more, { evidence: listed(lines), hint: "close_range(3, ~0) before entering" });
      }),
  },
  {
    id: "processes/no-terminal",
    title: "no process has a terminal of the host",
    rule: "S12",
    judge: ({ processes, mounts }) => {
      const own = new Set(mounts.map((mount) => mount.id));
      // The number of a terminal does not say whose /dev/pts it is of; a descriptor's mount does.
      const holders = processes.filter(
        (process) => process.tty !== 0 && !process.descriptors.some((one) => one.link.startsWith("/dev/pts/") && own.has(one.mount ?? 0)),
      );
      return none(
        holders.map((process) => `${name(process)} is controlled by terminal ${process.tty >> 8}:${process.tty & 0xff}`),
        { evidence: "no process inside is controlled by one", hint: "start it with setsid and without the caller's terminal" },
      );
    },
  },
  {
    id: "processes/terminal-closed",
    title: "no terminal of the host can be opened or typed into",
    rule: "S12",
    judge: (seen) => {
      const reached = attempts(seen, "terminal").filter((attempt) => attempt.outcome === "");
      return reported(seen, "doors", () =>
        none(
          reached.map((attempt) => attempt.detail),
          {
            evidence: "no descriptor inside leads to one",
            hint: "give it /dev/null or a pipe as 0, 1 and 2, or a terminal of its own (script -qec)",
          },
        ),
      );
    },
  },
  {
    id: "processes/environment",
    title: "the caller's environment did not come along",
    rule: "S36",
    judge: (seen) => {
      const keeper = keeperOf(seen);
      if (keeper === null) return skip("it has no pid 1 of its own");
      const foreign = keeper.environment.filter((variable) => !ownVariables.has(variable) && !variable.startsWith("CLOISTER_"));
      return none(foreign.length === 0 ? [] : [`${name(keeper)} shows ${foreign.length} variables of its starter: ${listed(foreign)}`], {
        evidence: `${name(keeper)} has ${keeper.environment.length === 0 ? "none" : listed(keeper.environment)}`,
        hint: "start it with an environment of its own (env -i): secrets travel in it",
      });
    },
  },
];

/** What a starter may say of itself without telling anything. */
const ownVariables = new Set(["PATH", "PWD", "OLDPWD", "SHLVL", "_", "LC_ALL", "LANG", "TERM"]);

/** Pid 1 of the environment; null where it shares the host's pid namespace. */
export function keeperOf({ processes, namespaces }: Isolation): InsideProcess | null {
  return namespaces.pid.inside === namespaces.pid.host ? null : (processes.find((process) => process.insidePid === 1) ?? null);
}

function name(process: InsideProcess): string {
  return `${process.comm} (pid ${process.pid})`;
}

// The keeper's end of the pipe by which its death is noticed: a fifo in the run directory, which can be written but leads nowhere.
function ownPipe(link: string): boolean {
  return link.startsWith("/run/cloister/") && link.endsWith("/alive");
}
