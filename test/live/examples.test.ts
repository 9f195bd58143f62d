// timeout: 600 s
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Rig } from "../support/rig.ts";
import { withRig } from "../support/rig.ts";
import { pageAt, withNetwork } from "../support/test-network.ts";
import { until } from "../support/until.ts";

const offline = needs(test, "root", "busybox", "catatonit");
const online = needs(test, "root", "catatonit", "mmdebstrap", "time namespaces", "a package mirror");

/** One example: its environment, and what it promises, as commands inside and what they say. */
interface Example {
  readonly file: string;
  readonly environment: string;
  readonly promises: readonly (readonly [command: readonly string[], says: RegExp])[];
}

const boundFiles = [
  ["sh", "-c", "cat /work/index.html /srv/index.html | wc -l; stat -c %U /work/index.html"],
  ["sh", "-c", "touch /srv/x"],
  ["sh", "-c", "echo mine >/try/index.html; cat /try/index.html; echo kept >/var/lib/notes/a; df -k /var/cache/app | tail -n 1"],
] as const;

const examples: readonly Example[] = [
  { file: "minimal", environment: "minimal", promises: [[["cat", "/etc/debian_version"], /^12\./]] },
  {
    file: "better-root",
    environment: "better-root",
    promises: [
      [["hostname"], /^better-root$/m],
      [["ls", "/proc"], /^1$/m],
      [["sh", "-c", "cat /proc/net/dev | tail -n +3 | cut -d: -f1"], /^ *lo$/m],
      [["df", "-k", "/tmp"], / 65536 /],
    ],
  },
  {
    file: "all-namespaces",
    environment: "island",
    promises: [
      [["hostname"], /^island$/m],
      [
        ["cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/shmmax", "/proc/sys/kernel/domainname"],
        /^1\n1073741824\nexample\.org\n/,
      ],
      [["sh", "-c", "cut -d. -f1 /proc/uptime"], /^(60[4-9]|6[1-9]|[7-9])\d{3,}$/m],
    ],
  },
  {
    file: "limits",
    environment: "small",
    promises: [
      [["cat", "/proc/self/limits"], /^Max core file size +0 +0 [\s\S]*^Max processes +64 +64 [\s\S]*^Max open files +256 +1024 /m],
      [["cat", "/proc/self/oom_score_adj"], /^500$/m],
    ],
  },
  {
    file: "bind-mounts",
    environment: "workshop",
    promises: [
      [boundFiles[0], /root\n$/],
      [boundFiles[1], /Read-only file system/],
      [boundFiles[2], /^mine\n.* 32768 /],
    ],
  },
];

offline("offline.yaml: a root that the script beside it makes, no network at all", () =>
  withRig(async (rig) => {
    execFileSync("sh", ["examples/make-busybox-root.sh"], { stdio: "ignore" });
    const written = [["sh", "-c", "touch /tmp/x && touch /etc/x && echo written"], /^written$/m] as const;
    await stands(rig, { file: "offline", environment: "box", promises: [written] }, async () => {
      assert.is((await rig.expect(0, "logs", ...from("offline"), "box")).stdout, "hello from box\n");
    });
  }),
);

offline("one-shot.yaml: a job that is started again counts on, and its log has all of its runs", () =>
  withRig(async (rig) => {
    execFileSync("sh", ["examples/make-busybox-root.sh"], { stdio: "ignore" });
    await stands(rig, { file: "one-shot", environment: "report", promises: [] }, async () => {
      const again = ["start", ...from("one-shot"), "report"];
      await rig.expect(0, "wait", ...from("one-shot"), "--timeout", "10s", "report");
      await rig.expect(0, ...again);
      await rig.expect(0, "wait", ...from("one-shot"), "--timeout", "10s", "report");
      assert.is((await rig.expect(0, "logs", ...from("one-shot"), "report")).stdout, "run 1\nrun 2\n");
      await rig.expect(0, "apply", ...from("one-shot"), "--wait");
    });
  }),
);

