import type { Change } from "../../model/change.ts";
import { symbols } from "../../model/change.ts";
import type { Group, Plan } from "../../model/plan.ts";
import type { Machine, Scope } from "../../model/resource.ts";
import { shellWord as word } from "../../model/shell.ts";
import type { Step } from "../../model/step.ts";
import { inOneLine } from "../../model/unsafe-text.ts";
import { fused } from "../fused.ts";
import { neededFunctions, shellFunctions } from "./functions.ts";
import type { Surroundings } from "./steps.ts";
import { assemblyCommands, stepCommands } from "./steps.ts";
import { call, command, comment } from "./words.ts";

/** A plan that is to be printed as a shell script, and what the script must know of the machine. */
export interface ScriptRequest {
  readonly plan: Plan;
  /** What it leaves, because it was asked to leave what takes a restart. */
  readonly left: readonly Change[];
  /** The environments as they were seen. */
  readonly scopes: readonly Scope[];
  readonly machine: Pick<Machine, "shim" | "architecture">;
  /** cloister's own version. */
  readonly version: string;
  readonly manifests: readonly string[];
  readonly places: ScriptPlaces;
  /** The kernel's name for this life of the machine. */
  readonly bootId: string;
  /** Programs without which nothing can be done. */
  readonly tools: readonly string[];
}

/** What a script locks, claims and leaves behind empty; all absolute. */
export interface ScriptPlaces {
  /** The project's lock. */
  readonly lock: string;
  /** Where runs of cloister claim the ids that they give away. */
  readonly claims: string;
  /** The copy of the reaper lies in it. */
  readonly reaper: string;
  /** The project's run directory: the lock goes with it. */
  readonly run: string;
  /** What wishes that processes stay ended which are to run now. */
  readonly lifted: readonly string[];
  /** Other directories of the project that go when nothing is in them, the innermost first. */
  readonly emptied: readonly string[];
}

/**
 * A plan as a POSIX shell script, from the same steps that apply carries out. Run by hand it does what apply would do; it refuses where what it was planned
 * from no longer holds.
 */
export function renderScript(request: ScriptRequest): string {
  const { plan } = request;
  if (plan.changes.length === 0) return `${[...header(request), "", nothing(request), ":"].join("\n")}\n`;
  const premises = premisesOf(request);
  const sections = plan.groups.filter(({ changes }) => changes.length > 0).map((group) => section(group, request));
  const opening = openingOf(request);
  const body = [opening.before, premises, ...sections].join("\n\n");
  const functions = neededFunctions(`${body}\n${opening.after}`).map((name) => shellFunctions[name] ?? "");
  const set = body.includes('"$only"') ? `${settings}\n${only}` : settings;
  return `${[...header(request), "", set, "", ...between(functions), "", opening.before, "", opening.after, "", premises, "", ...between(sections)].join("\n")}\n`;
}

function nothing({ left }: ScriptRequest): string {
  return left.length > 0 ? "# Nothing else is to be done." : "# Nothing is to be done: all is as the manifest wants it.";
}

function between(parts: readonly string[]): readonly string[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : ["", part]));
}

function header({ plan, left, version, manifests }: ScriptRequest): readonly string[] {
  return [
    "#!/bin/sh",
    comment(`Project ${plan.project}: what \`cloister apply\` would do, as \`cloister plan --script\` printed it (cloister ${version}).`),
    ...manifests.map((path) => comment(`Manifest: ${path}`)),
    "#",
    "# To be run as root on the machine that it was planned on, once. It stops at the first step that fails, and does nothing where what",
    "# it was planned from no longer holds. A start that is cut before its commit is taken back by the kernel; what is left of it on",
    "# disk goes with the next apply or destroy.",
    ...plan.warnings.map(({ message }) => comment(`Warning: ${message}`)),
    ...left.map(({ address }) => comment(`Left out, because it takes a restart: ${address}`)),
  ];
}

// As every process of cloister's on the host has it: nothing of the caller's.
const settings = `set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
for name in $(env | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'); do
  case $name in PATH | LC_ALL) ;; *) unset "$name" ;; esac
done
export PATH LC_ALL
umask 077
cd /
exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
at=beginning claimed=`;

