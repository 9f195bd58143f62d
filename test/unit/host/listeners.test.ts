import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { listenedBy, listenersAt } from "../../../src/host/listeners.ts";

test("who listens at an IPv6 address is told by the one text of that", async () => {
  const server = createServer().listen(0, "::ffff:127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  assert.equal(
    listenersAt("tcp", [port, port]).map((one) => [one.address, one.pid]),
    [["::ffff:7f00:1", process.pid]],
  );
  assert.ok(listenedBy(process.pid).includes(`tcp ::ffff:7f00:1 ${port}`));
  assert.not(listenedBy(process.ppid).some((one) => one.endsWith(` ${port}`)));
  server.close();
});

test.run();
