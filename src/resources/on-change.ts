import { child, within } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { FollowedKind, Reaction } from "../model/environment.ts";
import { followedKinds } from "../model/environment.ts";
import type { Scope } from "../model/resource.ts";
import { shownWords } from "../model/shell.ts";
import { signalNumbers } from "../model/signal.ts";
import type { Step } from "../model/step.ts";
import type { Observed } from "../plan/diff.ts";
import { besideStep } from "./beside.ts";
import type { WantedProcess } from "./process-state.ts";
import { processPath, runningProcesses } from "./process-state.ts";
import { startSteps, stopSteps } from "./process-steps.ts";

/** How long a command may take that tells a process of a change, in ms. */
const patienceMs = 60_000;

/**
 * The kinds of resources whose changes each thing that can be followed stands for. `config`: what a process can see of its environment, or is bound by, and may have read once.
 * What only guards it (masks, rules of traffic), and what is about other processes, is none of it.
 */
export const kindsFollowed: Readonly<Record<FollowedKind, readonly string[]>> = {
  files: ["files"],
  secrets: ["secrets"],
  config: ["mounts", "hostname", "extra_hosts", "dns", "network", "link", "ports", "sysctls", "limits", "io", "cpuset", "ulimits"],
};

/**
 * What processes ask for when files, secrets or the configuration of their environment are changed while it runs, after these changes. A process that starts or ends by the same
 * plan is told nothing: it finds what is there.
 */
export function followUps({ scope, facts, origins }: Observed, changes: readonly Change[]): readonly Change[] {
  const isWhole = changes.some(({ address, steps }) => address === scope.name || steps.some(({ type }) => type === "hold"));
  if (scope.keeper?.assembled !== true || isWhole) return [];
  return runningProcesses(scope, facts).flatMap((one) => {
    const address = `${scope.name}.${processPath(one.name)}`;
    if (changes.some((change) => change.address === address)) return [];
    return reactionsOf(one, changes).map(({ kinds, reaction, follows }): Change => {
      const [kind = "files"] = kinds;
      const because = origins.get(child(child(address, "on_change"), kind));
      return {
        ...changeOf(scope, one, reaction),
        environment: scope.name,
        reason: `follows ${follows.join(", ")}`,
        follows,
        ...(because === undefined ? {} : { because }),
      };
    });
  });
}

interface Asked {
  readonly kinds: readonly FollowedKind[];
  readonly reaction: Reaction;
  /** The changes that ask for it. */
  readonly follows: readonly string[];
}

/** Each thing that is to be done once, whatever asks for it; a start anew stands for all of them. */
function reactionsOf({ name, process: { on_change = {} } }: WantedProcess, changes: readonly Change[]): readonly Asked[] {
  const asked: Asked[] = [];
  for (const kind of followedKinds) {
    const reaction = on_change[kind];
    // What is only made again behind a mount holds what it held.
    const follows = changes
      .filter((change) => kindsFollowed[kind].includes(change.resource) && change.reason === undefined && !isOfAnother(name, change))
      .map(({ address }) => address);
    if (reaction === undefined || follows.length === 0) continue;
    const same = asked.findIndex((one) => JSON.stringify(one.reaction) === JSON.stringify(reaction));
    const before = asked[same];
    if (before === undefined) asked.push({ kinds: [kind], reaction, follows });
    else asked[same] = { ...before, kinds: [...before.kinds, kind], follows: [...before.follows, ...follows] };
  }
  const anew = asked.find(({ reaction }) => reaction.type === "restart");
  return anew === undefined ? asked : [anew];
}

/** Whether it is about one process, and not this one. */
function isOfAnother(name: string, { environment, address }: Change): boolean {
  const processes = `${environment ?? ""}.processes.`;
  return address.startsWith(processes) && !within(`${environment ?? ""}.${processPath(name)}`, address);
}

type Reacting = Pick<Change, "address" | "resource" | "action" | "description" | "differences" | "liveUpdate" | "pids" | "steps">;

function changeOf(scope: Scope, { name, process, found }: WantedProcess, reaction: Reaction): Reacting {
  const address = `${scope.name}.${processPath(name)}`;
  switch (reaction.type) {
    case "restart": {
      const steps = [...stopSteps(scope, name, found), ...startSteps(scope, name)];
      const differences = [{ field: "", want: "started anew", have: `running (pid ${found.pid})` }];
      const about = { address, resource: "processes", description: shownWords(process.command), differences, steps } as const;
      return { ...about, action: "restart-process", liveUpdate: "restart-process", pids: [found.pid] };
    }
    case "signal": {
      const { shim, architecture } = scope.machine;
      const command = ["perl", shim, architecture, "signal", String(found.pid), found.start, String(signalNumbers[reaction.signal] ?? 0)];
      return inPlace(address, `${reaction.signal} to pid ${found.pid}`, { type: "run", title: `${reaction.signal} to ${name}`, command });
    }
    case "exec":
      return inPlace(address, shownWords(reaction.command), execStep(scope, { name, process, found }, reaction.command));
  }
}

function inPlace(address: string, description: string, step: Step): Reacting {
  const steps = [step];
  return {
    address: child(address, "on_change"),
    resource: "on_change",
    action: "update",
    description,
    differences: [],
    liveUpdate: "in-place",
    pids: [],
    steps,
  };
}

function execStep(scope: Scope, { name, process }: WantedProcess, command: readonly string[]): Step {
  const { environment } = scope;
  if (environment === null) throw new Error(`${scope.name} has no environment`);
  return besideStep({ ...scope, environment }, { title: `${shownWords(command)} for ${name}`, process, command, withinMs: patienceMs });
}
