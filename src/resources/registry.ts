import type { Diagnostic, Problem } from "../model/diagnostic.ts";
import type { Environment } from "../model/environment.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { EnvironmentState, HealthState, ProcessState } from "../model/plan.ts";
import type { Resource, Scope, SharedResource } from "../model/resource.ts";
import { processNames } from "../model/resource.ts";
import type { BuiltRootfs } from "../model/rootfs.ts";
import type { Step } from "../model/step.ts";
import type { HostLeft } from "../plan/plan-request.ts";
import { architecture, architectureProblems } from "./architecture.ts";
import { cgroups } from "./cgroups.ts";
import { cpuset, cpusetProblems, unboundCpusets } from "./cpuset.ts";
import { dns } from "./dns.ts";
import { sourceProblems } from "./exposed-source.ts";
import { files } from "./files.ts";
import { firewallWarnings } from "./firewall.ts";
import { healthcheck } from "./healthcheck.ts";
import { hostname } from "./hostname.ts";
import { extraHosts } from "./hosts.ts";
import { ioLimits, ioProblems, isIoUnenforceable } from "./io-limits.ts";
import { limits, unenforceable } from "./limits.ts";
import { link } from "./link.ts";
import { linkProblems } from "./link-problems.ts";
import { devices, maskedPaths, readOnlyPaths } from "./masks.ts";
import { mounts } from "./mount.ts";
import { namespaceProblems, namespaces } from "./namespaces.ts";
import { leaveSteps, nat } from "./nat.ts";
import { network } from "./network.ts";
import { oomScore } from "./oom-score.ts";
import { portProblems } from "./port-conflicts.ts";
import { ports } from "./ports.ts";
import { processes } from "./process.ts";
import type { ProcessFact, RunningProcess } from "./process-state.ts";
import { foundProcesses } from "./process-state.ts";
import { restart } from "./restart.ts";
import { root, standingRoot } from "./root.ts";
import { rootProblems, roots } from "./rootfs.ts";
import { secrets } from "./secrets.ts";
import { sysctl } from "./sysctl.ts";
import { traffic, trafficState } from "./traffic.ts";
import { ulimits } from "./ulimits.ts";
import { uplinkState } from "./uplink.ts";

/** What a visitor of the registry does with one kind of resource, whatever its types are. */
export interface ResourceVisitor<Result> {
  visit<Want, Have>(resource: Resource<Want, Have>): Result;
}

/** Every kind of thing that an environment has, in the order in which they are made. The one list: a new kind is a file and a line here. */
export function visitResources<Result>(visitor: ResourceVisitor<Result>): readonly Result[] {
  return [
    visitor.visit(namespaces),
    visitor.visit(traffic),
    visitor.visit(nat),
    visitor.visit(link),
    visitor.visit(ports),
    visitor.visit(root),
    visitor.visit(cgroups),
    visitor.visit(limits),
    visitor.visit(ioLimits),
    visitor.visit(cpuset),
    visitor.visit(network),
    visitor.visit(hostname),
    visitor.visit(sysctl),
    visitor.visit(mounts),
    visitor.visit(devices),
    visitor.visit(maskedPaths),
    visitor.visit(readOnlyPaths),
    visitor.visit(architecture),
    visitor.visit(extraHosts),
    visitor.visit(dns),
    visitor.visit(files),
    visitor.visit(secrets),
    visitor.visit(processes),
    visitor.visit(restart),
    visitor.visit(healthcheck),
    visitor.visit(ulimits),
    visitor.visit(oomScore),
  ];
}

/** What environments share. */
export const sharedResources: readonly SharedResource<BuiltRootfs>[] = [roots];

