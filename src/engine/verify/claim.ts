import { binfmtPlace, isForeign } from "../../model/architecture.ts";
import type { Environment, Quantity } from "../../model/environment.ts";
import type { IsolationClaim } from "../../model/isolation.ts";
import { architectureOf } from "../../model/rootfs.ts";

/** What percentages of limits are of, bytes and processors of the host, and its `process.arch`. */
export interface HostTotals {
  readonly memory: number;
  readonly cpus: number;
  readonly architecture: string;
}

/** What an environment of the manifest is meant to be. */
export function claimOf(environment: Environment, totals: HostTotals): IsolationClaim {
  const { limits } = environment.resources;
  const mounts = Object.entries(environment.mounts).map(
    ([target, { type, read_only, optional }]) => [target, { type: String(type), readOnly: read_only, optional }] as const,
  );
  const architecture = architectureOf(environment.rootfs);
  const foreign = architecture !== undefined && isForeign(architecture, totals.architecture);
  const interpreter = foreign ? [[binfmtPlace, { type: "binfmt_misc", readOnly: true, optional: false }] as const] : [];
  return {
    namespaces: environment.namespaces,
    users: environment.users.mode,
    hostname: environment.hostname,
    timeOffsets: environment.time_offsets,
    mounts: new Map([...mounts, ...interpreter]),
    capabilities: environment.security.capabilities,
    noNewPrivileges: environment.security.no_new_privileges,
    maskedPaths: environment.security.masked_paths,
    readOnlyPaths: environment.security.read_only_paths,
    network: environment.network.mode,
    limits: { memory: resolve(limits.memory, totals.memory), cpus: resolve(limits.cpus, totals.cpus), pids: limits.pids },
    oomScoreAdj: environment.oom_score_adj,
    coreLimit: environment.ulimits.core?.hard ?? 0,
  };
}

/** What is claimed of a process that no manifest describes: all that an environment without a word of its own is, but for names and mounts. */
export function claimOfStranger(plain: Environment, totals: HostTotals): IsolationClaim {
  return { ...claimOf(plain, totals), hostname: null, mounts: null };
}

function resolve(quantity: Quantity | null, total: number): number | null {
  if (quantity === null || typeof quantity === "number") return quantity;
  return (Number.parseFloat(quantity) / 100) * total;
}
