import { builds } from "./builds.ts";
import { crowd } from "./crowd.ts";
import { edited } from "./edits.ts";
import { groups } from "./groups.ts";
import { hanging } from "./hanging.ts";
import { interrupts } from "./interrupts.ts";
import { kills } from "./kills.ts";
import { machine } from "./machine.ts";
import { moments } from "./moments.ts";
import { places } from "./places.ts";
import { reboots } from "./reboots.ts";
import { syscalls } from "./syscalls.ts";
import type { Trial } from "./trial.ts";

/** All of them, in the order of docs/reliability.md. */
export const trials: readonly Trial[] = [
  ...kills,
  ...moments,
  ...builds,
  ...places,
  ...reboots,
  ...edited,
  ...machine,
  ...hanging,
  ...interrupts,
  ...crowd,
  ...syscalls,
  ...groups,
];
