import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import type { Build } from "../../src/host/store.ts";
import { beginBuild } from "../../src/host/store.ts";
import type { Fact, Facts } from "../../src/model/fact.ts";
import type { Root } from "../../src/model/root.ts";
import type { Step, Text } from "../../src/model/step.ts";

/** Facts from a table; asking for another one is a mistake of the test. */
export function factsOf(table: Readonly<Record<string, string | null>>): Facts {
  return {
    get(name): Fact {
      const value = table[name];
      if (value === undefined) throw new Error(`no fact ${name} in this test`);
      return value === null ? { absent: "not there" } : { text: value };
    },
  };
}

/** Carries out the steps of a root's build as the engine does, without its reports; throws with the output of what failed. */
export async function runRootSteps(steps: readonly Step[]): Promise<Root> {
  let build: Build | null = null;
  let root: Root | null = null;
  try {
    for (const step of steps) {
      if (step.type === "stage") build = await beginBuild(step.store, step.key);
      else if (step.type === "run") await runCommand(step.command.map(plain), step.log ?? "/dev/null");
      else if (step.type === "image" && build !== null) root = await build.commit(step.root);
      else throw new Error(`a root is not built by a step ${step.type}`);
    }
  } finally {
    await build?.abandon();
  }
  if (root === null) throw new Error("no root was committed");
  return root;
}

function plain(text: Text): string {
  if (typeof text !== "string") throw new Error("a root's steps need no reference");
  return text;
}

function runCommand([command = "", ...args]: readonly string[], log: string): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", failed);
    child.once("close", (code) => {
      keep(log, output);
      if (code === 0) done();
      else failed(new Error(`${command} ended with ${code}\n${output.slice(-4000)}`));
    });
  });
}

/** On a full disk the command's failure is what matters, not the log's. */
function keep(log: string, output: string): void {
  try {
    appendFileSync(log, output);
  } catch {
    return;
  }
}
