import type { Step } from "../model/step.ts";

/** A step of the staging mount namespace. */
export type Placing = Extract<Step, { readonly type: "mount" | "shim" }>;

/** What is carried out in one go: a step, or an assembly with what must be there before it begins. */
export type Unit =
  | { readonly type: "step"; readonly step: Step }
  | { readonly type: "assembly"; readonly before: readonly Step[]; readonly steps: readonly [Placing, ...Placing[]] };

/**
 * Steps as they are carried out: those of the staging namespace together, in two processes. What is made on the host in between does not cut them apart, it
 * is made first: an upper's directory, a limit.
 */
export function fused(steps: readonly Step[]): readonly Unit[] {
  const units: Unit[] = [];
  let before: Step[] = [];
  let placing: Placing[] = [];
  const flush = () => {
    const [first, ...rest] = placing;
    if (first !== undefined) units.push({ type: "assembly", before, steps: [first, ...rest] });
    before = [];
    placing = [];
  };
  for (const step of steps) {
    if (step.type === "mount" || step.type === "shim") placing.push(step);
    else if (placing.length > 0 && (step.type === "mkdir" || step.type === "write" || step.type === "cgroup")) before.push(step);
    else {
      flush();
      units.push({ type: "step", step });
    }
  }
  flush();
  return units;
}

/** What an assembly consists of, each kind in order. */
export function partsOf(steps: readonly Placing[]) {
  return {
    mounts: steps.flatMap((step) => (step.type === "mount" ? [step.mount] : [])),
    operations: steps.flatMap((step) => (step.type === "shim" ? [step.operation] : [])),
  };
}
