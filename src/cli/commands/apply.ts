import {
  allowOomFlag,
  environmentsOperand,
  forceProtectedFlag,
  ignoreFlag,
  lazyFlag,
  lockedFlag,
  noRestartFlag,
  offlineFlag,
  pruneFlag,
} from "../operands.ts";
import type { Verb } from "../verb.ts";

export const apply: Verb = {
  name: "apply",
  summary: "make the environments what the manifest says",
  description:
    "Shows the plan and carries it out: environments that are missing are made, what differs is changed in place where that is possible. Drift that is to be ignored is left and named; so is a mount that is to go and is in use, with the processes that use it, and the rest is done. What endangers processes that are to go on, a limit of memory below what is in use, is refused before anything is done. Asks before it recreates or destroys anything; -y does not ask. Run again, it changes nothing.",
  operands: [environmentsOperand],
  flags: [
    pruneFlag,
    noRestartFlag,
    forceProtectedFlag,
    ignoreFlag,
    lazyFlag,
    allowOomFlag,
    lockedFlag,
    offlineFlag,
    {
      spelling: "--keep-failed",
      description:
        "keep an environment whose start fails half-way, half made and without any of its processes, for a look; the next apply makes it anew",
    },
    {
      spelling: "--wait[=STATE]",
      description:
        "return when every process has run for a second, or ended with 0, with healthy also is so by its healthcheck; else 4, with its last output",
      choices: ["started", "healthy"],
      bare: "started",
    },
    { spelling: "--timeout TIME", description: "with --wait, wait no longer than this: 500ms, 30s, 5m (default: 1m)" },
    { spelling: "--plan FILE", description: "carry out what plan -o wrote, and nothing else; no manifest is read" },
  ],
  examples: [
    { command: "cloister apply", shows: "every environment of cloister.yaml" },
    { command: "cloister apply -y -f web.yaml web", shows: "only web of another manifest, without a question" },
    { command: "cloister apply --locked", shows: "with roots of exactly the packages that cloister.lock names, or not at all" },
    { command: "cloister apply --no-restart", shows: "only what is done in place or is new; exit 5 where a restart is left to do" },
    { command: "cloister apply --plan web.plan", shows: "a plan that was looked at before; refused where what it rests on has moved" },
    { command: "cloister apply --wait --timeout 30s", shows: "exit 4 where a process does not come up in that time" },
    { command: "cloister apply --wait=healthy", shows: "exit 4 where one is not healthy in a minute, with what its last check printed" },
    { command: "cloister apply --keep-failed", shows: "what fails while it is assembled stays: cloister exec, inspect, destroy" },
    { command: "cloister apply --json -y", shows: "each event as a line of JSON" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { carryOut } = await import("../carry-out.ts");
    const { flags, operands } = context;
    const file = flags.value("plan");
    if (file !== null) {
      const { applySaved } = await import("../apply-saved.ts");
      return applySaved(file, context);
    }
    const { waitingOf } = await import("../await-started.ts");
    const wait = waitingOf(context);
    const engine = await openEngine(context, { secrets: "keep" });
    const may = {
      lazy: flags.has("lazy"),
      risk: flags.has("allow-oom"),
      forced: flags.values("force-protected"),
      keepFailed: flags.has("keep-failed"),
    };
    const wish = { ...may, prune: flags.has("prune"), noRestart: flags.has("no-restart"), ignore: flags.values("ignore"), lock: true };
    const plan = await engine.plan(operands, wish);
    const code = await carryOut(plan, { context, engine });
    if (code === 0 && plan.warnings.some((warning) => warning.code === "lock/stale")) {
      const { lockInstalled } = await import("../lock-installed.ts");
      await lockInstalled(context);
    }
    return wait(code, engine, operands);
  },
};
