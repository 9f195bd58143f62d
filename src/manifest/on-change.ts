import type { FollowedKind, Process, Reaction } from "../model/environment.ts";
import { followedKinds } from "../model/environment.ts";
import type { Process as WrittenProcess } from "../model/manifest.gen.ts";
import { signals } from "../model/signal.ts";
import type { Reading } from "./reading.ts";
import { wordsAt } from "./reading.ts";
import type { Pointer, Value } from "./tree.ts";
import { inside } from "./tree.ts";

type Written = NonNullable<WrittenProcess["on_change"]>;

/** What is done to a process when something changes; absent where that is nothing. */
export function readOnChange(reading: Reading, written: Written = {}): Pick<Process, "on_change"> {
  const at = inside(reading.at, "on_change");
  const read = followedKinds.flatMap((kind): readonly (readonly [FollowedKind, Reaction])[] => {
    const reaction = written[kind] === undefined ? null : readReaction(reading, inside(at, kind), written[kind]);
    return reaction === null ? [] : [[kind, reaction]];
  });
  return read.length === 0 ? {} : { on_change: Object.fromEntries(read) };
}

function readReaction(reading: Reading, at: Pointer, written: NonNullable<Written["files"]>): Reaction | null {
  if (typeof written === "string") {
    const signal = signals.find((name) => written === `signal ${name}`);
    if (signal !== undefined) return { type: "signal", signal };
    // Another text is told by the schema.
    return written === "restart" ? { type: "restart" } : null;
  }
  const { exec } = written;
  if (exec !== undefined) return { type: "exec", command: wordsAt(reading, inside(at, "exec"), exec) };
  if (!reading.findings.marked(at)) {
    const hint = 'write "signal SIGHUP", restart, or {exec: [...]}';
    reading.findings.report({ code: "manifest/missing-key", at, on: "key", message: "nothing says what is to be done", hint });
  }
  return null;
}

/** As it is written. */
export function writtenReaction(reaction: Reaction): Value {
  switch (reaction.type) {
    case "restart":
      return "restart";
    case "signal":
      return `signal ${reaction.signal}`;
    case "exec":
      return { exec: reaction.command };
  }
}
