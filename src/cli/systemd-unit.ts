import * as path from "node:path";
import { CloisterError } from "../model/diagnostic.ts";
import type { Settings } from "./context.ts";

/** What a service is made from. */
export interface UnitRequest {
  readonly project: string;
  /** The launcher, absolute. */
  readonly program: string;
  /** The Node that runs now, absolute. */
  readonly node: string;
  /** Where relative names start. */
  readonly directory: string;
  readonly settings: Pick<Settings, "files" | "profiles" | "envFiles" | "project" | "dataDir" | "stateDir" | "yes">;
  readonly interval: string | null;
  readonly environments: readonly string[];
  /** Variables that the manifest has from the environment of the caller, which a service lacks. */
  readonly variables: readonly string[];
  /** Variables that secrets are read from, likewise. */
  readonly secrets: readonly string[];
}

/** The text of a systemd service that runs `cloister watch`; a service has no directory of its caller's, so every path in it is absolute. */
export function systemdUnit({
  project,
  program,
  node,
  directory,
  settings,
  interval,
  environments,
  variables,
  secrets,
}: UnitRequest): string {
  const files = settings.files.length === 0 ? ["cloister.yaml"] : settings.files;
  if (files.includes("-")) throw standardInput();
  const absolute = (name: string) => path.resolve(directory, name);
  const flag = (name: string, value: string | null) => (value === null ? [] : [name, value]);
  const command = [
    program,
    "watch",
    ...files.flatMap((file) => ["--file", absolute(file)]),
    ...settings.envFiles.flatMap((file) => ["--env-file", absolute(file)]),
    ...settings.profiles.flatMap((profile) => ["--profile", profile]),
    ...flag("--project", settings.project),
    ...flag("--data-dir", settings.dataDir === null ? null : absolute(settings.dataDir)),
    ...flag("--state-dir", settings.stateDir === null ? null : absolute(settings.stateDir)),
    ...flag("--interval", interval),
    ...(settings.yes ? ["--yes"] : []),
    ...environments,
  ];
  const places = [...new Set(files.map((file) => path.dirname(absolute(file))))];
  return `[Unit]
Description=cloister: the environments of ${project}
After=local-fs.target network.target
RequiresMountsFor=${places.map(quoted).join(" ")}

[Service]
Type=exec
${lacking(variables)}${withoutSecrets(secrets)}Environment=${quoted(`PATH=${path.dirname(node)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`)}
ExecStart=${command.map(quoted).join(" ").replaceAll("$", "$$$$")}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=5s
# An invalid manifest, a missing privilege and a wrong flag do not mend themselves.
RestartPreventExitStatus=3 6 64
# The environments were started by this service and are to outlive it.
KillMode=process

[Install]
WantedBy=multi-user.target
`;
}

function lacking(variables: readonly string[]): string {
  if (variables.length === 0) return "";
  return `# The manifest uses ${variables.join(", ")} of the environment in which this was printed: write what a service cannot know to .env.\n`;
}

function withoutSecrets(variables: readonly string[]): string {
  if (variables.length === 0) return "";
  return `# Secrets are read from ${variables.join(", ")}: name a file that root alone can read, by EnvironmentFile=, or take them from files.\n`;
}

/** As systemd reads it: `%` begins a specifier, quotes hold blanks. */
function quoted(word: string): string {
  const escaped = word.replaceAll("%", "%%");
  return /^[\w@%+=:,./-]+$/.test(word) ? escaped : `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

function standardInput(): CloisterError {
  const message = "a service cannot read its manifest from standard input";
  return new CloisterError({ code: "usage/invalid-value", severity: "error", message, hint: "name a file with -f" });
}
