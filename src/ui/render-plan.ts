import type { Action, Change } from "../model/change.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { EnvironmentState, Left, Plan } from "../model/plan.ts";
import { printable } from "./printable.ts";
import type { PlanView, Section } from "./render-change.ts";
import { isSome, originWords, renderChange, symbolAndWord } from "./render-change.ts";
import { leftByWords } from "./render-drift.ts";
import type { Style } from "./style.ts";
import { styleFor } from "./style.ts";
import { pad, width } from "./width.ts";

/**
 * A plan for people: warnings, then what changes by environment, each with before and after, why and what it costs; the last line
 * counts. Ends in a line break.
 */
export function renderPlan(plan: Plan, view: PlanView): string {
  const style = styleFor(view.color);
  const sections = plan.groups
    .filter((group) => group.changes.length > 0)
    .map((group) => {
      const state = plan.environments.find((environment) => environment.name === group.name);
      // Where all of it is made anew, that says what it costs: its parts are made where nothing runs.
      const runs =
        state?.state === "running" && !group.changes.some(({ action, address }) => action === "recreate" && address === group.name);
      return [
        heading(group.name, { state, changes: group.changes }, style),
        ...renderChanges(group.changes, { view, runs, origins: isMixed(plan.changes) }),
      ].join("\n");
    });
  const { held = [], orphans = [] } = plan;
  // What is listed need not be warned of.
  const told = plan.warnings.filter(({ code }) => code !== "engine/orphan" || orphans.length === 0);
  const warnings = told.map((warning) => renderWarning(warning, style));
  const left = (plan.left ?? []).map((one) => renderLeft(one, style));
  const undone = [
    ...undoneSection("not in the manifest: left alone, apply --prune ends them", orphans, style),
    ...undoneSection("held back, because it takes a restart", held, style),
  ];
  const texts = [warnings.join("\n"), ...sections, ...undone, left.join("\n"), closing(plan, style)];
  const parts = texts.filter(isSome);
  return `${parts.join("\n\n")}\n`;
}

/** What is shown and not done: the lines of a plan, dimmed, under a heading that says why. */
function undoneSection(title: string, changes: readonly Change[], style: Style): readonly string[] {
  if (changes.length === 0) return [];
  const symbolColumns = Math.max(...changes.map(({ action }) => width(symbolAndWord(action))));
  const lines = changes.map((change) => {
    const why = [change.reason === undefined ? "" : `(${change.reason})`, change.description].filter(isSome).join("  ");
    return style.dim(`${pad(symbolAndWord(change.action), symbolColumns)}  ${printable(change.address)}  ${printable(why)}`.trimEnd());
  });
  return [[style.bold(title), ...lines].join("\n")];
}

/** `3 to create, 1 to change in place`: how many changes of which kind; empty for none. */
export function summarize(changes: readonly Change[]): string {
  const counted: readonly (readonly [Action, string])[] = [
    ["create", "to create"],
    ["update", "to change in place"],
    ["restart-process", "to restart"],
    ["recreate", "to recreate"],
    ["destroy", "to destroy"],
  ];
  return counted
    .map(([action, words]) => [changes.filter((change) => change.action === action).length, words] as const)
    .filter(([count]) => count > 0)
    .map(([count, words]) => `${count} ${words}`)
    .join(", ");
}

function heading(
  name: string,
  group: { readonly state: EnvironmentState | undefined; readonly changes: readonly Change[] },
  style: Style,
): string {
  return `${style.bold(printable(name))}${style.dim(stateNote(group))}`;
}

function stateNote({ state, changes }: { readonly state: EnvironmentState | undefined; readonly changes: readonly Change[] }): string {
  if (state === undefined) return " (shared by environments)";
  switch (state.state) {
    case "running":
      return ` (running, pid ${state.pid})`;
    case "absent":
      return changes.every((change) => change.action === "create") ? " (not running yet)" : " (not running)";
    case "unfinished":
      return " (left over from a start that was cut)";
    case "failed":
      return " (its start failed, and was kept for a look)";
    case "inactive":
      return ` (running, pid ${state.pid}, in a profile that is not active)`;
    case "transient":
      return ` (running, pid ${state.pid}, as long as the command in it)`;
    case "orphan":
      return ` (running, pid ${state.pid}, not in the manifest)`;
  }
}