/** Everything that must be seen of an environment: for all kinds, for its status, for what it shares. */
export function factsOf(scope: Scope): readonly FactName[] {
  const own = visitResources({ visit: (resource) => resource.facts(scope) }).flat();
  const shared = scope.environment === null ? [] : sharedResources.flatMap((resource) => resource.facts(scope.environment ?? never(scope)));
  return [
    ...new Set([
      ...own,
      ...shared,
      "host/uptime",
      ...memoryFiles.map((file) => `cgroup/memory/${file}`),
      ...[scope.places.uppers, scope.places.logs].map((path) => `exists/${path}`),
      ...[scope.places.volumes, scope.places.uppers].map((path) => `names/${path}`),
    ]),
  ];
}

function never(scope: Scope): never {
  throw new Error(`${scope.name} has no environment`);
}

const memoryFiles = ["memory.current", "memory.usage_in_bytes"];

/** /proc counts start times in hundredths of a second on every architecture (USER_HZ). */
const ticksPerSecond = 100;

/** What the status tells of an environment beyond whether it runs. */
export function describeEnvironment(
  scope: Scope,
  facts: Facts,
): Pick<EnvironmentState, "uptimeSeconds" | "startSeconds" | "root" | "memoryBytes" | "processes" | "traffic" | "uplink"> {
  const { keeper } = scope;
  const uptime = Number.parseFloat(text(facts, "host/uptime") ?? "");
  const memory = keeper === null ? undefined : memoryFiles.map((file) => text(facts, `cgroup/memory/${file}`)).find((one) => one !== null);
  const counted = keeper === null ? undefined : trafficState(scope, facts);
  const uplink = keeper === null ? undefined : uplinkState(scope, facts);
  const startSeconds = keeper === null ? null : Number(keeper.start) / ticksPerSecond;
  return {
    // The kernel tells both in hundredths.
    uptimeSeconds: startSeconds === null ? null : Math.max(0, Math.round((uptime - startSeconds) * 100) / 100),
    ...(startSeconds === null ? {} : { startSeconds }),
    root: standingRoot(scope, facts),
    memoryBytes: memory === undefined || memory === null ? null : Number(memory),
    processes: keeper === null ? {} : processStates(scope, facts),
    ...(counted === undefined ? {} : { traffic: counted }),
    ...(uplink === undefined ? {} : { uplink }),
  };
}

function processStates(scope: Scope, facts: Facts): EnvironmentState["processes"] {
  const found = foundProcesses(scope, facts);
  const { environment, stopped = {} } = scope;
  const stays = processNames(scope).filter((name) => Object.hasOwn(stopped, name));
  const wanted = Object.keys(environment?.processes ?? {});
  const names = [...new Set([...wanted, ...stays, ...found.keys()])];
  return Object.fromEntries(
    names.map((name) => {
      const [process, since] = [found.get(name), stopped[name]];
      if (process !== undefined && (process.type === "running" || since === undefined))
        return [name, processState(process, facts)] as const;
      return [name, since === undefined ? { type: "absent" } : { type: "stopped", since }] as const;
    }),
  );
}

function processState(found: ProcessFact, facts: Facts): ProcessState {
  const restarts = found.restarts === undefined ? {} : { restarts: found.restarts };
  if (found.type === "running") return { type: "running", pid: found.pid, ...restarts, ...healthState(found) };
  const { code, uptime, oom, gaveUp, unhealthy, supervisor, delay = 0 } = found;
  const now = Number.parseFloat(text(facts, "host/uptime") ?? "");
  const ago = uptime === undefined ? {} : { ended_seconds_ago: Math.max(0, Math.round((now - uptime) * 100) / 100) };
  const signal = code !== null && code > 128 && code <= 128 + 64 ? { signal: code - 128 } : {};
  const end = { ...signal, ...(oom === true ? { oom } : {}), ...ago, ...restarts };
  if (supervisor !== undefined) return { type: "restarting", code, ...end, delay_seconds: delay };
  if (gaveUp === true) return { type: "exited", code, ...end, gave_up: true };
  if (unhealthy === true) return { type: "exited", code, ...end, unhealthy };
  return code === null || code >= 125 ? { type: "exited", code, ...end } : { type: "completed", code, ...end };
}

