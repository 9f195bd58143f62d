import type { Verb } from "../verb.ts";

export const doctor: Verb = {
  name: "doctor",
  summary: "check what this machine can do, and say how to mend what is missing",
  description:
    "Checks each requirement: kernel features, the layout of control groups, tools and their versions, id ranges, disk space. Each is ok, a warning or a failure, with the command that mends it. Needs no manifest. Ends with 1 when something that is needed is missing.",
  operands: [],
  flags: [],
  examples: [
    { command: "cloister doctor", shows: "each requirement and what to do about it" },
    { command: "cloister doctor --json", shows: "the same for programs" },
  ],
  async run(context) {
    const { runDoctor } = await import("../run-doctor.ts");
    return runDoctor(context);
  },
};
