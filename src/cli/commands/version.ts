import type { Verb } from "../verb.ts";
import { cloisterVersion } from "../version.ts";

export const version: Verb = {
  name: "version",
  summary: "print the versions of cloister, Node.js and the kernel",
  description: "Prints what a report of a problem should hold: the versions of cloister, of Node.js and of the kernel.",
  operands: [],
  flags: [],
  examples: [
    { command: "cloister version", shows: "one version a line" },
    { command: "cloister version --json", shows: "the same for programs" },
  ],
  async run({ settings, terminal }) {
    const { release } = await import("node:os");
    const versions = { cloister: cloisterVersion, node: process.versions.node, kernel: release() };
    const text = Object.entries(versions).map(([name, value]) => `${name} ${value}\n`);
    terminal.out(settings.json ? `${JSON.stringify({ schema: "cloister/version/v1", ...versions })}\n` : text.join(""));
    return 0;
  },
};
