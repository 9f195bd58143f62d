import type { Security } from "../model/manifest.gen.ts";
import type { Reading } from "./reading.ts";
import { part, textsOf } from "./schema-at.ts";
import { inside } from "./tree.ts";
import { schema } from "./validate.gen.js";

/** What processes may do by default, without `CAP_`. */
const defaults: readonly string[] = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

/** The final set, sorted: what is dropped goes first, then what is added comes; `ALL` is every one, and what is named stands over it. */
export function readCapabilities(reading: Reading, { cap_add = [], cap_drop = [] }: Security): readonly string[] {
  const both = cap_drop.filter((name) => cap_add.includes(name));
  for (const name of new Set(both)) {
    const at = inside(inside(reading.at, "security"), "cap_add");
    const also = [{ message: "dropped here", at: inside(inside(reading.at, "security"), "cap_drop") }];
    reading.findings.report({ code: "manifest/conflict", at, on: "key", message: `${name} is both added and dropped`, also });
  }
  const all = cap_add.includes("ALL");
  const strong = cap_add.findIndex((name) => name === "SYS_ADMIN" || (name === "ALL" && !cap_drop.includes("SYS_ADMIN")));
  if (strong !== -1) {
    const at = inside(inside(inside(reading.at, "security"), "cap_add"), strong);
    const message = "with SYS_ADMIN root inside can take away what is masked or read-only, read-only binds of the host included";
    reading.findings.report({ code: "manifest/strong-capability", severity: "warning", at, message });
  }
  const base = all ? everyCapability() : cap_drop.includes("ALL") ? [] : defaults;
  const dropped: readonly string[] = cap_drop;
  const kept = base.filter((name) => !dropped.includes(name));
  return [...new Set([...kept, ...cap_add.filter((name) => name !== "ALL")])].sort();
}

/** Every capability that the schema knows, which are the kernel's. */
function everyCapability(): readonly string[] {
  const definition = part(part(schema, "definitions"), "capabilities");
  return textsOf(part(definition, "items"), "enum").filter((name) => name !== "ALL");
}
