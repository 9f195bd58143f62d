import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Seen } from "../support/site.ts";
import { namespacesOf, withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

interface Mapped {
  readonly kind: string;
  readonly inode: string;
  readonly host: boolean;
  readonly owner: { readonly project: string; readonly environment: string } | null;
  readonly processes: readonly { readonly pid: number; readonly command: string }[];
}

live("map: each namespace has its owner, also one that another environment joined, and who lives there", () =>
  withSite(async (site) => {
    site.declare({ web: { network: { mode: "join", join: "db" } }, db: { command: ["sleep", "1000"] } });
    await site.apply();
    const document: { readonly namespaces: readonly Mapped[] } = JSON.parse((await site.rig.expect(0, "map", "--json")).stdout);
    const [web, db] = [await site.seen(), await site.seen("db")];
    const found = (seen: Pick<Seen, "namespaces">, kind: string, file = kind) =>
      document.namespaces.find((one) => one.kind === kind && seen.namespaces[file] === `${file}:[${one.inode}]`);
    const owner = (environment: string) => ({ project: site.rig.project, environment });
    assert.equal(found(web, "net")?.owner, owner("db"));
    assert.equal(found(web, "uts")?.owner, owner("web"));
    assert.equal(found(db, "mount", "mnt")?.owner, owner("db"));
    const residents = found(db, "net")?.processes.map(({ pid }) => pid) ?? [];
    assert.is(residents.includes(web.pid) && residents.includes(db.pid), true);
    assert.equal(
      found(db, "pid")
        ?.processes.map(({ command }) => command)
        .sort(),
      ["catatonit", "sleep"],
    );
    const host = found({ namespaces: namespacesOf("self") }, "net");
    assert.equal([host?.host, host?.owner], [true, null]);
    const { stdout } = await site.rig.expect(0, "map");
    assert.match(stdout, /^KIND +NAMESPACE +OWNER +LIVES THERE\n/);
    assert.match(stdout, new RegExp(`^net +\\d+ +${site.rig.project}/db +.*catatonit \\(\\d+\\)`, "m"));
  }),
);

test.run();