offline("build-sandbox.yaml: what it makes comes out by cp; its source, its root and the network are out of its reach", () =>
  withRig(async (rig) => {
    execFileSync("sh", ["examples/make-busybox-root.sh"], { stdio: "ignore" });
    const promises = [
      [["touch", "/src/x"], /Read-only file system/],
      [["touch", "/x"], /Read-only file system/],
      [["sh", "-c", "cut -d: -f1 /proc/net/dev | tail -n +3"], /^ *lo\n$/],
      [["sh", "-c", "grep CapBnd /proc/self/status"], /^CapBnd:\t0+$/m],
    ] as const;
    await stands(rig, { file: "build-sandbox", environment: "build", promises }, async () => {
      await rig.expect(0, "wait", ...from("build-sandbox"), "--timeout", "10s", "build");
      await rig.expect(0, "cp", ...from("build-sandbox"), "build:/dist/.", "dist");
      const page = readFileSync(join(rig.directory, "dist/index.html"), "utf8");
      assert.match(page, /<!-- built in \d{4} -->$/m);
      assert.ok(page.startsWith(readFileSync("examples/site/index.html", "utf8")));
    });
  }),
);

offline("dev-shell.yaml: the tree is the host's, and what is written there its owner's; home is kept", () =>
  withRig(async (rig) => {
    execFileSync("sh", ["examples/make-busybox-root.sh"], { stdio: "ignore" });
    const promises = [
      [["sh", "-c", "cat /src/index.html && : >/src/made && stat -c %u /src/made"], /^0$/m],
      [["sh", "-c", "echo kept >/root/note; hostname"], /^dev$/m],
    ] as const;
    await stands(rig, { file: "dev-shell", environment: "dev", promises }, async () => {
      assert.is(statSync("examples/site/made").uid, statSync("examples/site").uid);
      rmSync("examples/site/made");
      const inside = (...command: readonly string[]) => rig.expect(0, "exec", ...from("dev-shell"), "-T", "dev", "--", ...command);
      await rig.expect(0, "destroy", "-y", ...from("dev-shell"));
      await rig.expect(0, "apply", "-y", ...from("dev-shell"));
      assert.is((await inside("cat", "/root/note")).stdout, "kept\n");
    });
  }),
);

const networked = needs(test, "root", "busybox", "catatonit", "ip", "nft");

networked("two-tiers.yaml: a page on the host's loopback, with what the other environment says", () =>
  withNetwork((network) =>
    withRig(
      async (rig) => {
        execFileSync("sh", ["examples/make-busybox-root.sh"], { stdio: "ignore" });
        await stands(rig, { file: "two-tiers", environment: "web", promises: [[["cat", "/etc/hosts"], / data$/m]] }, async () => {
          const page = await until("the page", () => pageAt(network, "127.0.0.1:8080/cgi-bin/page"));
          assert.is(page, "hello from the data tier");
        });
      },
      { network },
    ),
  ),
);

networked("web.yaml: a page on the host's loopback, which two environments make that ask one another by name", () =>
  withNetwork((network) =>
    withRig(
      async (rig) => {
        execFileSync("sh", ["examples/make-busybox-root.sh"], { stdio: "ignore" });
        await stands(rig, { file: "web", environment: "web", promises: [[["cat", "/etc/hosts"], / app$/m]] }, async () => {
          await until("the page", () => pageAt(network, "127.0.0.1:8080/cgi-bin/page") === "hello web, says app");
          assert.is(pageAt(network, "10.213.0.1:80"), null);
        });
      },
      { network },
    ),
  ),
);

networked("locked-down.yaml: one port of one environment within reach, and nothing else of anybody", () =>
  withNetwork((network) =>
    withRig(
      async (rig) => {
        execFileSync("sh", ["examples/make-busybox-root.sh"], { stdio: "ignore" });
        await stands(rig, { file: "locked-down", environment: "worker", promises: [[["cat", "/etc/hosts"], / data$/m]] }, async () => {
          const fetched = (environment: string, place: string) =>
            rig.cloister("exec", ...from("locked-down"), "-T", environment, "--", "wget", "-q", "-O", "-", `http://${place}`);
          await until("the page", async () => (await fetched("worker", "data:5432/greeting")).stdout === "hello from the data tier\n");
          assert.match((await fetched("worker", "data:81/")).stderr, /No route to host/);
          assert.match((await fetched("data", "worker:80/")).stderr, /No route to host/);
          const data = await fetched("data", "data:5432/greeting");
          assert.is(data.stdout, "hello from the data tier\n");
          assert.is(pageAt(network, "10.213.0.1:80"), null);
        });
      },
      { network },
    ),
  ),
);