function healthState({ health }: RunningProcess): { readonly health?: HealthState } {
  if (health === undefined) return {};
  const { status, streak, code, output } = health;
  return { health: { status, failing_streak: streak, ...(code === null ? {} : { code, output: output.trimEnd() }) } };
}

/** What is told with a plan: limits that nothing here can enforce, and what an apply would refuse or could not reach. */
export function warningsOf(scope: Scope, facts: Facts): readonly Problem[] {
  const names = [
    ...unenforceable(scope, facts).map((name) => `limits.${name}`),
    ...(isIoUnenforceable(scope, facts) ? ["limits.io"] : []),
    ...unboundCpusets(scope, facts),
  ];
  const taken = portProblems(scope, facts).map((problem): Problem => ({ ...problem, severity: "warning" }));
  const unmet = [...unbuildable(scope, facts), ...namespaceProblems(scope, facts), ...linkProblems(scope, facts)].map(
    (problem): Problem => ({ ...problem, severity: "warning" }),
  );
  const unenforced = names.map(
    (name): Diagnostic => ({
      code: "limits/not-enforced",
      severity: "warning",
      message: `${scope.name}.resources.${name} is not enforced: no cgroup controller for it here`,
      hint: "cloister doctor says which controllers this machine has",
    }),
  );
  return [...unenforced, ...taken, ...unmet, ...firewallWarnings(scope, facts)];
}

/** What is missing on this machine before anything of an environment is begun. */
export function problemsOf(scope: Scope, facts: Facts): readonly Problem[] {
  return scope.environment === null
    ? []
    : [
        ...unbuildable(scope, facts),
        ...sourceProblems(scope, facts),
        ...cpusetProblems(scope, facts),
        ...ioProblems(scope, facts),
        ...namespaceProblems(scope, facts),
        ...linkProblems(scope, facts),
        ...portProblems(scope, facts),
      ];
}

function unbuildable(scope: Scope, facts: Facts): readonly Problem[] {
  return scope.environment === null ? [] : [...rootProblems(scope.environment.rootfs, facts), ...architectureProblems(scope, facts)];
}

/** Removes what outlives an environment: its uppers, and those volumes that it names and nobody who stays does; all of the project where nobody stays. */
export function keptSteps(scope: Scope, facts: Facts, staying: readonly Environment[] | null): readonly Step[] {
  const { places, project } = scope;
  const found = (text(facts, `names/${places.volumes}`) ?? "").split("\n").filter((name) => name.startsWith(`${project}.`));
  const own = volumesOf(project, scope.environment);
  const others = new Set((staying ?? []).flatMap((environment) => volumesOf(project, environment)));
  const volumes = found.filter((name) => staying === null || (own.includes(name) && !others.has(name)));
  const uppers = text(facts, `exists/${places.uppers}`) === null ? [] : [places.uppers];
  const paths = [...uppers, ...volumes.map((name) => `${places.volumes}/${name}`)];
  return paths.map((path) => ({ type: "remove", title: `remove ${path}`, path, how: "tree" }));
}

function volumesOf(project: string, environment: Environment | null): readonly string[] {
  const volumes = Object.values(environment?.mounts ?? {}).filter(({ type }) => type === "volume");
  return volumes.map(({ source }) => `${project}.${source ?? ""}`);
}

/** Takes away what an environment has on the host beside its namespaces and its directories: its place in the project's network. */
export function hostSteps(scope: Scope, facts: Facts, of: HostLeft): readonly Step[] {
  return leaveSteps(scope, facts, of);
}

/** Removes what was noted of an environment: the log of its process. */
export function recordSteps({ places: { logs } }: Scope, facts: Facts): readonly Step[] {
  return text(facts, `exists/${logs}`) === null ? [] : [{ type: "remove", title: "log", path: logs, how: "tree" }];
}
