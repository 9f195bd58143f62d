import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHierarchies } from "../../src/kernel/cgroup.ts";
import { parseMountinfo } from "../../src/kernel/mountinfo.ts";
import type { Rig } from "../support/rig.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { clear, injections } from "./refusal.ts";
import { stoppedAt } from "./stopped.ts";
import type { Subject } from "./subjects.ts";
import { furnish, gone, stands, subjects } from "./subjects.ts";
import type { Effort, Trial } from "./trial.ts";

/** Each write to a file of an environment's control groups, refused. */
export const groups: readonly Trial[] = ["EIO", "EPERM", "ENOSPC"].map((error) => ({
  id: "R21",
  what: `write to a file of a control group refused (${error}) in an apply, a change and a destroy`,
  run: (effort) => refusedWrites(error, effort),
}));

/** Of one environment each: what is refused is told by its control groups. */
const chosen = ["everything", "the host's users", "no overlay"];

async function refusedWrites(error: string, { share, oneIn, random }: Effort): Promise<number> {
  let count = 0;
  for (const subject of subjects.filter(({ name }) => (share === "whole" ? chosen.includes(name) : name === "everything"))) {
    await withSite(async (site) => {
      furnish(site);
      const step = await groupsStep(site, subject);
      for (const run of [created, changed, destroyed]) {
        for (let when = 1; ; when += 1 + random.below(share === "whole" ? 2 * oneIn - 1 : 4 * when)) {
          if ((await run(site, subject, { error, when, step })) === 0) break;
          count += 1;
        }
      }
    });
  }
  return count;
}

interface Refusal {
  readonly error: string;
  /** Which write of each thread, counted from 1. */
  readonly when: number;
  /** The step of an apply that makes the control groups. */
  readonly step: number;
}

async function created(site: Site, subject: Subject, refusal: Refusal): Promise<number> {
  site.declare(subject.first);
  const injected = await withRefusal(site, { ...refusal, place: `after:${refusal.step}`, verb: ["apply", "--yes"] });
  await site.rig.expect(0, "apply", "--yes");
  await stands(site, subject.first);
  await site.rig.expect(0, "destroy", "--yes", "--volumes");
  gone(site, `created, write ${refusal.when} refused`);
  return injected;
}

async function changed(site: Site, subject: Subject, refusal: Refusal): Promise<number> {
  site.declare(subject.first);
  await site.apply();
  const { pid } = await site.seen();
  site.declare(subject.second);
  const injected = await withRefusal(site, { ...refusal, place: "before:1", verb: ["apply", "--yes"] });
  await site.rig.expect(0, "apply", "--yes");
  await stands(site, subject.second);
  if ((await site.seen()).pid !== pid) throw new Error(`changed, write ${refusal.when} refused: it was made anew`);
  return injected;
}

async function destroyed(site: Site, subject: Subject, refusal: Refusal): Promise<number> {
  site.declare(subject.first);
  await site.apply();
  const injected = await withRefusal(site, { ...refusal, place: "before:1", verb: ["destroy", "--yes", "--volumes"] });
  await site.rig.expect(0, "destroy", "--yes", "--volumes");
  gone(site, `destroyed, write ${refusal.when} refused`);
  return injected;
}

/** The number of the step after which a new environment's control groups are there. */
async function groupsStep(site: Site, { first }: Subject): Promise<number> {
  site.declare(first);
  const { stdout } = await site.rig.expect(0, "apply", "--yes", "--json");
  await site.rig.expect(0, "destroy", "--yes", "--volumes");
  for (const line of stdout.trim().split("\n")) {
    const { type, title, done }: { type: string; title?: string; done: number } = JSON.parse(line);
    if (type === "step-finished" && title === "control groups") return done;
  }
  throw new Error(`no step made control groups:\n${stdout}`);
}

/** A run in which such writes are refused from a place on; it ends with a clear error, or as if nothing had been. How many were refused. */
async function withRefusal(
  site: Site,
  { error, when, place, verb }: Pick<Refusal, "error" | "when"> & { readonly place: string; readonly verb: readonly string[] },
): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "strace-"));
  const log = join(directory, "log");
  const inject = ["-y", "-e", "trace=write", "-e", `inject=write:error=${error}:when=${when}`];
  let stop = () => Promise.resolve();
  try {
    const { code, output } = await stoppedAt(site, { place, verb }, async (pid) => {
      const traced = [pid, ...childrenOf(pid)];
      const files = groupFiles(site.rig).flatMap((file) => ["-P", file]);
      const tracer = spawn("strace", ["-f", "-qq", "-o", log, ...inject, ...files, ...traced.flatMap((each) => ["-p", String(each)])], {
        stdio: "ignore",
      });
      const ended = once(tracer, "exit");
      stop = async () => {
        tracer.kill("SIGTERM");
        await ended;
      };
      await until("it is traced", () => traced.every(isTraced));
    });
    await stop();
    const injected = injections(readFileSync(log, "utf8"));
    try {
      clear({ code: code ?? 137, stdout: output, stderr: "" });
    } catch (cause) {
      throw new Error(`${verb[0] ?? ""}, write ${when} refused (${error}): ${String(cause)}\n${output}\n${injected.join("\n")}`);
    }
    return injected.length;
  } finally {
    await stop();
    rmSync(directory, { recursive: true });
  }
}

function childrenOf(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" "),
  );
  return children.filter((text) => text !== "").map(Number);
}

function isTraced(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every(
    (task) => !/^TracerPid:\t0$/m.test(readFileSync(`/proc/${pid}/task/${task}/status`, "utf8")),
  );
}

/** Every file of the control groups of a project's environments that can be written to, those of the groups below that are yet to come too. */
function groupFiles({ project }: Rig): readonly string[] {
  const hierarchies = parseHierarchies(parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8")));
  const found = hierarchies.flatMap(({ mountPoint }) =>
    readdirSync(`${mountPoint}/cloister/${project}`, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [`${mountPoint}/cloister/${project}/${entry.name}`] : [],
    ),
  );
  return found.flatMap((group) => [
    ...["keeper", "p-main", "exec"].map((below) => join(group, below, "cgroup.procs")),
    ...readdirSync(group)
      .map((name) => join(group, name))
      .filter((path) => statSync(path).isFile() && (statSync(path).mode & 0o222) !== 0),
  ]);
}
