import type { Place } from "../model/diagnostic.ts";
import type { UsedVariable } from "../model/environment.ts";
import type { Reference } from "./expand.ts";
import type { Variables } from "./variables.ts";

/** Collects which variables are used, and where; what is inherited, or repeated by an alias, stands in one place only. */
export class VariableUses {
  readonly #uses = new Map<string, UsedVariable["uses"][number][]>();
  readonly #seen = new Set<string>();

  add({ name, operator, operand }: Reference, at: Place | null): void {
    const key = JSON.stringify([name, operator, operand, at]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const uses = this.#uses.get(name);
    if (uses === undefined) this.#uses.set(name, [{ operator, operand, at }]);
    else uses.push({ operator, operand, at });
  }

  /** All of them by name, with what they hold. */
  list(variables: Variables): readonly UsedVariable[] {
    return [...this.#uses.keys()].sort().map((name) => {
      const { value = null, from = null } = variables.find(name) ?? {};
      return { name, value, from, uses: this.#uses.get(name) ?? [] };
    });
  }
}
