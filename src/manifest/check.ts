import type { Environment } from "../model/environment.ts";
import { namespaceKinds } from "../model/environment.ts";
import { didYouMean } from "../model/nearest-name.ts";
import { circlesOf } from "./circles.ts";
import { checkDependencies } from "./depends-on.ts";
import type { Findings } from "./findings.ts";
import { checkInterfaces } from "./interface.ts";
import { checkPorts } from "./network.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";
import { firstOverlap } from "./users.ts";

type Environments = ReadonlyMap<string, Environment>;
/** The profiles of those that are not there now. */
type Inactive = ReadonlyMap<string, readonly string[]>;

/** What only shows when all environments are looked at together: joins that lead nowhere or in a circle, ranges of ids in common. */
export function check(environments: Environments, findings: Findings, inactive: Inactive = new Map()): void {
  const joins = [...environments.values()].flatMap((environment) => joinsOf(environment, findings));
  for (const join of joins) checkJoin(join, { environments, inactive, findings });
  for (const circle of circlesOf(joins)) reportCircle(circle, findings);
  checkDependencies(environments, { joins, inactive, findings });
  checkRanges(environments, findings);
  checkMoves(environments, findings, inactive);
  checkPorts(environments, findings);
  checkInterfaces(environments, findings);
}

/** A name that was given up belongs to nobody any more, and to one heir only. */
function checkMoves(environments: Environments, findings: Findings, inactive: Inactive): void {
  const heirs = new Map<string, string>();
  for (const { name, moved_from } of environments.values()) {
    const at = `/environments/${name}/moved_from`;
    if (moved_from === null || findings.marked(at)) continue;
    const first = heirs.get(moved_from);
    if (moved_from === name) {
      findings.report({ code: "manifest/moved", at, message: `${name} cannot be moved from itself` });
    } else if (environments.has(moved_from) || inactive.has(moved_from)) {
      const hint = `take ${moved_from} out, or moved_from when the rename was applied`;
      findings.report({ code: "manifest/moved", at, message: `${name} is moved from ${moved_from}, which is still there`, hint });
    } else if (first !== undefined) {
      const also = [{ message: `${first} is`, at: `/environments/${first}/moved_from` }];
      findings.report({ code: "manifest/moved", at, message: `${name} cannot be moved from ${moved_from} as well as ${first}`, also });
    } else heirs.set(moved_from, name);
  }
}

/** One `join:` of one environment. */
interface Join {
  readonly from: string;
  readonly to: string;
  readonly kind: (typeof namespaceKinds)[number];
  readonly at: Pointer;
}

function joinsOf({ name, namespaces }: Environment, findings: Findings): readonly Join[] {
  const at = inside("/environments", name);
  return namespaceKinds.flatMap((kind) => {
    const setting = namespaces[kind];
    if (!setting.startsWith("join:")) return [];
    const decided = inside(inside(at, "network"), "join");
    const place = kind === "net" && findings.isWritten(decided) ? decided : inside(inside(at, "namespaces"), kind);
    return [{ from: name, to: setting.slice("join:".length), kind, at: place }];
  });
}

interface Joined {
  readonly environments: Environments;
  readonly inactive: Inactive;
  readonly findings: Findings;
}

function checkJoin({ from, to, kind, at }: Join, { environments, inactive, findings }: Joined): void {
  const target = environments.get(to);
  if (to === from) {
    findings.report({ code: "manifest/join", at, message: `${from} cannot join a namespace of itself` });
  } else if (target === undefined && inactive.has(to)) {
    const profiles = inactive.get(to) ?? [];
    const message = `${from} joins ${to}, none of whose profiles is active`;
    findings.report({
      code: "manifest/join",
      at,
      message,
      hint: `--profile ${profiles[0]}, or give ${from} the profiles ${profiles.join(", ")}`,
    });
  } else if (target === undefined) {
    const hint = didYouMean(to, environments.keys());
    findings.report({
      code: "manifest/join",
      at,
      message: `there is no environment "${to}" to join`,
      ...(hint === undefined ? {} : { hint }),
    });
  } else if (target.namespaces[kind] === "host") {
    const message = `${to} has no ${kind} namespace of its own to join: it is the host's`;
    findings.report({
      code: "manifest/join",
      at,
      message,
      hint: `say what you mean: ${kind === "net" ? "network: {mode: host}" : `${kind}: host`}`,
    });
  }
}

function reportCircle(circle: readonly Join[], findings: Findings): void {
  const [first, ...rest] = circle;
  if (first === undefined) return;
  const message = `namespaces are joined in a circle: ${circle.map(({ from }) => from).join(" -> ")} -> ${first.from}`;
  const also = rest.map(({ from, to, at }) => ({ message: `${from} joins ${to}`, at }));
  findings.report({ code: "manifest/join-circle", at: first.at, message, also });
}

/** No two environments may be the same users outside. */
function checkRanges(environments: Environments, findings: Findings): void {
  for (const key of ["uid_mappings", "gid_mappings"] as const) {
    const ranges = [...environments.values()].flatMap(({ name, users }) =>
      users.mode === "map" && !findings.marked(`/environments/${name}/users`)
        ? users[key].map(({ outside, count }, index) => ({ start: outside, count, name, index }))
        : [],
    );
    const at = ({ name, index }: { readonly name: string; readonly index: number }) => `/environments/${name}/users/${key}/${index}`;
    const overlap = firstOverlap(ranges);
    if (overlap === null || overlap[0].name === overlap[1].name) continue;
    const [first, second] = overlap;
    const message = `${second.name} would be the same users outside as ${first.name}`;
    findings.report({
      code: "manifest/id-overlap",
      at: at(second),
      message,
      also: [{ message: `the range of ${first.name}`, at: at(first) }],
    });
  }
}
