import { load } from "../manifest/load.ts";
import type { Environment } from "../model/environment.ts";

const manifest = "api_version: cloister/v1\nname: plain\nenvironments:\n  plain:\n    rootfs: { directory: /srv/plain }\n";

/** An environment of which a manifest says nothing but where its root is: every default, and no more. */
export function plainEnvironment(): Environment {
  const loaded = load({ sources: [{ path: "plain.yaml", text: manifest }], directory: "/srv" });
  if (!("manifest" in loaded))
    throw new Error(`the plain manifest is not valid: ${loaded.diagnostics.map(({ message }) => message).join("; ")}`);
  const environment = loaded.manifest.environments.get("plain");
  if (environment === undefined) throw new Error("the plain manifest has no environment");
  return environment;
}
