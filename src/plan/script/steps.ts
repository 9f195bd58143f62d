import { assemblyWords, stagingDirectory, stagingMounts, stagingTable } from "../../model/assembly.ts";
import type { Machine, Scope } from "../../model/resource.ts";
import { shellVariable, shellWord as word } from "../../model/shell.ts";
import type { Step, Text } from "../../model/step.ts";
import { unreachable } from "../../model/unreachable.ts";
import type { Placing } from "../fused.ts";
import { partsOf } from "../fused.ts";
import { assignments, call, command } from "./words.ts";

/** What the steps of one group are printed with. */
export interface Surroundings {
  readonly machine: Pick<Machine, "shim" | "architecture">;
  /** The environment whose namespaces have this address. */
  readonly scopeOf: (of: string) => Pick<Scope, "keeper" | "base" | "places">;
  /** Where the reaper's copy is. */
  readonly reaper: string;
  /** The steps of the same group, for what is to be looked at before it is committed. */
  readonly steps: readonly Step[];
}

/** A step as shell: calls of the functions of the script, and native commands. */
export function stepCommands(step: Exclude<Step, Placing>, around: Surroundings): string {
  switch (step.type) {
    case "mkdir":
      return call("directory", step.path, step.mode.toString(8), ...(step.owner === undefined ? [] : [String(step.owner)]));
    case "cgroup":
      return step.paths.map((path) => call("group", path)).join("\n");
    case "link":
      return [call("rm", "-f", "--", step.path), call("ln", "-s", "--", step.target, step.path)].join("\n");
    case "write":
      return step.to === "kernel"
        ? call("write_kernel", step.path, step.content)
        : call("write_file", step.path, (step.mode ?? 0o600).toString(8), step.content);
    case "move":
      return command("if", "[", "-e", word(step.from), "];", "then", "mv", "-T", "--", word(step.from), `${word(step.to)};`, "fi");
    case "remove":
      return removal(step);
    case "run":
      return running(step);
    case "network": {
      const { lines, inside } = step;
      const words = inside === undefined ? [] : [inside.pid, inside.start];
      return command("printf", "'%s\\n'", ...lines.map(word), "|", "network", ...words.map(word));
    }
    case "stage":
      return call("stage", step.store, step.key);
    case "image":
      return image(step);
    case "hold":
      return hold(step, around);
    case "release":
      return "release";
    case "commit": {
      const identity: readonly Text[] = [
        { of: step.of, name: "pid" },
        { of: step.of, name: "start" },
      ];
      return call("commit", ...identity, ...targets(around.steps));
    }
    case "spawn":
      return spawn(step);
    case "signal": {
      const end = call("end_process", String(step.pid), step.start, step.signal.slice(3), String(Math.ceil(step.graceMs / 20)));
      return step.waiters === undefined ? end : `${end}\n${call("await_waiters", step.waiters)}`;
    }
    default:
      return unreachable(step);
  }
}

type Of<Type extends Step["type"]> = Extract<Step, { readonly type: Type }>;

/** File systems and operations of the shim in one go, as the host does it. */
export function assemblyCommands(steps: readonly [Placing, ...Placing[]], { machine, scopeOf }: Surroundings): string {
  const [{ of, pid }] = steps;
  const { keeper, base, places } = scopeOf(of);
  const start: Text = typeof pid === "string" && keeper !== null ? keeper.start : { of, name: "start" };
  const { run } = places;
  const { mounts, operations: wanted } = partsOf(steps);
  const { words, operations } = assemblyWords<Text>({ pid, start, base, run, mounts, operations: wanted });
  const shim = ["perl", machine.shim, machine.architecture, ...words].map(word).join(" ");
  const lines = operations.map((operation) => operation.map(word).join(" "));
  return [
    call("directory", stagingDirectory(run), "700"),
    command("printf", "%s", word(stagingMounts({ run, mounts })), `>${word(stagingTable(run))}`),
    command(`plainly ${[shim, ...lines].join(" \\\n  ")} </dev/null`),
  ].join("\n");
}

function removal({ how, path }: Of<"remove">): string {
  switch (how) {
    case "tree":
      return call("rm", "-rf", "--one-file-system", "--", path);
    case "cgroup":
      return call("remove_group", path);
    case "file":
      return call("rm", "-f", "--", path);
    case "empty":
      return command("rmdir", "--", word(path), "2>/dev/null", "||", ":");
    default:
      return unreachable(how);
  }
}

