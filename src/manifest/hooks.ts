import type { HookName, Process } from "../model/environment.ts";
import { hookNames } from "../model/environment.ts";
import type { Process as WrittenProcess } from "../model/manifest.gen.ts";
import { readDuration } from "./duration.ts";
import type { Reading } from "./reading.ts";
import { wordsAt } from "./reading.ts";
import { inside } from "./tree.ts";

/** How long a hook may take that says nothing else, in seconds. */
export const hookTimeout = 60;

/** What is run around the start and the stop of a process; absent where that is nothing. */
export function readHooks(reading: Reading, written: WrittenProcess["hooks"] = {}): Pick<Process, "hooks"> {
  const at = inside(reading.at, "hooks");
  const commands = hookNames.flatMap((name): readonly (readonly [HookName, readonly string[]])[] => {
    const words = written[name];
    return words === undefined ? [] : [[name, wordsAt(reading, inside(at, name), words)]];
  });
  const timeout = readDuration(reading, inside(at, "timeout"), { written: written.timeout ?? hookTimeout, least: 0.1 });
  return commands.length === 0 ? {} : { hooks: { ...Object.fromEntries(commands), timeout } };
}
