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

const oneKey = /([A-Za-z_][A-Za-z0-9_-]*)|\[("(?:[^"\\]|\\.)*")\]/y;

/** The keys of an address, from the outside in; null where it is no address. */
export function keysOf(address: Address): readonly string[] | null {
  const keys: string[] = [];
  for (let at = 0; at < address.length; ) {
    const dotted = keys.length > 0 && address.charAt(at) === ".";
    oneKey.lastIndex = dotted ? at + 1 : at;
    const [whole, plain, quoted] = oneKey.exec(address) ?? [];
    if (whole === undefined || (plain !== undefined && keys.length > 0 && !dotted) || (quoted !== undefined && dotted)) return null;
    const key = plain ?? unquoted(quoted ?? "");
    if (key === null) return null;
    keys.push(key);
    at = oneKey.lastIndex;
  }
  return keys.length === 0 ? null : keys;
}

function unquoted(text: string): string | null {
  try {
    return String(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The address of a field as differences name it (`size`, `["x"]`), inside an instance; of "" the instance itself. */
export function fieldAddress(address: Address, field: string): Address {
  return field === "" ? address : `${address}${field.startsWith("[") ? "" : "."}${field}`;
}
