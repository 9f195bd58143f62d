import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DriftKind } from "./place.ts";
import { busyboxInside, doing, fromInside, fromOutside, upperOf } from "./place.ts";

const secret = ["secrets.db"] as const;
const motd = ['files["/etc/motd"]'] as const;

/** What is done to files of the root. */
export const fileKinds: readonly DriftKind[] = [
  { name: "content of a file", ...fromInside, found: motd, inject: busyboxInside("sh", "-c", "echo other >/etc/motd") },
  { name: "mode of a file", ...fromInside, found: motd, inject: busyboxInside("chmod", "600", "/etc/motd") },
  { name: "owner of a file", ...fromInside, found: motd, inject: busyboxInside("chown", "33:33", "/etc/motd") },
  { name: "a file removed", ...fromInside, found: motd, inject: busyboxInside("rm", "/etc/motd") },
  { name: "value of a secret", ...fromInside, found: secret, inject: busyboxInside("sh", "-c", "echo other >/run/secrets/db") },
  { name: "mode of a secret", ...fromInside, found: secret, inject: busyboxInside("chmod", "444", "/run/secrets/db") },
  { name: "owner of a secret", ...fromInside, found: secret, inject: busyboxInside("chown", "0:0", "/run/secrets/db") },
  { name: "a secret removed", ...fromInside, found: secret, inject: busyboxInside("rm", "/run/secrets/db") },
  {
    ...{ name: "resolv.conf", ...fromInside, found: ["dns"] },
    inject: busyboxInside("sh", "-c", "echo nameserver 192.0.2.66 >/etc/resolv.conf"),
  },
  { name: "hosts", ...fromInside, found: ["extra_hosts"], inject: busyboxInside("sh", "-c", "echo 192.0.2.66 db >>/etc/hosts") },
  {
    ...{ name: "a file changed in the root's upper", ...fromOutside, found: motd },
    inject: doing((place) => appendFileSync(join(upperOf(place), "etc/motd"), "more\n")),
  },
  {
    ...{ name: "another file written into the root's upper", from: "outside", found: [], repaired: "nothing" },
    inject: (place) => {
      const path = join(upperOf(place), "etc/undeclared");
      writeFileSync(path, "");
      return () => rmSync(path);
    },
  },
];