function renderChanges(changes: readonly Change[], section: Section): string[] {
  const listed = section.view.brief === true && !section.runs ? changes.filter((change) => !isDetailOfDefaults(change)) : changes;
  const symbolColumns = Math.max(...changes.map(({ action }) => width(symbolAndWord(action))));
  const addressColumns = Math.min(48, Math.max(...listed.map(({ address }) => width(printable(address)))));
  const lines = listed.flatMap((change) => renderChange(change, { ...section, symbolColumns, addressColumns }));
  const style = styleFor(section.view.color);
  const rest = changes.length - listed.length;
  const word = style.green(pad(symbolAndWord("create"), symbolColumns));
  return rest === 0 ? lines : [...lines, `${word}  ${rest} more by default: ${namesOf(changes.filter(isDetailOfDefaults))}`];
}

/** `web.mounts["/proc"]` that no line of the manifest asks for, as opposed to `web.namespaces`. */
function isDetailOfDefaults({ action, because, address }: Change): boolean {
  return action === "create" && because === undefined && /^[^.[]+\.[^.[]+[.[]/.test(address);
}

/** `mounts, devices, security`: what the parts of the addresses behind the environment are. */
function namesOf(changes: readonly Change[]): string {
  return [...new Set(changes.map(({ address }) => address.split(/[.[]/)[1] ?? ""))].map(printable).join(", ");
}

/** Where all changes come from the same place it says nothing to say so of each. */
function isMixed(changes: readonly Change[]): boolean {
  return new Set(changes.flatMap(({ origin }) => origin ?? [])).size > 1;
}

function renderWarning({ code, message, hint, at }: Diagnostic, style: Style): string {
  const place = at === undefined ? "" : style.dim(` (${printable(at.file)}:${at.line})`);
  const text = `warning ${code}: ${printable(message)}`;
  // What is given up of the isolation must not be passed over.
  const line = code === "manifest/unsafe" ? style.red(text) : text.replace(/^[^:]*:/, style.yellow);
  return hint === undefined ? `${line}${place}` : `${line}${place}\n  hint: ${printable(hint)}`;
}

/** `ignored (drift): web.hostname (drift.ignore)`: what is not done, and what asks for that. */
function renderLeft({ change, by }: Left, style: Style): string {
  const origin = change.origin === undefined ? "drift" : originWords[change.origin];
  return style.dim(`ignored (${origin}): ${printable(change.address)} (${leftByWords[by]})`);
}

function closing({ changes, environments, groups, left = [], held = [] }: Plan, style: Style): string {
  const wanted = environments
    .filter((environment) => !["orphan", "inactive", "transient"].includes(environment.state))
    .map((environment) => environment.name);
  const open = new Set([
    ...groups.filter((group) => group.changes.length > 0).map(({ name }) => name),
    ...held.map(({ environment }) => environment),
  ]);
  const unchanged = wanted.filter((name) => !open.has(name));
  if (changes.length > 0) {
    const same = unchanged.length === 0 ? "" : style.dim(`unchanged: ${unchanged.map(printable).join(", ")}\n`);
    const busy = changes.filter(({ blocked }) => blocked !== undefined).length;
    const notes = [busy === 0 ? "" : `, ${busy} of them left out`, held.length === 0 ? "" : style.dim(`; held: ${summarize(held)}`)];
    return `${same}${style.bold(summarize(changes))}${notes.join("")}`;
  }
  if (held.length > 0) return `${style.yellow("nothing is done:")} ${summarize(held)} is held back`;
  if (left.length > 0) return `${style.green("nothing to change")} but what is ignored`;
  if (unchanged.length === 0) return "nothing to change: the manifest has no environment";
  return `${style.green("nothing to change:")} ${unchanged.length === 1 ? `${unchanged.map(printable).join()} is` : `${unchanged.length} environments are`} as the manifest wants`;
}
