import type { Dependency, Prerequisite } from "../model/dependency.ts";
import { dependenciesOf } from "../model/dependency.ts";
import type { Environment, Process } from "../model/environment.ts";
import type { Process as WrittenProcess } from "../model/manifest.gen.ts";
import { didYouMean } from "../model/nearest-name.ts";
import type { Edge } from "./circles.ts";
import { circlesOf } from "./circles.ts";
import { readDuration } from "./duration.ts";
import type { Findings } from "./findings.ts";
import type { Reading } from "./reading.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";

/** How long a process is waited for where nothing is said, in seconds. */
const patience = 300;

/** What a process waits for; absent where that is nothing. One of its own environment is named without it. */
export function readDependsOn(reading: Reading, written: WrittenProcess["depends_on"] = {}): Pick<Process, "depends_on"> {
  const at = inside(reading.at, "depends_on");
  const map: Exclude<Written, unknown[]> = isList(written) ? Object.fromEntries(written.map((one) => [one, {}])) : written;
  const own = `${reading.name}/`;
  const read = Object.entries(map).map(([one, { condition = "process_started", timeout = patience }]): readonly [string, Prerequisite] => [
    one.startsWith(own) ? one.slice(own.length) : one,
    { condition, timeout: readDuration(reading, inside(inside(at, one), "timeout"), { written: timeout }) },
  ]);
  return read.length === 0 ? {} : { depends_on: Object.fromEntries(read) };
}

type Written = NonNullable<WrittenProcess["depends_on"]>;

function isList(written: Written): written is Written & string[] {
  return Array.isArray(written);
}

interface Whole {
  readonly joins: readonly (Edge & { readonly at: Pointer })[];
  readonly inactive: ReadonlyMap<string, readonly string[]>;
  readonly findings: Findings;
}

interface Depends extends Edge {
  readonly at: Pointer;
  readonly words: string;
}

/** Dependencies on what is not there, or can never be as it is to be, and circles of them. */
export function checkDependencies(environments: ReadonlyMap<string, Environment>, { joins, inactive, findings }: Whole): void {
  const between: Depends[] = [];
  const edges = [...environments.values()].flatMap((environment) =>
    Object.keys(environment.processes).flatMap((process) =>
      dependenciesOf(environment, process).flatMap((dependency): readonly Depends[] => {
        const at = placeOf(environment.name, { process, dependency, findings });
        const { environment: other } = dependency;
        const problem = problemOf(dependency, { environments, inactive, from: environment, by: `${environment.name}/${process}` });
        if (problem !== undefined && !findings.marked(at)) findings.report({ code: "process/depends-on", at, ...problem });
        const [from, to] = [`${environment.name}/${process}`, `${other}/${dependency.process}`];
        const words = `${from} depends on ${to}`;
        if (other !== environment.name) between.push({ from: environment.name, to: other, at, words });
        return [{ from, to, at, words }];
      }),
    ),
  );
  if (reportCircles("processes depend on each other in a circle", edges, findings)) return;
  // An environment is started as a whole, after those whose namespaces it joins.
  const joined = joins.filter(({ from, to }) => from !== to).map((join) => ({ ...join, words: `${join.from} joins ${join.to}` }));
  if (circlesOf(joins).length === 0) reportCircles("environments depend on each other in a circle", [...between, ...joined], findings);
}

function reportCircles(what: string, edges: readonly Depends[], findings: Findings): boolean {
  const own = edges.filter(({ from, to }) => from === to).map((edge) => [edge]);
  const circles = [...own, ...circlesOf(edges)];
  for (const [first, ...rest] of circles) {
    if (first === undefined) continue;
    const message = `${what}: ${[first, ...rest].map(({ from }) => from).join(" -> ")} -> ${first.from}`;
    const also = rest.map(({ words, at }) => ({ message: words, at }));
    findings.report({ code: "process/depends-circle", at: first.at, message, hint: "take one of these out", also });
  }
  return circles.length > 0;
}

interface Place {
  readonly process: string;
  readonly dependency: Dependency;
  readonly findings: Findings;
}

/** Where it is written: in a map by its name, with its environment or without, in a list somewhere. */
function placeOf(name: string, { process, dependency, findings }: Place): Pointer {
  const at = inside(inside(inside(inside("/environments", name), "processes"), process), "depends_on");
  const full = inside(at, `${dependency.environment}/${dependency.process}`);
  const short = inside(at, dependency.process);
  return [full, short].find((one) => findings.isWritten(one)) ?? at;
}

interface Known extends Pick<Whole, "inactive"> {
  readonly environments: ReadonlyMap<string, Environment>;
  readonly from: Environment;
  /** What depends on it: `web/app`. */
  readonly by: string;
}

function problemOf(
  { environment, process, condition }: Dependency,
  { environments, inactive, from, by }: Known,
): { readonly message: string; readonly hint?: string } | undefined {
  const other = environments.get(environment);
  const name = environment === from.name ? process : `${environment}/${process}`;
  const found = other?.processes[process];
  const profiles = inactive.get(environment);
  if (other === undefined && profiles !== undefined) {
    const message = `${by} depends on ${name}, and ${environment} has no active profile`;
    return { message, hint: `--profile ${profiles[0]}, or give ${from.name} the profiles ${profiles.join(", ")}` };
  }
  if (found === undefined) {
    const meant = environment === from.name ? environments.get(process) : undefined;
    const [first] = Object.keys(meant?.processes ?? {});
    const every = [...environments.values()].flatMap((one) => Object.keys(one.processes).map((key) => `${one.name}/${key}`));
    const near = environment === from.name ? didYouMean(process, Object.keys(from.processes)) : didYouMean(name, every);
    const hint = first === undefined ? near : `it is an environment: name one of its processes, such as ${process}/${first}`;
    // It may be written in what this environment extends, which has that process.
    const lacks = other === undefined ? `there is no environment "${environment}"` : `${environment} has no such process`;
    return { message: `${by} depends on "${name}", and ${lacks}`, ...(hint === undefined ? {} : { hint }) };
  }
  if (condition === "process_healthy" && found.healthcheck === undefined)
    return { message: `${name} has no healthcheck, and is never healthy`, hint: "give it one, or wait for process_started" };
  if (condition === "process_completed" && (found.restart === "always" || found.restart === "unless-stopped"))
    return { message: `${name} has restart: ${found.restart}, and is never completed`, hint: "give it another policy, such as on-failure" };
  return undefined;
}
