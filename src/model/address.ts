/**
 * Where something stands in a project, in the one grammar used by plans, errors, origins and flags:
 * `web`, `web.hostname`, `web.mounts["/data"].size`, `web.resources.limits.memory`. Prefixes match.
 */
export type Address = string;

const plainKey = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** The address of `key` inside `parent`: `.key` where the key is a plain word, `["key"]` otherwise. */
export function child(parent: Address, key: string): Address {
  if (parent === "") return plainKey.test(key) ? key : `[${JSON.stringify(key)}]`;
  return plainKey.test(key) ? `${parent}.${key}` : `${parent}[${JSON.stringify(key)}]`;
}

/** Whether `address` is `prefix` itself or lies inside it. */
export function within(prefix: Address, address: Address): boolean {
  if (!address.startsWith(prefix)) return false;
  const next = address.charAt(prefix.length);
  return next === "" || next === "." || next === "[";
}
