import { isInside } from "../host/inside-facts.ts";
import { depends } from "../resources/depends-on.ts";
import { followUps } from "../resources/on-change.ts";
import * as registry from "../resources/registry.ts";
import { resetSteps } from "../resources/upper.ts";

/** Every kind of resource, as the engine is handed them. */
export const kinds = {
  resources: registry.visitResources,
  shared: registry.sharedResources,
  factsOf: registry.factsOf,
  isInside,
  describe: registry.describeEnvironment,
  warnings: registry.warningsOf,
  problems: registry.problemsOf,
  keptSteps: registry.keptSteps,
  hostSteps: registry.hostSteps,
  recordSteps: registry.recordSteps,
  resetSteps,
  followUps,
  depends,
};
