import { attachBy } from "../host/attached.ts";
import type { EnterRequest } from "../host/enter-process.ts";
import { runInTerminal } from "../host/enter-terminal.ts";
import type { DetachKeys } from "./detach-keys.ts";
import { ownFailure } from "./exit.ts";
import type { Terminal } from "./terminal.ts";
import { holdTerminal } from "./terminal-held.ts";

/** Whose terminal it is, and what leaves the command running. */
interface Caller {
  /** The environment, for what is said. */
  readonly name: string;
  readonly terminal: Terminal;
  /** Null: nothing that is typed. */
  readonly detachKeys: DetachKeys | null;
  readonly isQuiet: boolean;
}

/** Runs a command inside on a terminal that follows ours, until it has ended: its exit code; 0 where it was left running. */
export async function executeInTerminal(request: EnterRequest, { name, terminal, detachKeys, isQuiet }: Caller): Promise<number> {
  const running = runInTerminal(request);
  const relay = await attachBy(running.socket, {
    output: terminal.pass,
    skipped: () => undefined,
    over: () => undefined,
  });
  // It could not be begun, and has said why.
  if (relay === null) return (await running.code) || ownFailure;
  let detach: () => void = () => undefined;
  const left = new Promise<"left">((done) => {
    detach = () => done("left");
  });
  const held = holdTerminal(relay, { terminal, input: true, detachKeys, detached: detach });
  relay.begin();
  const outcome = await Promise.race([running.code, left]);
  held.letGo();
  if (outcome !== "left") return outcome;
  running.forget();
  relay.detach();
  if (!isQuiet) terminal.error(`\r\ncloister: the command in ${name} was detached from, and runs on\n`);
  return 0;
}
