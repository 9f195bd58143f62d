import { shellVariable, shellWord as word } from "../model/shell.ts";
import type { Step } from "../model/step.ts";
import { unreachable } from "../model/unreachable.ts";

/** A step as the command that a person would type for it, on one line or more; what is not known yet stands as a variable. */
export function formatStep(step: Step): string {
  switch (step.type) {
    case "mkdir":
      return `mkdir -p -m ${step.mode.toString(8)} ${word(step.path)}${step.owner === undefined ? "" : ` && chown ${step.owner}:${step.owner} ${word(step.path)}`}`;
    case "cgroup":
      return `mkdir -p ${step.paths.map(word).join(" ")}`;
    case "link":
      return `ln -sfn ${word(step.target)} ${word(step.path)}`;
    case "write":
      return `printf %s ${shortened(word(step.content))} > ${word(step.path)}`;
    case "move":
      return `mv -T ${word(step.from)} ${word(step.to)}`;
    case "remove":
      return `${removers[step.how]} ${step.how === "cgroup" ? `${word(step.path)}/* ` : ""}${word(step.path)}`;
    case "run":
    case "hold":
    case "spawn":
      return [...environmentWords("environment" in step ? step.environment : {}), ...step.command.map(word)].join(" ");
    case "stage":
      return `mkdir ${word(`${step.store}/tmp/${step.key}`)}`;
    case "image":
      return `mv ${word(`${step.store}/tmp/${step.root.key}/image`)} ${word(`${step.store}/sha256/`)}`;
    case "release":
      return "echo go >&3";
    case "commit":
      return `findmnt -N $${shellVariable({ of: step.of, name: "pid" })} && echo commit`;
    case "mount":
      return `mount -t ${step.mount.fstype} -o ${word(step.mount.options.join(",") || "defaults")} ${step.mount.source} ${word(`stage/${step.mount.stage}`)}`;
    case "shim":
      return `cloister-shim attach ${word(step.pid)} ${step.operation.map(word).join(" ")}`;
    case "signal":
      return `kill -${step.signal.slice(3)} ${step.pid}`;
    default:
      return unreachable(step);
  }
}

/** The index of an archive fills pages. */
function shortened(text: string): string {
  return text.length <= 2_000 ? text : `${text.slice(0, 200)}...' # ${text.length} characters`;
}

const removers = { tree: "rm -rf --one-file-system", cgroup: "rmdir", file: "rm -f", empty: "rmdir --ignore-fail-on-non-empty" } as const;

function environmentWords(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(environment)
    .filter(([name]) => !name.startsWith("CLOISTER_SET_"))
    .map(([name, value]) => `${name}=${word(value)}`);
}
