import { text } from "../model/fact.ts";
import type { Resource } from "../model/resource.ts";
import { namespacesAddress, shimStep } from "./keeper.ts";

/** The interfaces of a private network namespace. So far: `lo`, up. */
export const network: Resource<"up" | "down"> = {
  name: "network",
  stage: "assembly",
  path: (key) => `network.${key}`,
  facts: () => ["keeper/link/lo"],
  want: (scope) => new Map(scope.environment.namespaces.net === "private" ? [["lo", "up" as const]] : []),
  have(scope, facts) {
    if (scope.environment !== null && scope.environment.namespaces.net !== "private") return new Map();
    return new Map([["lo", text(facts, "keeper/link/lo") === "up" ? ("up" as const) : ("down" as const)]]);
  },
  needs: (scope) => [namespacesAddress(scope.name)],
  compare: (want, have) => (want === have ? [] : [{ field: "", want, have }]),
  seen: ({ key, facts }) => `${key}: ${text(facts, `keeper/link/${key}`) === "up" ? "flag" : "no flag"} UP`,
  describe: (value) => value,
  create: ({ scope, key }) => [shimStep(scope, `${key} up`, ["link-up", key])],
  update: ({ scope, key }) => [shimStep(scope, `${key} up`, ["link-up", key])],
  remove: () => [],
};