for (const example of examples) {
  online(`${example.file}.yaml: applied, it is what it says, and a second apply changes nothing`, () =>
    withRig((rig) => stands(rig, example), { store: "shared" }),
  );
}

offline("jammy.yaml: a plan works anywhere; what an apply lacks is said exactly", () =>
  withRig(async (rig) => {
    const plan = (await rig.expect(2, "plan", "--detailed-exitcode", ...from("jammy"))).stdout;
    assert.match(plan, /\+ create +rootfs\["jammy-minbase@[0-9a-f]{4}"\]/);
    const keyring = "/usr/share/keyrings/ubuntu-archive-keyring.gpg";
    const missing = await rig.expect(6, "apply", "-y", ...from("jammy"));
    const said = missing.stdout + missing.stderr;
    assert.ok(said.includes("error rootfs/no-keyring"), said);
    assert.ok(said.includes(keyring));
    assert.not.match(said, /mirror/);
  }),
);

const withPackages = needs(test, "root", "catatonit", "mmdebstrap", "a package mirror", "ip", "nft");

withPackages("nginx-postgresql.yaml: each visit is counted, also after the environment of the database was made anew", () =>
  withNetwork(async (network) => {
    const manifest = from("nginx-postgresql");
    // A network of its own has no way to a mirror.
    await withRig(
      async (rig) => {
        const { code, stderr } = await rig.run(["build", ...manifest], { timeoutMs: 300_000 });
        assert.is(code, 0, stderr);
      },
      { store: "shared" },
    );
    await withRig(
      async (rig) => {
        await rig.expect(0, "apply", "-y", "--wait", ...manifest);
        assert.match((await rig.expect(0, "apply", ...manifest)).stdout, /^nothing to change: /);
        const visits = () => Number(/^visits: (\d+)/.exec(pageAt(network, "127.0.0.1:8080") ?? "")?.[1] ?? -1);
        await until("a visit is counted", () => visits() > 0, 30_000);
        await rig.expect(0, "destroy", "-y", ...manifest, "db");
        await rig.expect(0, "apply", "-y", "--wait", ...manifest);
        const before = visits();
        assert.ok(before > 0, "the page of before");
        await until("the next visits are counted on", () => visits() > before + 1, 30_000);
        await rig.expect(0, "destroy", "-y", "--volumes", ...manifest);
      },
      { network, store: "shared" },
    );
  }),
);

test.run();

/** Plans, applies and looks into an example, and destroys it; the rig sees that nothing is left. */
async function stands(
  rig: Rig,
  { file, environment, promises }: Example,
  look: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const manifest = from(file);
  await rig.expect(0, "validate", ...manifest);
  await rig.expect(2, "plan", "--detailed-exitcode", ...manifest);
  await rig.expect(0, "apply", "-y", ...manifest);
  const again = await rig.expect(0, "apply", ...manifest);
  assert.match(again.stdout, /^nothing to change: /);
  for (const [command, says] of promises) {
    const { stdout, stderr } = await rig.run(["exec", "-T", ...manifest, environment, "--", ...command], {});
    assert.match(stdout + stderr, says, command.join(" "));
  }
  await look();
  await rig.expect(0, "verify", ...manifest, environment);
  await rig.expect(0, "destroy", "-y", "--volumes", ...manifest);
  assert.equal(readdirSync("examples/site"), ["index.html"]);
}

function from(file: string): readonly string[] {
  const path = resolve("examples", `${file}.yaml`);
  assert.match(readFileSync(path, "utf8"), /^api_version: /m);
  return ["--file", path];
}
