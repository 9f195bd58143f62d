import type { CapabilitySets, InsideProcess } from "../../model/isolation.ts";
import type { Check } from "./check.ts";
import { listed, none, reported, skip } from "./check.ts";

const hint = "drop them from the bounding set after the user namespace was joined (joining resets it)";

/** What processes inside may do, beside what their ids allow. */
export const capabilityChecks: readonly Check[] = [
  {
    id: "capabilities/held",
    title: "no process inside holds a capability that was not given",
    rule: "S28",
    judge: ({ processes }, { capabilities }) =>
      none(beyond(processes, ["permitted", "effective"], capabilities), {
        evidence: `none but ${listed(capabilities)}; processes looked at: ${processes.length}`,
        hint,
      }),
  },
  {
    id: "capabilities/bounding",
    title: "none can be gained that was not given",
    rule: "S28",
    judge: ({ processes }, { capabilities }) =>
      none(beyond(processes, ["bounding"], capabilities), {
        evidence: `within ${listed(capabilities)}; processes looked at: ${processes.length}`,
        hint,
      }),
  },
  {
    id: "capabilities/passed-on",
    title: "none is passed on to programs that did not ask",
    rule: "S28",
    judge: ({ processes }) =>
      none(beyond(processes, ["inheritable", "ambient"], []), {
        evidence: "inheritable and ambient sets are empty",
        hint: "clear both (setpriv --inh-caps=-all --ambient-caps=-all)",
      }),
  },
  {
    id: "capabilities/entered",
    title: "root who enters can gain only what was given",
    rule: "S28",
    judge: (seen, { capabilities }) =>
      reported(seen, "status", (status) => {
        const mask = BigInt(`0x${/^CapBnd:\s+([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
        const count = mask.toString(2).replaceAll("0", "").length;
        const more = count - capabilities.length;
        return none(more > 0 ? [`its bounding set ${mask.toString(16)} holds ${count}, given were ${capabilities.length}`] : [], {
          evidence: `its bounding set holds ${count}: ${listed(capabilities)}`,
          hint,
        });
      }),
  },
  {
    id: "capabilities/no-new-privileges",
    title: "no program can raise privileges (no_new_privs)",
    rule: "S29",
    judge: ({ processes }, { noNewPrivileges }) => {
      if (!noNewPrivileges) return skip("the manifest turns it off");
      const without = processes.filter((process) => !process.noNewPrivileges);
      return none(
        without.map((process) => `${process.comm} (pid ${process.pid}): NoNewPrivs 0`),
        {
          evidence: `NoNewPrivs 1; processes looked at: ${processes.length}`,
          hint: "set it before anything of the root runs (setpriv --no-new-privs)",
        },
      );
    },
  },
  {
    id: "capabilities/entered-no-new-privileges",
    title: "nor can what enters",
    rule: "S29",
    judge: (seen, { noNewPrivileges }) =>
      noNewPrivileges
        ? reported(seen, "status", (status) =>
            none(/^NoNewPrivs:\s+1$/m.test(status) ? [] : ["NoNewPrivs 0"], {
              evidence: "NoNewPrivs 1",
              hint: "set it when entering, too",
            }),
          )
        : skip("the manifest turns it off"),
  },
];

function beyond(processes: readonly InsideProcess[], sets: readonly (keyof CapabilitySets)[], given: readonly string[]): readonly string[] {
  const allowed = new Set(given);
  return processes.flatMap((process) => {
    const more = [...new Set(sets.flatMap((set) => process.capabilities[set]))].filter((name) => !allowed.has(name));
    return more.length === 0 ? [] : [`${process.comm} (pid ${process.pid}): ${listed(more)}`];
  });
}
