import { text } from "../model/fact.ts";
import type { Resource, Scope } from "../model/resource.ts";
import { namespacesAddress, shimStep } from "./keeper.ts";

/** Kernel parameters that belong to a namespace of the environment. One that is no longer declared keeps its value and is not reported. */
export const sysctl: Resource<string> = {
  name: "sysctls",
  stage: "assembly",
  confines: true,
  path: (key) => `sysctls[${JSON.stringify(key)}]`,
  facts: (scope) => names(scope).map((name) => `keeper/sysctl/${name}`),
  want: (scope) => new Map(Object.entries(scope.environment.sysctls)),
  have(scope, facts) {
    const values = new Map<string, string>();
    for (const name of names(scope)) {
      const value = text(facts, `keeper/sysctl/${name}`);
      if (value !== null) values.set(name, value);
    }
    return values;
  },
  needs: (scope) => [namespacesAddress(scope.name)],
  compare: (want, have) => (spaces(want) === spaces(have) ? [] : [{ field: "", want, have }]),
  seen: ({ key, facts }) => `/proc/sys/${key.replaceAll(".", "/")}: ${text(facts, `keeper/sysctl/${key}`) ?? "cannot be read"}`,
  describe: (value) => value,
  create: ({ scope, key, want }) => [set(scope, key, want)],
  update: ({ scope, key, want }) => [set(scope, key, want)],
  remove: () => [],
};

function names(scope: Scope): readonly string[] {
  return Object.keys(scope.environment?.sysctls ?? {});
}

// The kernel separates the numbers of one parameter by tabs.
function spaces(value: string): string {
  return value.trim().replace(/\s+/g, " ");
}

function set(scope: Scope, key: string, value: string) {
  return shimStep(scope, `${key} = ${value}`, ["sysctl", key, value]);
}
