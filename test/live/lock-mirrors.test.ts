// timeout: 600 s
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lockDigest, readNotedLock } from "../../src/host/store-lock.ts";
import { CloisterError } from "../../src/model/diagnostic.ts";
import type { ReleaseRootfs } from "../../src/model/environment.ts";
import type { Step } from "../../src/model/step.ts";
import { rootKey } from "../../src/resources/rootfs.ts";
import { needs } from "../support/needs.ts";
import type { Repository } from "../support/repository.ts";
import { makeRepository } from "../support/repository.ts";
import { buildRoot, rootFactsHere, storeContent, tinyRelease } from "../support/root-build.ts";

const live = needs(test, "root", "mmdebstrap", "busybox", "gpg");
const tiny = { tiny: { "bin/busybox": { copyOf: "/bin/busybox" }, "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n" } } as const;

/** What a mirror does to the files whose path matches: changes one byte, ends the connection half-way, or sends nothing more from there on. */
interface Tampering {
  readonly path: RegExp;
  readonly how: "changes a byte of" | "stops in the middle of" | "stalls in the middle of";
}

/** A mirror on 127.0.0.1 of a repository, which tampers. */
async function withMirror(
  { directory }: Repository,
  tampering: Tampering | null,
  body: (mirror: string, seen: ReadonlySet<string>) => Promise<void>,
): Promise<void> {
  const seen = new Set<string>();
  const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const file = join(directory, path);
    if (!existsSync(file)) return void response.writeHead(404).end();
    const bytes = Buffer.from(readFileSync(file));
    const half = Math.floor(bytes.length / 2);
    const tampered = tampering?.path.test(path) === true ? tampering.how : null;
    if (tampered !== null) seen.add(path);
    if (tampered === "changes a byte of") bytes.writeUInt8(bytes.readUInt8(half) ^ 1, half);
    response.writeHead(200, { "Content-Length": bytes.length });
    if (tampered === null || tampered === "changes a byte of") return void response.end(bytes);
    response.write(bytes.subarray(0, half), () => {
      if (tampered === "stops in the middle of") response.destroy();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    await body(`http://127.0.0.1:${address.port}`, seen);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

/** The same with a patience of two seconds. */
function impatient(step: Step): Step {
  if (step.type !== "run") return step;
  const command = step.command.map((word) => (typeof word === "string" ? word.replace(/(Timeout(?:=| "))30/g, "$12") : word));
  return { ...step, command };
}

async function withRepository(body: (repository: Repository, store: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "cloister-test-"));
  chmodSync(directory, 0o755);
  try {
    await body(makeRepository(directory, "jammy", tiny), join(directory, "store"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "";
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
    return error.diagnostics.map(({ code }) => code).join(" ");
  }
}

function everythingIn(store: string): readonly string[] {
  return [...storeContent(store), ...["debs", "locks"].flatMap((place) => readdirSync(join(store, place)))];
}

const noting = (rootfs: ReleaseRootfs): ReleaseRootfs => ({ ...rootfs, resolving: { from: null, free: [] } });
const deb = /\.deb$/;

for (const [path, how, code] of [
  [/Packages/, "changes a byte of", /^rootfs\/bad-signature$/],
  [deb, "changes a byte of", /^rootfs\/bad-signature$/],
  [/InRelease$/, "changes a byte of", /^rootfs\/bad-signature$/],
  [deb, "stops in the middle of", /^rootfs\/(no-network|build-failed)$/],
  [/InRelease$/, "stops in the middle of", /^rootfs\/(no-network|no-release|build-failed|bad-signature)$/],
  [deb, "stalls in the middle of", /^rootfs\/(no-network|build-failed)$/],
] as const) {
  live(`a mirror that ${how} ${path.source} is refused, and nothing is kept`, () =>
    withRepository((repository, store) =>
      withMirror(repository, { path, how }, async (mirror, seen) => {
        const found = await codeOf(buildRoot(noting(tinyRelease({ ...repository, mirror })), store, { change: impatient }));
        assert.ok(seen.size > 0, "it was never asked for what it tampers with");
        assert.match(found, code);
        assert.equal(everythingIn(store), []);
      }),
    ),
  );
}

live("what is fetched for a lock is compared with it, over the network too", () =>
  withRepository(async (repository, store) => {
    const rootfs = noting(tinyRelease(repository));
    let locked: ReleaseRootfs = rootfs;
    await withMirror(repository, null, async (mirror) => {
      await buildRoot({ ...rootfs, mirror }, store);
      const noted = readNotedLock(store, rootKey(rootfs, rootFactsHere(rootfs, store)));
      assert.ok(noted !== null && noted.packages.tiny?.filename === "pool/tiny.deb");
      if (noted !== null) locked = { ...tinyRelease(repository), locked: lockDigest(noted) };
    });
    const images = readdirSync(join(store, "sha256"));
    for (const place of ["sha256", "roots", "debs"]) for (const name of readdirSync(join(store, place))) rmSync(join(store, place, name));
    for (const [how, code] of [
      ["changes a byte of", "lock/mismatch"],
      ["stops in the middle of", "lock/not-there"],
      ["stalls in the middle of", "lock/not-there"],
    ] as const) {
      await withMirror(repository, { path: deb, how }, async (mirror) => {
        assert.is(await codeOf(buildRoot({ ...locked, mirror }, store, { change: impatient })), code, how);
        assert.equal(storeContent(store), []);
        assert.equal(readdirSync(join(store, "debs")), []);
      });
    }
    await withMirror(repository, null, async (mirror) => {
      await buildRoot({ ...locked, mirror }, store);
      assert.equal(readdirSync(join(store, "sha256")), images);
    });
  }),
);

test.run();
