import type { MountIdmap, MountType, Users } from "../model/environment.ts";
import type { Reading } from "./reading.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";
import { checkId, lastId } from "./users.ts";

interface Written {
  readonly type: MountType;
  readonly idmap: string | Readonly<Record<string, number>> | undefined;
  readonly users: Users;
}

/** Whose the files of a mount are inside; undefined where its type has no files of the host. */
export function readIdmap(reading: Reading, at: Pointer, { type, idmap, users }: Written): MountIdmap | undefined {
  if (type === "volume") return users.mode === "host" ? "none" : "shift";
  if (type !== "bind" && type !== "overlay") return undefined;
  if (typeof idmap === "object") {
    checkIds(reading, at, { idmap, users });
    return idmap;
  }
  if (idmap === "owner" || idmap === "shift" || idmap === "none") return idmap;
  return users.mode === "host" ? "none" : type === "bind" ? "owner" : "shift";
}

function checkIds(
  reading: Reading,
  at: Pointer,
  { idmap, users }: { readonly idmap: Readonly<Record<string, number>>; readonly users: Users },
): void {
  const ids = Object.entries(idmap);
  if (new Set(Object.values(idmap)).size < ids.length) {
    reading.findings.report({ code: "manifest/id-overlap", at, message: "two ids outside are one id inside" });
  }
  for (const [outside, id] of ids) {
    checkId(reading, inside(at, outside), { id, kind: "uid_mappings", users });
    if (Number(outside) <= lastId) continue;
    const message = `${outside} is beyond the last id, ${lastId}`;
    reading.findings.report({ code: "manifest/id-range", at: inside(at, outside), on: "key", message });
  }
}