const only = `# perl -e "$only" N COMMAND: with the descriptors below N alone. What was left open here would be open inside, too.
only='syscall 436, shift(@ARGV) + 0, 4294967295, 0; exec @ARGV or exit 127'`;
function openingOf({ places, tools }: ScriptRequest): { readonly before: string; readonly after: string } {
  const claims = word(places.claims);
  const emptied = places.emptied.map(word).join(" ");
  const before = [
    `test "$(id -u)" = 0 || fail 'only root can do this'`,
    `for tool in ${tools.map(word).join(" ")}; do`,
    `  command -v "$tool" >/dev/null || fail "$tool is not installed"`,
    "done",
    "nsenter --version | grep -q util-linux || fail 'nsenter is not the one of util-linux: run this by dash or bash'",
  ];
  const after = [
    "leave() {",
    "  code=$?",
    "  trap - EXIT",
    `  if [ "$code" != 0 ]; then printf '%s\\n' "cloister: nothing was done after: $at" >&2; fi`,
    `  for claim in $claimed; do rm -f -- ${claims}/"$claim"; done`,
    `  rmdir -- ${claims} ${word(places.claims.replace(/\/[^/]*$/, ""))} 2>/dev/null || :`,
    `  for directory in ${emptied} ${word(places.run)}; do`,
    `    rmdir -- "$directory" 2>/dev/null || :`,
    "  done",
    `  if [ ! -e ${word(places.run)} ]; then rm -f -- ${word(places.lock)}; fi`,
    `  exit "$code"`,
    "}",
    call("lock", places.lock),
    "trap leave EXIT",
    ...[
      ["HUP", 129],
      ["INT", 130],
      ["PIPE", 141],
      ["TERM", 143],
    ].map(([signal, code]) => `trap 'exit ${code}' ${signal}`),
  ];
  return { before: before.join("\n"), after: after.join("\n") };
}

/** What must still hold. */
function premisesOf({ plan, scopes, bootId, places }: ScriptRequest): string {
  const lines = ["# ---- what this was planned from must still hold ----"];
  const concerned = scopes.filter(({ name }) => plan.groups.some((group) => group.name === name && group.changes.length > 0));
  if (concerned.some(({ keeper }) => keeper !== null)) lines.push(call("same_boot", bootId));
  for (const scope of concerned) {
    const { name, keeper, base, environment } = scope;
    lines.push(atLine(name));
    if (keeper !== null) lines.push(call("still", String(keeper.pid), keeper.start));
    else {
      const groups = scope.places.cgroups.map(({ hierarchy }) => `${hierarchy.mountPoint}/cloister/${scope.project}/${name}`);
      lines.push(call("absent", ...groups));
      if (base !== 0 && environment?.users.mode === "auto" && starts(plan, name)) lines.push(call("claim", String(base), places.claims));
    }
  }
  if (places.lifted.length > 0) lines.push("", "# What was stopped by hand is to run again.", call("rm", "-f", "--", ...places.lifted));
  return lines.join("\n");
}

function starts(plan: Plan, name: string): boolean {
  return plan.groups.some((group) => group.name === name && group.changes.some(({ steps }) => steps.some(({ type }) => type === "hold")));
}

function section(group: Group, request: ScriptRequest): string {
  const steps = group.changes.flatMap((change) => change.steps);
  const owner = new Map<Step, Change>(group.changes.flatMap((change) => change.steps.map((step) => [step, change] as const)));
  const around: Surroundings = { machine: request.machine, reaper: request.places.reaper, steps, scopeOf: (of) => scopeOf(request, of) };
  const told = new Set<Change>();
  const lines = [comment(`---- ${group.name} ----`)];
  let at = "";
  const go = (title: string, text: string) => {
    if (title !== at) lines.push(atLine(`${group.name}: ${title}`));
    at = title;
    lines.push(text);
  };
  const tell = (all: readonly Step[]) => {
    const fresh = [...new Set(all.flatMap((step) => owner.get(step) ?? []))].filter((change) => !told.has(change));
    if (fresh.length > 0) lines.push("");
    for (const change of fresh) {
      told.add(change);
      lines.push(...describe(change));
    }
  };
  for (const unit of fused(steps)) {
    const single = unit.type === "step" ? [unit.step] : unit.before;
    tell(unit.type === "step" ? [unit.step] : [...unit.before, ...unit.steps]);
    for (const step of single) {
      if (step.type === "mount" || step.type === "shim") throw new Error("fused steps are carried out together");
      go(step.title, stepCommands(step, around));
    }
    if (unit.type === "assembly") {
      const titles = [...new Set(unit.steps.map((step) => step.title))];
      const title = titles.length > 3 ? `root and mounts (${unit.steps.length} operations)` : titles.join(", ");
      go(title, assemblyCommands(unit.steps, around));
    }
  }
  return lines.join("\n");
}

function scopeOf({ scopes }: ScriptRequest, of: string): Scope {
  const scope = scopes.find(({ name }) => of === `${name}.namespaces`);
  if (scope === undefined) throw new Error(`nothing is known of ${of}`);
  return scope;
}

/** Where the script is, for whoever reads why it ended. */
function atLine(text: string): string {
  return command(`at=${word(inOneLine(text))}`);
}

function describe({ action, address, description, differences, reason }: Change): readonly string[] {
  const because = reason === undefined ? "" : ` (${reason})`;
  return [
    comment(`${symbols[action]} ${address}  ${description}${because}`),
    ...differences.map(({ field, want, have }) =>
      comment(`      ${[field, `${have} -> ${want}`].filter((part) => part !== "").join("  ")}`),
    ),
  ];
}
