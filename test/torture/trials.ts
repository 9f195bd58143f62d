import { crowd } from "./crowd.ts";
import { interrupts } from "./interrupts.ts";
import { kills } from "./kills.ts";
import { machine } from "./machine.ts";
import { places } from "./places.ts";
import { syscalls } from "./syscalls.ts";
import type { Trial } from "./trial.ts";

/** All of them, in the order of docs/reliability.md. */
export const trials: readonly Trial[] = [...kills, ...places, ...machine, ...interrupts, ...crowd, ...syscalls];
