import { bootTime } from "../host/boot-time.ts";
import { namespacesOf, readProc } from "../host/proc-reader.ts";
import { readEnds } from "../host/process-end-lines.ts";
import { parseCapabilityMask } from "../kernel/capability.ts";
import { parseIdMap } from "../kernel/idmap.ts";
import { parseMountinfo } from "../kernel/mountinfo.ts";
import { parseColonLines } from "../kernel/proc.ts";
import { processNames } from "../model/resource.ts";
import type { Target } from "../plan/plan-request.ts";

/** Everything that the kernel shows of an environment, and where its files are, as JSON values. */
export function inspectDocument({ scope, state }: Target): Readonly<Record<string, unknown>> {
  const { keeper, places } = scope;
  const directories = { run: places.run, logs: places.logs, uppers: places.uppers, store: places.store };
  const process = state.processes.main ?? null;
  const about = {
    name: scope.name,
    state: state.state,
    ...(state.failure === undefined ? {} : { failure: state.failure }),
    root: state.root,
    process,
    processes: state.processes,
    ends: endsOf(scope),
    directories,
  };
  if (keeper === null) return about;
  const proc = (file: string) => readProc(`/proc/${keeper.pid}/${file}`);
  const status = parseColonLines(proc("status"));
  return {
    ...about,
    id: scope.id,
    keeper: { pid: keeper.pid, start_ticks: keeper.start, parent: keeper.parent },
    uptime_seconds: state.uptimeSeconds,
    memory_bytes: state.memoryBytes,
    namespaces: namespacesOf(keeper.pid),
    uid_map: parseIdMap(proc("uid_map")),
    gid_map: parseIdMap(proc("gid_map")),
    mounts: parseMountinfo(proc("mountinfo")).map(({ target, fstype, source, root, device, options, superOptions }) => ({
      target,
      fstype,
      source,
      root,
      device,
      options,
      super_options: superOptions,
    })),
    control_groups: places.cgroups.map(({ path }) => path),
    keeper_capabilities: parseCapabilityMask(status.get("CapEff") ?? "0"),
    capabilities: scope.environment?.security.capabilities ?? null,
    limits: scope.environment?.resources.limits ?? null,
  };
}

/** Of each process the ends that are kept, the last one last. */
function endsOf(scope: Target["scope"]): Readonly<Record<string, readonly object[]>> {
  const boot = bootTime();
  const ends = processNames(scope).map((name) => {
    const all = readEnds(`${scope.places.run}/${name}.end`).ends.map(({ code, uptime, oom, verdict, restarts }) => ({
      code,
      signal: code !== null && code > 128 ? code - 128 : null,
      oom,
      at: uptime === null ? null : new Date(boot + uptime * 1000).toISOString(),
      restarts,
      verdict,
    }));
    return [name, all] as const;
  });
  return Object.fromEntries(ends.filter(([, all]) => all.length > 0));
}
