/** Ends a `switch` over a union: the compiler refuses to compile it when a member is not handled. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
