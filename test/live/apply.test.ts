import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import type { Trace } from "../support/strace.ts";
import { strace } from "../support/strace.ts";

const live = needs(test, "root", "busybox", "catatonit");
const traced = needs(test, "root", "busybox", "catatonit", "strace");

/** One of everything that can be declared without a network. */
const everything = {
  hostname: "everything",
  domainname: "example.org",
  time_offsets: { monotonic: 100, boottime: 200 },
  mounts: {
    "/srv": "./site:ro",
    "/work": { type: "bind", source: "./site" },
    "/data": { type: "volume", source: "data" },
    "/cache": { type: "tmpfs", size: "1M", options: ["noexec"] },
    "/try": { type: "overlay", source: "./site", size: "1M" },
    "/dev/mqueue": null,
  },
  resources: { limits: { memory: "64M", cpus: 0.5, pids: 50 } },
  sysctls: { "net.ipv4.ip_forward": 1, "kernel.shmmax": 1048576 },
  command: ["sleep", "1000"],
};

live("after an apply the plan is empty; a second one leaves every process and namespace as it is", () =>
  withSite(async (site) => {
    declareEverything(site);
    await site.apply();
    const before = [(await site.seen()).identity, await site.status()];
    assert.is(
      (await site.rig.expect(0, "plan", "--detailed-exitcode")).stdout,
      "nothing to change: 2 environments are as the manifest wants\n",
    );
    const again = await site.rig.expect(0, "apply");
    assert.is(again.stdout, "nothing to change: 2 environments are as the manifest wants\n");
    assert.equal(unsteadyAway([(await site.seen()).identity, await site.status()]), unsteadyAway(before));
  }),
);

live("plan --detailed-exitcode is 2 where there is something to do", () =>
  withSite(async (site) => {
    site.declare({ web: {} });
    await site.rig.expect(2, "plan", "--detailed-exitcode");
    await site.rig.expect(0, "plan");
    await site.apply();
    await site.rig.expect(0, "plan", "--detailed-exitcode");
  }),
);

traced("a second apply starts one process at the most, which only reads", () =>
  withSite(async (site) => {
    declareEverything(site);
    await site.apply();
    const trace = traceOf(site, "off", "apply", "--yes");
    assert.is(trace.code, 0);
    assert.equal(trace.mutations, []);
    assert.ok(trace.forks.length <= 1, trace.forks.join("\n"));
  }),
);

for (const cache of ["off", "on"] as const) {
  traced(`a plan changes nothing and writes nothing but its cache, which is ${cache}`, () =>
    withSite(async (site) => {
      declareEverything(site);
      for (const moment of ["before the first apply", "after it", "with drift"]) {
        const trace = traceOf(site, cache, "plan");
        assert.is(trace.code, 0, moment);
        assert.equal(trace.mutations, [], moment);
        assert.ok(trace.forks.length <= 1, `${moment}: ${trace.forks.join("\n")}`);
        if (moment === "before the first apply") await site.apply();
        if (moment === "after it") declareEverything(site, { hostname: "another", resources: { limits: { pids: 60 } } });
      }
    }),
  );
}

traced("drift changes nothing, whether it finds something or not", () =>
  withSite(async (site) => {
    declareEverything(site);
    await site.apply();
    const { pid } = await site.seen();
    for (const code of [0, 2]) {
      const trace = traceOf(site, "off", "drift");
      assert.equal([trace.code, trace.mutations], [code, []]);
      assert.ok(trace.forks.length <= 1, trace.forks.join("\n"));
      execFileSync("nsenter", ["-t", String(pid), "-u", "hostname", "another"]);
    }
  }),
);

traced("status, inspect and a plan of destruction change nothing either", () =>
  withSite(async (site) => {
    declareEverything(site);
    await site.apply();
    for (const verb of ["status", "inspect"]) assert.equal(traceOf(site, "off", verb).mutations, [], verb);
  }),
);

live("what is printed as JSON is what the schemas say", () =>
  withSite(async (site) => {
    declareEverything(site);
    const documents = async (...args: readonly string[]) => (await site.rig.expect(0, ...args, "--json")).stdout.trim().split("\n");
    const texts = [
      ...(await documents("plan")),
      ...(await documents("status")),
      ...(await documents("apply", "-y")),
      ...(await documents("plan")),
      ...(await documents("status")),
      ...(await documents("destroy", "-y", "--volumes")),
      ...(await documents("status")),
    ];
    assert.ok(texts.length > 20);
    for (const text of texts) assert.is(problemsOf(text), "", text);
  }),
);

test.run();

function declareEverything(site: Site, changes: Readonly<Record<string, unknown>> = {}): void {
  site.rig.write("site/index.html", "hello\n");
  site.declare({ web: { ...everything, ...changes }, db: {} });
}

/** Without what changes by itself. */
function unsteadyAway(value: unknown): string {
  return JSON.stringify(value, (key, each: unknown) => (key === "uptime_seconds" || key === "memory_bytes" ? null : each));
}

function traceOf({ rig }: Site, cache: "on" | "off", ...args: readonly string[]): Trace {
  const environment = { ...rig.env, CLOISTER_CACHE: cache === "off" ? "off" : "" };
  const except = cache === "off" ? {} : { except: /"\/var\/cache\/cloister[/"]/ };
  const command = rig.command("--file", join(rig.directory, "cloister.yaml"), ...args);
  return strace(command, { log: join(rig.directory, "..", "strace.log"), env: environment, ...except });
}

const ajv = new Ajv({ allErrors: true, strict: false });
const schemas = new Map(
  readdirSync("schemas/output").map((name) => [name, ajv.compile(JSON.parse(readFileSync(join("schemas/output", name), "utf8")))]),
);

function problemsOf(text: string): string {
  const document: { readonly schema: string } = JSON.parse(text);
  const validate = schemas.get(document.schema.replace(/^cloister\/(.*)\/v1$/, "$1-v1.json"));
  if (validate === undefined) return `no schema for ${document.schema}`;
  return validate(document) ? "" : ajv.errorsText(validate.errors);
}
