import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import type { TestNetwork } from "../support/test-network.ts";
import { pageAt, withNetwork } from "../support/test-network.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft");

function withNat(body: (site: Site, network: TestNetwork) => Promise<void>): Promise<void> {
  return withNetwork((network) => withSite((site) => body(site, network), { network }));
}

live("ports come and go without a process or a connection of another port noticing", () =>
  withNat(async (site, network) => {
    const echoing = (ports: Readonly<Record<string, number>>) => ({
      network: { mode: "nat", ports },
      command: ["nc", "-l", "-p", "7000", "-e", "cat"],
    });
    await site.stand(echoing({ "127.0.0.1:7000": 7000 }));
    const { identity } = await site.seen();
    await withConversation(network, 7000, async (say) => {
      assert.is(await say("one"), "one");
      site.declare({ web: echoing({ "127.0.0.1:7000": 7000, "0.0.0.0:7001": 7001 }) });
      assert.equal(await site.changes(), ['create web.network.ports["0.0.0.0:7001"]']);
      await site.apply();
      assert.is(await say("two"), "two");
      site.declare({ web: echoing({ "127.0.0.1:7000": 7000 }) });
      assert.equal(await site.changes(), ['destroy web.network.ports["0.0.0.0:7001"]']);
      await site.apply();
      assert.is(await say("three"), "three");
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("a connection lives on while rules and other ports change; whoever comes afterwards is asked by the new ones", () =>
  withNat(async (site, network) => {
    const echoing = (declared: Declared): Declared => ({
      network: { mode: "nat", ports: { "127.0.0.1:7000": 7000 }, ...declared },
      command: ["busybox", "sh", "-c", "while :; do nc -l -p 7000 -e cat; done"],
    });
    await site.stand(echoing({}));
    const { identity } = await site.seen();
    await withConversation(network, 7000, async (say) => {
      assert.is(await say("one"), "one");
      for (const [word, declared] of [
        ["egress", { egress: { allow: [] } }],
        ["ingress", { egress: { allow: ["dns"] }, ingress: { allow: ["host:80"] } }],
        ["port", { ingress: { allow: ["host:80"] }, ports: { "127.0.0.1:7000": 7000, "7001": 7001 } }],
        ["nobody", { ingress: { allow: [] } }],
      ] as const) {
        site.declare({ web: echoing(declared) });
        await site.apply();
        assert.is(await say(word), word);
      }
    });
    assert.is(connects(network, 7000), false);
    site.declare({ web: echoing({}) });
    await site.apply();
    await until("the port", () => connects(network, 7000));
    assert.is((await site.seen()).identity, identity);
  }),
);

live("ranges of ports, and UDP: each port leads to its own, and a port of a range that somebody has is named", () =>
  withNat(async (site, network) => {
    const web = (ports: Readonly<Record<string, unknown>>): Declared => ({
      network: { mode: "nat", ports },
      files: { "/www/index.html": { content: "from web\n" } },
      command: ["busybox", "httpd", "-f", "-p", "9002", "-h", "/www"],
    });
    await site.stand(web({ "8000-8003": "9000-9003", "127.0.0.1:8004-8006": "9004-9006/udp" }));
    const { identity, pid } = await site.seen();
    await until("the server", () => pageAt(network, "127.0.0.1:8002") === "from web");
    assert.is(pageAt(network, "127.0.0.1:8001"), null);
    await withProcess(["nsenter", `--net=/proc/${pid}/ns/net`, "--", process.execPath, "-e", echoServer], async () => {
      assert.is(echoed(network, 8005), "hello");
      assert.is(echoed(network, 8004), null);
    });
    // Shorter: the ports that are left lead where they led.
    site.declare({ web: web({ "8002-8003": "9002-9003" }) });
    await site.apply();
    assert.is(pageAt(network, "127.0.0.1:8002"), "from web");
    assert.is((await site.seen()).identity, identity);
    const listener = 'require("net").createServer().listen(8012, "127.0.0.1", () => console.log("ready"))';
    await withProcess(network.command(process.execPath, "-e", listener), async () => {
      site.declare({ web: web({ "8010-8013": "9000-9003" }) });
      assert.match((await site.rig.expect(4, "apply", "--yes")).stderr, /port 8012\/tcp of the host is in use by pid \d+/);
    });
  }),
);

test.run();

/** Runs `body` with a connection to a port of the host's loopback that echoes what is said, line by line. */
async function withConversation(network: TestNetwork, port: number, body: (say: (text: string) => Promise<string>) => Promise<void>) {
  const [file, ...args] = network.command(process.execPath, "-e", talker, String(port));
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
  let heard = "";
  child.stdout.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  try {
    await body(async (text) => {
      heard = "";
      child.stdin.write(`${text}\n`);
      await until(`the echo of ${text}`, () => heard.includes("\n"));
      return heard.trim();
    });
  } finally {
    child.kill("SIGKILL");
  }
}

const talker = `const connect = () => {
  const socket = require("net").connect(Number(process.argv[1]), "127.0.0.1");
  socket.on("connect", () => { process.stdin.pipe(socket); socket.pipe(process.stdout); socket.on("close", () => process.exit(1)); });
  socket.on("error", () => setTimeout(connect, 20));
};
connect();`;

const echoServer = `const socket = require("dgram").createSocket("udp4");
  socket.on("message", (text, { port, address }) => socket.send(text, port, address));
  socket.bind(9005, () => console.log("ready"));`;

/** Runs `body` while a process runs that has said something. */
async function withProcess([file = "", ...args]: readonly string[], body: () => Promise<void>): Promise<void> {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    await body();
  } finally {
    child.kill("SIGKILL");
    await once(child, "close");
  }
}

/** What comes back from a UDP port of the host's loopback for a hello; null: nothing within a second. */
function echoed(network: TestNetwork, port: number): string | null {
  const script = `const socket = require("dgram").createSocket("udp4");
    socket.on("message", (text) => { console.log(String(text)); process.exit(0); });
    socket.on("error", () => process.exit(1));
    socket.connect(${port}, "127.0.0.1", () => socket.send("hello"));
    setTimeout(() => process.exit(1), 1000)`;
  try {
    return network.run(process.execPath, "-e", script).trim();
  } catch {
    return null;
  }
}

/** Whether a port of the host's loopback takes connections. */
function connects(network: TestNetwork, port: number): boolean {
  const script = `const socket = require("net").connect(${port}, "127.0.0.1", () => process.exit(0));
    socket.on("error", () => process.exit(1)); setTimeout(() => process.exit(1), 3000)`;
  try {
    network.run(process.execPath, "-e", script);
    return true;
  } catch {
    return false;
  }
}
