import { shellVariable, shellWord as word } from "../model/shell.ts";
import type { Step, Text } from "../model/step.ts";
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
    case "network":
      return step.lines.map((line) => networkCommand(line, step.inside?.pid ?? "")).join("; ");
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

function networkCommand(line: string, pid: Text): string {
  const own = /^inside (.*)$/.exec(line)?.[1];
  if (own !== undefined) return `nsenter ${word(["--net=/proc/", pid, "/ns/net"].flat())} -- ${networkCommand(own, pid)}`;
  const [verb, one = "", two = ""] = line.split(/ (?=\S+$)| (?<=^\S+ )/);
  switch (verb) {
    case "make":
      return `ip link add name ${one} type bridge`;
    case "gone":
      return `ip link del dev ${one} || :`;
    case "drop":
      return `ip address del ${one} dev ${two} || :`;
    case "set":
      return `sysctl -w net/${one}=${two}`;
    case "forward":
      return "sysctl -w net/ipv4/ip_forward=1";
    default:
      return `ip ${line.replace(/ netns inside\b/, ` netns ${word(pid)}`)}`;
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
