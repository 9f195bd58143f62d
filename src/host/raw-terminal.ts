import { spawnSync } from "node:child_process";
import { hostEnvironment, tool } from "./tools.ts";

/**
 * Has the terminal on standard input pass every key on as it is typed, and show what comes as it comes; what it returns puts it back, as the end of this process
 * does. Not by `setRawMode`, which leaves line ends to be turned into others: what draws on a screen means its own.
 */
export function makeRaw(): () => void {
  const saved = stty("-g").trim();
  stty("raw", "-echo", "-iexten");
  const restore = () => {
    process.off("exit", restore);
    stty(saved);
  };
  process.on("exit", restore);
  return restore;
}

function stty(...args: readonly string[]): string {
  return spawnSync(tool("stty"), args, { env: hostEnvironment(), stdio: ["inherit", "pipe", "ignore"], encoding: "utf8" }).stdout;
}
