import { existsSync, readFileSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { join } from "node:path";
import type { Repository } from "./repository.ts";

/** What a mirror does to the files whose path matches: changes one byte, ends the connection half-way, or sends nothing more from there on. */
interface Tampering {
  readonly path: RegExp;
  readonly how: "changes a byte of" | "stops in the middle of" | "stalls in the middle of";
}

/** A mirror on 127.0.0.1 of a repository, which tampers. */
export async function withMirror(
  { directory }: Pick<Repository, "directory">,
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