// Directly below this shell, whose end ends it (setpriv --pdeathsig in the command), and with the modes of a new file that everybody expects.
function running(step: Of<"run">): string {
  const { command: words, log = "", tolerates = [], input, environment = {}, goesOn, waits, withinMs } = step;
  const output = log === "" ? [] : [`>>${word(log)}`, "2>&1"];
  if (waits === true) return command("awaited", ...words.map(word), "4>&-", "5>&-", "9>&-");
  const built = ["built", "$?", word(log), ...["0", ...tolerates.map(String)]];
  // The script goes on, and its code tells in the end.
  const ended = ["||", ...(goesOn === true ? ["{", "(", ...built, ")", "||", "trap '! :; leave' EXIT;", "}"] : built)];
  const [before, from] = input === undefined ? [[], ["</dev/null"]] : [["printf", "%s", word(input), "|"], []];
  const begun = withinMs === undefined ? ["plainly"] : ["timed", String(Math.ceil(withinMs / 10))];
  const plainly = [...begun, ...words.map(word), ...from, ...output, "4>&-", "5>&-", "9>&-"];
  const variables = assignments(environment);
  const whole = variables.length === 0 ? plainly : ["(", "export", `${variables.join(" ")};`, ...plainly, ")"];
  return command(...before, ...whole, ...ended);
}

function image({ of, store, root }: Of<"image">): string {
  const { key, name, spec, builder, format, lock } = root;
  // What a lock is made of is noted by `lock` alone, which has no script.
  const check = lock?.type === "check" ? [lock.digest, lock.image ?? "", lock.mkfs ?? "", lock.tree] : [];
  const head = `"name":${JSON.stringify(name)},"format":${JSON.stringify(format)},"spec":${JSON.stringify(spec)},`;
  const tail = `"builder":{"name":${JSON.stringify(builder)},`;
  return [
    call("image", store, key, format, builder, head, tail, ...check),
    `${shellVariable({ of, name: "digest16" })}=$(printf %.16s "$digest")`,
    `${shellVariable({ of, name: "path" })}=$root`,
    // Needed only where an upper is kept over it.
    `: "\${${shellVariable({ of, name: "chain16" })}=$chain}"`,
  ].join("\n");
}

function hold({ of, command: words, environment, log }: Of<"hold">, { scopeOf, reaper }: Surroundings): string {
  const streams = ['<"$pipes/commit"', ">/dev/null", `2>${word(log)}`, '3<"$pipes/gate"', '4>"$pipes/pid"', "&"];
  return [
    call("reaper", reaper),
    call("pipes", scopeOf(of).places.run),
    command('PATH="$reaper_path"', ...assignments(environment), ...only(5), ...words.map(word), ...streams),
    call("held", log),
    `${shellVariable({ of, name: "pid" })}=$pid`,
    `${shellVariable({ of, name: "start" })}=$start`,
  ].join("\n");
}

/** What outlives the script: in a session of its own, with the descriptors below this one alone. */
function only(descriptor: number): readonly string[] {
  return ["perl", "-e", '"$only"', String(descriptor), "setsid"];
}

function spawn({ command: words, environment, log, group, end }: Of<"spawn">): string {
  return [
    command(`from=$(stat -c %s -- ${word(log)} 2>/dev/null)`, "||", "from=0"),
    command(...assignments(environment), ...only(3), ...words.map(word), "</dev/null", `>>${word(log)}`, "2>&1", "&"),
    command("started", word(log), '"$from"', word(group), word(end)),
  ].join("\n");
}

/** Where something must be mounted when these steps are done, as mountinfo writes it. */
function targets(steps: readonly Step[]): readonly string[] {
  const found = new Set<string>();
  // What goes there then is what lay on top of it.
  const beneath = new Set<string>();
  for (const step of steps) {
    if (step.type !== "shim") continue;
    const [name, ...operands] = step.operation;
    const target = operands[targetOperand[name] ?? -1];
    if (typeof target !== "string") continue;
    if (operands.at(-1) === "beneath") beneath.add(target);
    if (name !== "detach") found.add(target);
    else if (!beneath.delete(target)) found.delete(target);
  }
  return [...found].sort().map((target) => target.replace(/[ \t\n\\]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, "0")}`));
}

/** Which operand of an operation of the shim is the target that it mounts at. */
const targetOperand: Readonly<Record<string, number>> = { staged: 1, bind: 1, overlaid: 3, again: 0, mask: 0, detach: 0 };
