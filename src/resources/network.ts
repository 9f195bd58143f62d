import { text } from "../model/fact.ts";
import type { Resource } from "../model/resource.ts";
import { namespacesAddress, shimStep } from "./keeper.ts";

/** The interfaces of a private network namespace. So far: `lo`, up. */
export const network: Resource<"up" | "down"> = {
  name: "network",
  stage: "assembly",
  path: (key) => `network.${key}`,
  facts: () => ["keeper/net/fib_trie"],
  want: (scope) => new Map(scope.environment.namespaces.net === "private" ? [["lo", "up" as const]] : []),
  have(scope, facts) {
    if (scope.environment !== null && scope.environment.namespaces.net !== "private") return new Map();
    // The kernel puts 127.0.0.1 into the local table when lo comes up, and takes it out when it goes down.
    const table = text(facts, "keeper/net/fib_trie") ?? "";
    return new Map([["lo", table.includes("127.0.0.1") ? ("up" as const) : ("down" as const)]]);
  },
  needs: (scope) => [namespacesAddress(scope.name)],
  compare: (want, have) => (want === have ? [] : [{ field: "", want, have, evidence: "no 127.0.0.1 in /proc/PID/net/fib_trie" }]),
  describe: (value) => value,
  create: ({ scope, key }) => [shimStep(scope, `${key} up`, ["link-up", key])],
  update: ({ scope, key }) => [shimStep(scope, `${key} up`, ["link-up", key])],
  remove: () => [],
};
