import { text } from "../model/fact.ts";
import type { Resource, Scope } from "../model/resource.ts";
import { namespacesAddress, shimStep } from "./keeper.ts";

/** The names that a uts namespace holds, as one kind: `hostname` and `domainname`. Only where that namespace is private. */
export const hostname: Resource<string> = {
  name: "hostname",
  stage: "assembly",
  path: (key) => key,
  facts: () => ["keeper/hostname", "keeper/domainname"],
  want(scope) {
    const { environment } = scope;
    const names = new Map<string, string>();
    if (environment.namespaces.uts !== "private") return names;
    names.set("hostname", environment.hostname);
    if (environment.domainname !== null) names.set("domainname", environment.domainname);
    return names;
  },
  have(scope, facts) {
    const names = new Map<string, string>();
    if (scope.environment !== null && scope.environment.namespaces.uts !== "private") return names;
    const host = text(facts, "keeper/hostname");
    const domain = text(facts, "keeper/domainname");
    if (host !== null) names.set("hostname", host);
    // `(none)` is what the kernel shows when none was ever set.
    if (domain !== null && domain !== "(none)" && domain !== "") names.set("domainname", domain);
    return names;
  },
  needs: (scope) => [namespacesAddress(scope.name)],
  compare: (want, have) => (want === have ? [] : [{ field: "", want, have }]),
  seen: ({ key, facts }) => `/proc/sys/kernel/${key}: ${text(facts, `keeper/${key}`) ?? "cannot be read"}`,
  describe: (value) => value,
  create: ({ scope, key, want }) => [set(scope, key, want)],
  update: ({ scope, key, want }) => [set(scope, key, want)],
  remove: ({ scope, key }) => [set(scope, key, "(none)")],
};

function set(scope: Scope, key: string, value: string) {
  return shimStep(scope, `${key} ${value}`, ["sysctl", `kernel.${key}`, value]);
}
