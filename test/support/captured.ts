import { readFileSync } from "node:fs";
import { load } from "../../src/manifest/load.ts";
import type { Place } from "../../src/model/diagnostic.ts";
import type { Environment, Process } from "../../src/model/environment.ts";
import type { Facts } from "../../src/model/fact.ts";
import type { Keeper, Scope } from "../../src/model/resource.ts";
import { diffResource } from "../../src/plan/diff.ts";
import { visitResources } from "../../src/resources/registry.ts";
import { factsOf } from "./root-build.ts";

const directory = "test/unit/resources/captures";

/** An environment of one of everything as it stood on a hybrid host (Linux 6.18), with every fact that was read of it. */
export interface Captured {
  readonly scope: Scope & { readonly environment: Environment; readonly keeper: Keeper };
  readonly facts: Facts;
  readonly origins: ReadonlyMap<string, Place>;
}

/** What is otherwise than it was captured: what the manifest says, what the kernel shows (null: absent), which hierarchies there are. */
export interface Altered {
  readonly environment?: Partial<Environment>;
  readonly facts?: Readonly<Record<string, string | null>>;
  readonly scope?: Partial<Scope>;
}

/** The capture with some of it altered. */
export function captured({ environment = {}, facts = {}, scope = {} }: Altered = {}): Captured {
  const text = readFileSync(`${directory}/linux-6.18-web.json`, "utf8");
  const found: { readonly scope: Scope & { readonly keeper: Keeper }; readonly facts: Readonly<Record<string, string | null>> } =
    JSON.parse(text);
  const wanted = { ...declared(), ...environment };
  const keeper = scope.keeper ?? found.scope.keeper;
  return {
    scope: { ...found.scope, keepers: new Map(), ...scope, environment: wanted, keeper },
    facts: factsOf({ ...found.facts, ...facts }),
    origins: new Map(),
  };
}

/** What it is declared as. */
export function declared(): Environment {
  const source = { path: "cloister.yaml", text: readFileSync(`${directory}/linux-6.18-web.yaml`, "utf8") };
  const loaded = load({ sources: [source], directory: "/home/me" });
  const environment = "manifest" in loaded ? loaded.manifest.environments.get("web") : undefined;
  if (environment === undefined) throw new Error("the captured manifest is not valid");
  return environment;
}

/** The captured process with some of it altered, as the processes that there are to be. */
export function mainProcess(altered: Partial<Process> = {}): Pick<Environment, "processes"> {
  const { main } = declared().processes;
  if (main === undefined) throw new Error("no process was captured");
  return { processes: { main: { ...main, ...altered } } };
}

/** The text of a captured fact. */
export function capturedFact(name: string): string {
  const { facts }: { readonly facts: Readonly<Record<string, string | null>> } = JSON.parse(
    readFileSync(`${directory}/linux-6.18-web.json`, "utf8"),
  );
  const text = facts[name];
  if (text === null || text === undefined) throw new Error(`${name} was not captured`);
  return text;
}

/** What every kind of resource would change: `update web.hostname`. */
export function changesOf(altered: Altered = {}): readonly string[] {
  const changes = visitResources({ visit: (resource) => diffResource(resource, captured(altered)) }).flat();
  return changes.map(({ change }) => `${change.action} ${change.address}`);
}
