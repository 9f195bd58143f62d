import * as fs from "node:fs";
import { namesIn, profilesVariable } from "../../manifest/profiles.ts";
import { durationMs } from "../flags.ts";
import { environmentsOperand } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const unit: Verb = {
  name: "unit",
  summary: "print a systemd service that watches",
  description:
    "Prints a unit file for systemd: a service that runs `cloister watch` for this manifest, with the flags that are given here. Stopping the service leaves the environments running; `systemctl reload` makes it look at everything.",
  operands: [environmentsOperand],
  flags: [{ spelling: "--interval TIME", description: "how often the service looks at everything, as 500ms, 30s, 5m (default: 30s)" }],
  examples: [
    { command: "cloister unit >/etc/systemd/system/cloister-blog.service", shows: "then: systemctl enable --now cloister-blog" },
    { command: "cloister unit -y --interval 5m", shows: "a service that restarts and recreates, too, without asking" },
  ],
  async run(context) {
    const { flags, operands, settings, terminal } = context;
    const { loadManifest } = await import("../load-manifest.ts");
    const { systemdUnit } = await import("../systemd-unit.ts");
    const interval = flags.value("interval");
    if (interval !== null) durationMs("interval", interval);
    const { variablesIn } = await import("../secret-values.ts");
    const manifest = loadManifest(context);
    const { project, variables = [] } = manifest;
    terminal.out(
      systemdUnit({
        project,
        program: fs.realpathSync(process.argv[1] ?? "").replace(/\/[^/]*$/, "/cloister"),
        node: process.execPath,
        directory: process.cwd(),
        // A service has no environment of its caller's.
        settings: {
          ...settings,
          profiles: settings.profiles.length > 0 ? settings.profiles : namesIn(process.env[profilesVariable] ?? ""),
        },
        interval,
        environments: operands,
        variables: variables.filter(({ from }) => from === "environment").map(({ name }) => name),
        secrets: [...variablesIn(manifest)],
      }),
    );
    return 0;
  },
};
