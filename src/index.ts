/** What a program may import: the nouns, and the reading of manifests. */
export { load } from "./manifest/load.ts";
export { filesNamedBy } from "./manifest/named-files.ts";
export { variablesOf } from "./manifest/variables.ts";
export type { Action, Change } from "./model/change.ts";
export type { Diagnostic, DiagnosticCode, Place } from "./model/diagnostic.ts";
export { CloisterError } from "./model/diagnostic.ts";
export type { Environment, Manifest } from "./model/environment.ts";
export type { Event, Reporter } from "./model/event.ts";
export type { EnvironmentState, Plan } from "./model/plan.ts";
export type { Step } from "./model/step.ts";
