import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import * as assert from "uvu/assert";
import { busyboxTar } from "./busybox.ts";
import type { Rig, RigOptions } from "./rig.ts";
import type { Site } from "./site.ts";
import { withSite } from "./site.ts";
import { tarBytes } from "./tar-bytes.ts";
import { until } from "./until.ts";

/** What `rootfs` and `gc` print as JSON: each document has some of these. */
export interface Printed {
  readonly schema: string;
  readonly roots: readonly PrintedRoot[];
  readonly uppers: readonly { readonly standing: string; readonly path: string }[];
  readonly files: readonly { readonly path: string; readonly action: string }[];
  readonly key: string;
  readonly digest: string;
  readonly path: string;
  readonly bytes: number;
  readonly forms: readonly { readonly form: string; readonly path: string }[];
  readonly removed: boolean;
  readonly changed: boolean;
}

/** One root in a list of them. */
export interface PrintedRoot {
  readonly key: string;
  readonly name: string;
  readonly digest: string;
  readonly needed_by: readonly { readonly type: string; readonly by: string }[];
  readonly whole: boolean;
  readonly found: string | null;
  readonly same: boolean;
}

const ajv = new Ajv({ strict: false });
const validators = new Map(
  readdirSync("schemas/output").map((name) => [name, ajv.compile(JSON.parse(readFileSync(join("schemas/output", name), "utf8")))]),
);

/** What a command prints with `--json`, checked by its schema. */
export async function printed(site: Site, code: number, ...args: readonly string[]): Promise<Printed> {
  const { stdout } = await site.rig.expect(code, ...args, "--json");
  const read: Printed = JSON.parse(stdout);
  const validate = validators.get(`${read.schema.split("/")[1]}-v1.json`);
  const valid: boolean = validate?.(read) === true;
  assert.ok(valid, `${args.join(" ")}: ${ajv.errorsText(validate?.errors)}`);
  return read;
}

/** Where the rig's store is. */
export const storeOf = ({ rig }: Site) => join(rig.dataDir, "store");

/** An environment whose root is the tar of `withTar`. */
export const rooted = { rootfs: { tar: "./root.tar" } };

/** A site with a tar of busybox. */
export function withTar(body: (site: Site) => Promise<void>, options: RigOptions = {}): Promise<void> {
  return withSite(async (site) => {
    mkdirSync(site.rig.dataDir, { recursive: true, mode: 0o711 });
    busyboxTar(join(site.rig.directory, "root.tar"));
    await body(site);
  }, options);
}

/** Sweeps until nothing of the store is left. What is mounted stays, and for a moment that is so in each mount namespace that somebody on the machine makes. */
export async function sweptAway(rig: Rig, left: () => readonly string[]): Promise<void> {
  const swept = async () => {
    await rig.expect(0, "gc");
    return left().length === 0;
  };
  await until("nothing is left", swept, 20_000).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}: ${left().join(" ")}`);
  });
}

/** Puts another root into the store, which nothing needs; its key. */
export async function spareRoot(site: Site): Promise<string> {
  writeFileSync(join(site.rig.directory, "spare.tar"), tarBytes([{ name: "spare", content: "x" }]));
  const environments = { spare: { rootfs: { tar: "./spare.tar" } } };
  site.rig.write("spare.yaml", JSON.stringify({ api_version: "cloister/v1", name: "site", environments }));
  await site.rig.expect(0, "build", "-f", "spare.yaml");
  const { roots } = await printed(site, 0, "rootfs", "ls");
  return roots.find(({ name }) => name.endsWith("spare.tar"))?.key ?? "";
}
