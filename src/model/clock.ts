/** Milliseconds of a clock that only goes forward. Not that of `performance`: its first use loads a module, which takes a millisecond of every run. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
